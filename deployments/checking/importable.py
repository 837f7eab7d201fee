"""Whether `module:name` is there, found in the files alone: nothing of it is run."""

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from deployments.checking.finding import meant
from deployments.home import PROJECT


class NoModule(ValueError):
    """There is no such module here; the message says which part."""


def problem(path: str) -> str | None:
    """Return why what a path names cannot be imported here, None where it can.

    Raises:
        NoModule: Its module's first part is nowhere here; it may be elsewhere.
    """
    module, _, name = path.partition(":") if ":" in path else path.rpartition(".")
    if not module or not name or ":" in name:
        return "should be module:name"
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        return "should be module:name, each a Python name"
    spec = _spec(module)
    if isinstance(spec, str):
        return spec
    source = Path(spec.origin or "")
    if source.suffix != ".py" or not source.is_file():
        # Compiled, or a folder without code: what it defines is seen when it runs.
        return None if spec.origin else f"{module} has no code"
    try:
        tree = parsed(source.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        return f"{module} cannot be read: {error}"
    names = set(_names(tree.body))
    if name in names or "*" in names or "__getattr__" in names:
        return None
    public = [each for each in names if not each.startswith("_")]
    return f"{module} has no {name}{meant(name, public)}"


def _spec(module: str) -> ModuleSpec | str:
    whole, places = "", [str(PROJECT), *sys.path]
    found = None
    for part in module.split("."):
        parent, whole = whole, f"{whole}.{part}" if whole else part
        found = PathFinder.find_spec(whole, places)
        if found is None and not parent:
            raise NoModule(f"there is no module {part}{meant(part, _siblings([str(PROJECT)]))}")
        if found is None:
            return f"there is no module {whole}{meant(part, _siblings(places))}"
        places = list(found.submodule_search_locations or [])
    assert found is not None
    return found


def _siblings(places: list[str]) -> Iterator[str]:
    for place in places:
        folder = Path(place)
        if folder.is_dir():
            yield from (each.stem for each in folder.glob("*.py"))
            yield from (each.parent.name for each in folder.glob("*/__init__.py"))


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """Yield what a module defines; a branch that is not taken counts too."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import() | ast.ImportFrom():
                yield from (each.asname or each.name.split(".")[0] for each in node.names)
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                inner = (each for target in targets for each in ast.walk(target))
                yield from (each.id for each in inner if isinstance(each, ast.Name))
            case ast.If() | ast.For() | ast.While() | ast.Try() | ast.With():
                for branch in ("body", "orelse", "finalbody"):
                    yield from _names(getattr(node, branch, []))
                for handler in getattr(node, "handlers", []):
                    yield from _names(handler.body)
            case _:
                pass


def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a module.

    CPython 3.11 loses count of its recursion where a collection parses meanwhile (gh-106905), so
    a text is parsed once more where that is said of it.

    Raises:
        SyntaxError: The text is no Python.
    """
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)

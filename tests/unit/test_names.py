"""A word means one thing: types are defined once, and the glossary names what there is."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from deployments.checking.importable import parsed
from tests.imports import PACKAGES, PROJECT, sources

GLOSSARY = PROJECT / "docs" / "reference" / "glossary.md"
CODE = sources(PROJECT, (*PACKAGES, "scripts"))
TWICE: dict[str, str] = {}
"""Public types that may be defined in several modules, each with its reason."""
OLD_WORDS = frozenset(
    """Desk WriteDesk HubDesk ModeDesk BranchDesk VocabularyDesk Told Legwork HeldColumn Looking
    Looked StandIn Means Brief Pace Do Doing GaveUp PlanOrder ReflectOrder WidePasses PlanFigures
    ReflectFigures of_one_model better_of going_on plant try_out graft pressed quiet_ms doing_here
    persistently""".split()
)
"""Names of types and functions that others replaced; the field has words for them."""


def test_every_public_type_is_defined_once() -> None:
    """Classes and aliases alike: who reads a name need not ask which one is meant."""
    where: dict[str, list[str]] = defaultdict(list)
    for module, path in CODE.items():
        for name in set(_types(_tree(path))):
            where[name].append(module)
    assert len(where) > 500
    assert {
        name: places for name, places in where.items() if len(places) > 1
    }.keys() == TWICE.keys()


def test_a_type_defined_twice_would_be_found() -> None:
    """Classes and aliases count; private ones, constants and type variables do not."""
    tree = parsed(
        "class Page: ...\nSource = Literal['a']\nLine: TypeAlias = str\n"
        "class _Own: ...\nMOST = 3\nItem = TypeVar('Item')\nname = 'x'\n"
    )
    assert list(_types(tree)) == ["Page", "Source", "Line"]


def test_no_old_word_is_defined() -> None:
    """Neither as a type nor as a function."""
    defined = {name for path in CODE.values() for name in _defined(path)}
    assert defined & OLD_WORDS == set()


def test_the_glossary_names_what_there_is() -> None:
    """Each term stands once, on one line, with the name that it has in the code."""
    rows = re.findall(r"^\| (.+?) \| `(\w+)` \| .+ \|$", GLOSSARY.read_text(encoding="utf-8"), re.M)
    assert len(rows) > 30
    terms = [term for term, _ in rows]
    assert terms == sorted(set(terms), key=str.lower)
    used = {name for path in CODE.values() for name in _names(path)}
    assert [name for _, name in rows if name not in used] == []


@cache
def _tree(path: Path) -> ast.Module:
    return parsed(path.read_text(encoding="utf-8"))


def _types(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not _is_variable(value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name)):
                pass
            case _:
                continue
        # Types are written in capitals and small letters, constants in capitals alone.
        if name[:1].isupper() and not name.isupper():
            yield name


def _is_variable(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).endswith(
        ("TypeVar", "ParamSpec")
    )


def _defined(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
    yield from _types(_tree(path))


def _names(path: Path) -> Iterator[str]:
    yield from _defined(path)
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case _:
                continue

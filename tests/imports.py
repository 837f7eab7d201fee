"""Who imports whom, read from the source: every import counts, wherever in a file it stands."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from deployments.checking.importable import parsed

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "agents",
    "api",
    "deployments",
    "reliability",
    "retrieval",
    "storage",
    "sustainability",
    "telemetry",
)
Graph = Mapping[str, frozenset[str]]
"""Modules and, for each, those that it imports; rooms are not among them."""


def sources(project: Path = PROJECT, packages: tuple[str, ...] = PACKAGES) -> dict[str, Path]:
    """Return the modules of packages with their files; a room goes by its folder's name."""
    files = {path for package in packages for path in (project / package).rglob("*.py")}
    return {_name(path.relative_to(project)): path for path in sorted(files)}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def graph(modules: Mapping[str, Path]) -> Graph:
    """Return what each module imports of the others."""
    return {name: frozenset(_imported(path, modules)) - {name} for name, path in modules.items()}


def _imported(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (each.name for each in node.names if each.name in modules)
            case ast.ImportFrom(module=str(module)):
                for each in node.names:
                    whole = f"{module}.{each.name}"
                    if (found := whole if whole in modules else module) in modules:
                        yield found
            case _:
                pass


def circles(edges: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other, as Tarjan finds them."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for after in sorted(edges.get(node, ())):
            if after not in number:
                visit(after)
                lowest[node] = min(lowest[node], lowest[after])
            elif after in stack:
                lowest[node] = min(lowest[node], number[after])
        if lowest[node] == number[node]:
            start = stack.index(node)
            group = stack[start:]
            del stack[start:]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in number:
            visit(node)
    return found


def siblings(edges: Graph) -> Iterator[tuple[str, dict[str, frozenset[str]]]]:
    """Yield each folder with what its files and rooms, as wholes, import of one another."""
    folders: dict[str, dict[str, set[str]]] = {}
    for importer, imported in edges.items():
        for each in imported:
            common = _common(importer, each)
            inside = folders.setdefault(".".join(common), {})
            depth = len(common) + 1
            above, below = (".".join(name.split(".")[:depth]) for name in (importer, each))
            if above != below:
                inside.setdefault(above, set()).add(below)
    for folder, inside in sorted(folders.items()):
        yield folder, {name: frozenset(below) for name, below in inside.items()}


def _common(one: str, other: str) -> list[str]:
    pairs = zip(one.split("."), other.split("."), strict=False)
    common = []
    for left, right in pairs:
        if left != right:
            break
        common.append(left)
    return common

"""What the house rules say of folders, files and imports (docs/decisions/0035)."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from deployments.checking.importable import parsed
from tests.imports import PROJECT, circles, graph, siblings, sources

MOST_FILES, MOST_TEST_FILES, MOST_LINES = 18, 25, 300
MORE_FILES = {
    "docs/decisions": "a log: one page a choice, in the order of their numbers",
}
"""Folders that may hold more, each with its reason."""
LONGER = {
    "telemetry/metric_table.py": "a table: a row a metric",
    "tests/fixtures/1b7d185/make.py": "kept as the older commit ran it",
    "tests/unit/checking/test_wrong_configurations.py": "a table: a row a mistake",
}
"""Files that may be longer, each with its reason."""

MODULES = sources() | {"graph": PROJECT / "graph.py"}
EDGES = graph(MODULES)
ROOMS = sorted(name for name, path in MODULES.items() if path.name == "__init__.py" and "." in name)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Files that are in the repository, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return [Path(line) for line in done.stdout.splitlines() if (PROJECT / line).is_file()]


def test_no_folder_holds_more_files_than_one_looks_over(tracked: list[Path]) -> None:
    """Eighteen, of tests twenty-five; a folder that needs more is listed, and no other."""
    counts = Counter(str(path.parent) for path in tracked if path.parent != Path())
    most = {
        folder: MOST_TEST_FILES if folder.startswith("tests") else MOST_FILES for folder in counts
    }
    assert {folder for folder, count in counts.items() if count > most[folder]} == set(MORE_FILES)


def test_no_file_is_longer_than_one_reads(tracked: list[Path]) -> None:
    """Three hundred lines but for tables."""
    files = [path for path in tracked if path.suffix == ".py"]
    assert len(files) > 600
    longer = {str(path) for path in files if _lines(path) > MOST_LINES}
    assert longer == set(LONGER)


def _lines(path: Path) -> int:
    return len((PROJECT / path).read_text(encoding="utf-8").splitlines())


def test_no_module_imports_itself_in_a_circle() -> None:
    """Neither at import nor later, inside a function or for types alone."""
    assert len(EDGES) > 400
    assert circles(EDGES) == []


def test_in_each_folder_imports_point_downwards() -> None:
    """Of its files and rooms, as wholes, none reaches itself: what lies below knows none above."""
    found = dict(siblings(EDGES))
    assert len(found) > 30
    assert {folder: circles(inside) for folder, inside in found.items() if circles(inside)} == {}


def test_a_circle_would_be_found() -> None:
    """Between modules, and between rooms whose modules form none."""
    assert circles({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("b")}) == [["b", "c"]]
    edges = {"p.x.a": frozenset({"p.y.b"}), "p.y.c": frozenset({"p.x.d"})}
    assert circles(edges) == []
    assert [circles(inside) for _, inside in siblings(edges)] == [[["p.x", "p.y"]]]


def test_routes_import_no_routes() -> None:
    """What two of them share lies below them."""
    routes = {name for name in EDGES if name.startswith("api.routes.")}
    assert len(routes) > 8
    assert {name: EDGES[name] & routes for name in routes if EDGES[name] & routes} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_others_enter_a_room_by_its_doors(room: str) -> None:
    """`DOORS` in its `__init__.py` are the modules that others import; without, all of them."""
    inside = {name for name in MODULES if name.rpartition(".")[0] == room} - set(ROOMS)
    importers = [name for name in EDGES if not f"{name}.".startswith(f"{room}.")]
    importers_of = {name for importer in importers for name in EDGES[importer]}
    entered = {name.rpartition(".")[2] for name in inside & importers_of}
    doors = _doors(MODULES[room])
    if doors is None:
        inner = {name.rpartition(".")[2] for name in inside} - entered
        assert not inner, f"{room} has an inside now, {sorted(inner)}: give it DOORS"
        return
    assert doors == tuple(sorted(entered)), f"DOORS of {room} are {sorted(entered)}"


def _doors(init: Path) -> tuple[str, ...] | None:
    for node in parsed(init.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOORS":
            return ast.literal_eval(node.value)
    return None


def test_no_line_is_kept_from_the_formatter(tracked: list[Path]) -> None:
    """One reads every file as ruff writes it; a table of words is a text that is split."""
    mark = re.compile(r"#\s*fmt:\s*(skip|off)|#\s*yapf:")
    files = [path for path in tracked if path.suffix == ".py" and path.parts[1:2] != ("fixtures",)]
    kept = [str(path) for path in files if mark.search((PROJECT / path).read_text())]
    assert kept == []
    assert mark.search("x = 1  # fmt" + ": skip")

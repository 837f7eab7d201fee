"""The generated pages say what the code says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.checking.importable import parsed
from scripts.reference.__main__ import FOLDER, PAGES
from scripts.reference.error_table import INSIDE, STATUSES_AND_MEANINGS, WARNINGS
from tests.imports import sources

CODE = re.compile(
    r"[a-z]+(_[a-z0-9]+)+|conflict|forbidden|overloaded|truncated|unavailable|unreadable"
)
CODED = {
    "BadRequest": 1,
    "Conflict": 1,
    "Forbidden": 1,
    "Overloaded": 1,
    "PictureNote": 0,
    "RateLimited": 1,
    "ReadingWarning": 0,
    "SearchWarning": 0,
    "ShapeError": 1,
    "Unauthenticated": 1,
    "Unavailable": 1,
    "UnknownHost": 1,
    "_refused": 2,
    "refusal": 1,
}
"""What makes an error of a message and a code, and which argument is the code."""
OTHER_CODES = {"duplicate_id", "mixed_models"}
"""Of bulk jobs' lists of failures, which are no answers of the service."""


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """`python -m scripts.reference` writes it anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_code_of_an_error_is_on_the_page() -> None:
    """Codes of error classes, and those given where an error is raised; no other is listed."""
    found = {code for path in sources().values() for code in _codes(path)} - OTHER_CODES
    assert len(found) > 60
    assert found == set(STATUSES_AND_MEANINGS) | set(INSIDE) | set(WARNINGS)


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                yield code
            case ast.Assign(targets=[ast.Name(id="CODE_BY_STATUS")], value=ast.Dict(values=codes)):
                yield from _texts(codes)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in CODED:
                yield from _texts(arguments[CODED[name] :][:1])
            case ast.FunctionDef(name="_refused", args=ast.arguments(defaults=defaults)):
                yield from _texts(defaults)
            case ast.Dict(keys=[ast.Constant(value="code"), *_], values=[code, *_]):
                yield from _texts([code])
            case _:
                pass


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value)):
                yield str(each.value)


def test_every_setting_says_what_it_is() -> None:
    """Below its field, where whoever changes it reads it too."""
    rows = [line for line in PAGES["settings.md"]().splitlines() if line.startswith("| `")]
    assert len(rows) > 150
    assert [row for row in rows if row.endswith("| – |")] == []

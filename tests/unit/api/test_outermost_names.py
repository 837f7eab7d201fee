"""A large body's outermost names are looked at while it comes in, as a parser would read them."""

import json
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from api.bodies.json_shape import JsonShape, ShapeBounds
from api.bodies.outermost_names import OutermostNames, known_names
from api.errors import BadRequest
from tests.unit.api.json_content import CONTENT

KNOWN = frozenset({"query", "limit", "é"})
WIDE = ShapeBounds(10**9, 10**6, 10**9)
NAMES = st.sampled_from([*KNOWN, "quer", "queryy", "x", "", "with \\"])


def looked_at(body: bytes, piece_bytes: int) -> str:
    """Return the code of the refusal of a body that comes in pieces; nothing where it passes."""
    shape, names, kept = JsonShape(WIDE, with_borders=True), OutermostNames(KNOWN), bytearray()
    assert shape.borders is not None
    for start in range(0, len(body), piece_bytes):
        piece = body[start : start + piece_bytes]
        shape.feed(piece)
        kept += piece
        try:
            names.look(kept, shape.borders)
        except BadRequest as error:
            return error.code
        except RequestValidationError as error:
            return error.errors()[0]["type"]
    return ""


def obvious(members: list[tuple[str, Any]]) -> str:
    """Return the first that may not be there; a name with an escape is the parser's business."""
    seen: set[str] = set()
    for name, _ in members:
        if "\\" in json.dumps(name, ensure_ascii=False):
            continue
        if name not in KNOWN:
            return "extra_forbidden"
        if name in seen:
            return "duplicate_key"
        seen.add(name)
    return ""


@settings(deadline=None)
@given(
    st.lists(st.tuples(NAMES, CONTENT), max_size=5),
    st.integers(1, 40),
    st.sampled_from(["", " ", "\n\t  "]),
)
def test_what_may_not_be_there_is_found_wherever_the_pieces_end(
    members: list[tuple[str, Any]], piece_bytes: int, space: str
) -> None:
    """Members of members, and texts that look like members, are none."""
    written = [
        f"{space}{json.dumps(name, ensure_ascii=False)}{space}:{json.dumps(value)}{space}"
        for name, value in members
    ]
    body = f"{space}{{{','.join(written)}{space}}}".encode()
    assert looked_at(body, piece_bytes) == obvious(members)


@pytest.mark.parametrize("body", [b"[1, 2]", b" 3", b'"text"'])
def test_a_body_that_is_no_object_is_refused_at_its_first_character(body: bytes) -> None:
    """However long it goes on."""
    assert looked_at(body, 1) == "invalid_request"


def test_a_name_longer_than_every_known_one_need_not_end() -> None:
    """A megabyte of a name is not waited for."""
    assert looked_at(b'{"limit": 1, "' + b"n" * 50, 8) == "extra_forbidden"


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    query: str
    among: int = Field(alias="in")


class Open(BaseModel):
    query: str


def test_names_are_known_of_models_that_take_no_others() -> None:
    """By their names in JSON."""
    assert known_names(Closed) == {"query", "in"}
    assert known_names(Open) is None
    assert known_names(dict[str, Any]) is None

"""Counting while bytes come in agrees with a parser that sees them all."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bodies.json_shape import (
    MAX_SPACE_BYTES,
    JsonShape,
    ShapeBounds,
    ShapeError,
)
from tests.unit.api.json_content import CONTENT, TRICKY

WIDE = ShapeBounds(10**9, 10**6, 10**9)


def counted(value: Any, depth: int = 0) -> tuple[int, int, int]:
    """Return values, members and the depth, the obvious way."""
    if not isinstance(value, list | dict):
        return 1, 0, depth
    items = list(value.values()) if isinstance(value, dict) else value
    parts = [counted(item, depth + 1) for item in items]
    members = len(items) if isinstance(value, dict) else 0
    return (
        1 + sum(part[0] for part in parts),
        members + sum(part[1] for part in parts),
        max([depth + 1, *(part[2] for part in parts)]),
    )


def fed(body: bytes, size: int, bounds: ShapeBounds = WIDE) -> JsonShape:
    """Feed a body in pieces of one size."""
    shape = JsonShape(bounds, with_borders=True)
    for start in range(0, len(body), size):
        shape.feed(body[start : start + size])
    shape.end()
    return shape


@settings(deadline=None)
@given(CONTENT, st.integers(1, 9), st.booleans(), st.sampled_from([None, 1]))
def test_counts_are_a_parsers_wherever_pieces_end(content, size, escaped, indent) -> None:
    """Strings full of quotes, brackets and backslashes change nothing."""
    body = json.dumps(content, ensure_ascii=escaped, indent=indent).encode()
    shape = fed(body, size)
    assert (shape.values, shape.members, shape.deepest) == counted(content)


@settings(deadline=None)
@given(CONTENT, st.integers(1, 9))
def test_a_bound_is_passed_exactly_by_one_more(content, size) -> None:
    """The count that is there is allowed, one less is not."""
    body = json.dumps(content).encode()
    values, _, depth = counted(content)
    fed(body, size, ShapeBounds(values, max(depth, 1), 10**9))
    with pytest.raises(ShapeError, match="values"):
        fed(body, size, ShapeBounds(values - 1, 10**6, 10**9))
    if depth:
        with pytest.raises(ShapeError, match="nested"):
            fed(body, size, ShapeBounds(10**9, depth - 1, 10**9))


@settings(deadline=None)
@given(st.dictionaries(TRICKY, CONTENT, max_size=4), st.integers(1, 9))
def test_borders_are_where_members_and_items_end(content, size) -> None:
    """Cutting at them and putting the pieces together again gives the same members."""
    body = json.dumps(content).encode()
    borders = fed(body, size).borders
    assert borders is not None
    cuts = [int(at) for array in borders.commas_1 for at in array]
    edges = [0, *cuts, len(body) - 1]
    members = [body[a + 1 : b] for a, b in pairwise(edges)]
    joined: dict[str, Any] = {}
    for member in members:
        joined |= json.loads(b"{" + member + b"}")
    assert joined == content
    opened = [int(at) for array in borders.opened_2 for at in array]
    containers = [value for value in content.values() if isinstance(value, list | dict)]
    assert [body[at : at + 1] for at in opened] == [
        b"[" if isinstance(value, list) else b"{" for value in containers
    ]


@pytest.mark.parametrize("size", [1, 5, 4096])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" + b"0," * 500 + b"0]", "too_many_values"),
        (b"[" + b"{}," * 500 + b"0]", "too_many_values"),
        (b'"' * 1000, "too_many_values"),
        (b"[" * 40, "too_deep"),
        (b'{"a":' * 40, "too_deep"),
        (b'"' + b"a" * 2000, "text_too_long"),
        (b'"' + b"\\" * 2000, "text_too_long"),
        (b"9" * 2000, "invalid_number"),
        (b"[0." + b"1" * 2000, "invalid_number"),
        (b"[18446744073709551616]", "invalid_number"),
        (b"[-9223372036854775809]", "invalid_number"),
        (b"18446744073709551616", "invalid_number"),
    ],
)
def test_what_chokes_a_parser_is_refused_before(body: bytes, code: str, size: int) -> None:
    """By its code, and before the whole of it has come in or been kept."""
    with pytest.raises(ShapeError) as caught:
        fed(body, size, ShapeBounds(100, 32, 1000))
    assert caught.value.code == code


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_numbers_at_the_edge_of_64_bits_and_long_decimals_pass(size: int) -> None:
    """A decimal of many digits is rounded as everywhere; an integer is exact or refused."""
    text = b"[18446744073709551615, -9223372036854775808, 0.1234567890123456789012345, 1e-300]"
    assert fed(text, size).values == 5


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(1, 7))
def test_anything_at_all_is_counted_or_refused(body: bytes, size: int) -> None:
    """What is no JSON at all raises nothing but a refusal, and counts no less than its commas."""
    try:
        shape = fed(body, size)
    except ShapeError:
        return
    outside = re.sub(rb'"(\\.|[^"\\])*("|$)', b"", body, flags=re.DOTALL)
    assert b"\\" in body or shape.values >= outside.count(b",")


def test_a_desert_of_spaces_is_not_crossed() -> None:
    """Indentation is; a body of megabytes of nothing is refused where that is plain."""
    piece = b" " * 4096
    shape = JsonShape(WIDE)
    shape.feed(b'{"a": 1,')
    for _ in range(MAX_SPACE_BYTES // len(piece)):
        shape.feed(piece)
    with pytest.raises(ShapeError) as caught:
        shape.feed(piece)
    assert caught.value.code == "invalid_request"


def test_spaces_in_strings_and_between_signs_do_not_add_up() -> None:
    """Only those side by side are counted."""
    shape = JsonShape(WIDE)
    for _ in range(3):
        shape.feed(b'["')
        shape.feed(b" " * MAX_SPACE_BYTES)
        shape.feed(b'",')
        shape.feed(b" " * MAX_SPACE_BYTES)
    with pytest.raises(ShapeError):
        shape.feed(b" ")

"""A body parsed slice by slice is the body parsed at once, and as strict."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bodies import json_body
from api.bodies.json_body import parsed
from api.bodies.json_shape import JsonShape, ShapeBounds, ShapeError
from api.errors import BadRequest
from tests.unit.api.json_content import CONTENT, TRICKY

WIDE = ShapeBounds(10**9, 10**6, 10**9)


def read(body: bytes, slice_bytes: int, most_item_bytes: int = 10**9) -> Any:
    """Parse a body with slices of a size."""
    before = json_body.SLICE_BYTES, json_body.AT_ONCE_BYTES
    json_body.SLICE_BYTES = json_body.AT_ONCE_BYTES = slice_bytes
    try:
        shape = JsonShape(WIDE, with_borders=True)
        shape.feed(body)
        shape.end()
        return asyncio.run(parsed(bytearray(body), shape, asyncio.Lock(), most_item_bytes))
    finally:
        json_body.SLICE_BYTES, json_body.AT_ONCE_BYTES = before


@settings(deadline=None)
@given(st.dictionaries(TRICKY, CONTENT, max_size=5), st.integers(1, 30), st.sampled_from([None, 1]))
def test_slices_hold_what_the_whole_holds(content, slice_bytes: int, indent) -> None:
    """Wherever the slices end; lists, objects and scalars as members."""
    body = json.dumps(content, indent=indent).encode()
    assert read(body, slice_bytes) == content


@settings(deadline=None)
@given(st.dictionaries(TRICKY, CONTENT, max_size=3), st.data())
def test_a_broken_body_is_refused_however_it_is_cut(content, data) -> None:
    """Whatever a parser of the whole refuses, the slices refuse too."""
    text = bytearray(json.dumps(content).encode())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at : at + data.draw(st.integers(0, 1))] = data.draw(
        st.sampled_from([b",", b"]", b"}", b'"', b"1", b":"])
    )
    body = bytes(text)
    try:
        wanted = json.loads(body)
    except ValueError:
        wanted = None
    try:
        found = read(body, 4)
    except (BadRequest, ShapeError):
        # A digit more may make an integer beyond 64 bits.
        return
    assert found == wanted


@pytest.mark.parametrize("slice_bytes", [2, 1_000_000])
@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b'{"a": [1,]}', "invalid_request", 422),
        (b'{"a": [,1]}', "invalid_request", 422),
        (b'{"a": 1,}', "invalid_request", 422),
        (b'{"a": [1 2]}', "invalid_request", 422),
        (b'{"a": NaN}', "invalid_request", 422),
        (b'{"a": [1, Infinity]}', "invalid_request", 422),
        (b'{"a": 1e999}', "invalid_request", 422),
        (b'{"a": "\x00"}', "invalid_request", 422),
        (b'{"a": 1, "a": 2}', "duplicate_key", 422),
        (b'{"a": [{"b": 1, "b": 1}]}', "duplicate_key", 422),
        (b'\xef\xbb\xbf{"a": 1}', "invalid_encoding", 400),
        ('{"a": 1}'.encode("utf-16"), "invalid_encoding", 400),
        ('{"a": 1}'.encode("utf-16-le"), "invalid_encoding", 400),
        ('{"a": 1}'.encode("utf-16-be"), "invalid_encoding", 400),
        ('{"a": 1}'.encode("utf-32"), "invalid_encoding", 400),
        (b'{"a": "\xff"}', "invalid_encoding", 400),
        (b'{"a": "\\ud800"}', "invalid_text", 422),
        (b'{"\\udfff": 1}', "invalid_text", 422),
    ],
)
def test_what_json_loads_lets_pass_or_misreads_is_refused(
    body: bytes, code: str, status: int, slice_bytes: int
) -> None:
    """With a code, as a whole or in slices."""
    with pytest.raises(BadRequest) as caught:
        read(body, slice_bytes)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_doubled_name_is_named() -> None:
    """The first of them."""
    with pytest.raises(BadRequest, match="'limit'"):
        read(b'{"limit": 1, "x": {"limit": 2}, "limit": 3}', 1_000_000)


def test_an_item_of_a_batch_may_hold_half_a_surrogate_pair_of_its_own() -> None:
    """Its route reports it; the others are served."""
    content = read(b'{"inputs": [{"text": "\\ud800"}, {"text": "a"}]}', 1_000_000)
    assert content["inputs"][1] == {"text": "a"}


def test_one_item_is_no_larger_than_a_picture() -> None:
    """It is parsed in one go, so that it is bounded."""
    body = b'{"documents": [{"text": "' + b"a" * 100 + b'"}, 1]}'
    assert len(read(body, 20, 200)["documents"]) == 2
    with pytest.raises(BadRequest) as caught:
        read(body, 20, 50)
    assert (caught.value.code, caught.value.status) == ("item_too_large", 413)

"""From the bytes of a JSON body to Python objects, without holding up the event loop.

A large body is parsed member by member and item by item, other requests in between. What
`json.loads` lets pass in silence is refused: two members of one name, NaN, integers beyond
64 bits (`api.bodies.json_shape`), another encoding than UTF-8.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import orjson

from api.bodies.doubled_names import refuse_doubled_name
from api.bodies.json_shape import Borders, JsonShape
from api.bodies.member_count import member_count
from api.bodies.turns import Turns
from api.errors import BadRequest, at
from retrieval.documents import is_text

SLICE_BYTES = 256 * 1024
"""Parsed in one go."""
AT_ONCE_BYTES = 32 * 1024
"""A body that is parsed without waiting for others: it takes less than a millisecond."""
REREAD_BYTES = 2 * 1024 * 1024
"""Of a slice that holds half a surrogate pair, read again by a slower parser to name its place."""
BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
_SOMETHING = re.compile(rb"[^ \t\r\n]")


async def parsed(
    body: bytearray, shape: JsonShape, turn: asyncio.Lock, most_item_bytes: int
) -> Any:
    """Return what a body holds, whose ``shape`` was found small enough.

    Args:
        body: The whole body; what it holds is undefined afterwards.
        shape: Was fed with all of it.
        turn: One large body is parsed at a time, so that the loop waits for one slice at most.
        most_item_bytes: Of a member, or of an item of a list that is a member.

    Raises:
        BadRequest: No JSON, no UTF-8, two members of one name, or a large body that is no
            object of items that are small enough.
    """
    _check_encoding(body)
    if len(body) <= AT_ONCE_BYTES:
        return await _checked(_loads(body), body, shape)
    async with turn:
        if len(body) <= SLICE_BYTES:
            content = _loads(body)
        else:
            content = await _by_slices(body, shape, most_item_bytes)
        content = await _checked(content, body, shape)
        # The next one waits until what comes of this one was looked at as well.
        await asyncio.sleep(0)
        return content


async def _checked(content: Any, body: bytearray, shape: JsonShape) -> Any:
    if shape.members and await member_count(content) != shape.members:
        refuse_doubled_name(body, is_as_sent=len(body) <= SLICE_BYTES)
    if shape.has_surrogate_escapes:
        check_surrogates(content)
    return content


async def parsed_text(text: str, place: str, shape: JsonShape) -> Any:
    """Return what a short JSON text holds that travelled in a form field.

    Raises:
        BadRequest: Naming ``place``.
        ShapeError: It is too large.
    """
    try:
        body = text.encode()
        shape.feed(body)
        shape.end()
        content = orjson.loads(body)
    except (UnicodeEncodeError, orjson.JSONDecodeError) as error:
        raise BadRequest(f"{place} is not JSON: {error}", None, at(place, text)) from None
    if shape.members and await member_count(content) != shape.members:
        raise BadRequest(f"{place} has two members of one name", "duplicate_key", at(place))
    return content


def check_surrogates(content: Any) -> None:
    """Refuse half a surrogate pair by its place; in items, each is judged by itself.

    Raises:
        BadRequest: ``invalid_text``.
    """
    for place, text in _texts(content):
        if not place.startswith(JUDGED_LATER) and not is_text(text):
            raise BadRequest(
                f"{place or 'body'} holds half a surrogate pair",
                "invalid_text",
                at(place or "body"),
            )


JUDGED_LATER = ("inputs.", "documents.", "input.", "context", "plan")
"""By their routes: an item of a batch does not decide for the others, and data of any form is
named as a whole."""


def _check_encoding(body: bytearray) -> None:
    if body.startswith((BOM, *WIDE_BOMS)) or b"\x00" in body[:4]:
        raise BadRequest(
            "the body is JSON in UTF-8 without a byte order mark",
            "invalid_encoding",
            at("body"),
            400,
        )


def _loads(text: bytes | bytearray | memoryview, offset: int = 0) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _second_reading(text, error, offset)


def _second_reading(
    text: bytes | bytearray | memoryview, error: orjson.JSONDecodeError, offset: int
) -> Any:
    """Return what only orjson refuses, half surrogate pairs, or say what is wrong."""
    if "UTF-8" in error.msg:
        raise BadRequest(
            f"the body is not UTF-8 after byte {offset + error.pos}",
            "invalid_encoding",
            at("body"),
            400,
        )
    if "surrogate" in error.msg and len(text) <= REREAD_BYTES:
        try:
            return json.loads(bytes(text).decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            pass
    raise _broken(offset + error.pos)


def _broken(position: int) -> BadRequest:
    message = f"not JSON at character {position}"
    problem = {"where": "body", "message": message}
    return BadRequest(f"body: {message}", None, {"where": "body", "errors": [problem]})


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


async def _by_slices(body: bytearray, shape: JsonShape, most_item_bytes: int) -> dict[str, Any]:
    assert shape.borders is not None
    begin, end = _something(body)
    if body[begin : begin + 1] != b"{" or body[end : end + 1] != b"}":
        raise BadRequest("body: a JSON object is expected", None, at("body"))
    content: dict[str, Any] = {}
    turns = Turns()
    for first, last in _slices(body, begin + 1, end, _joined(shape.borders.commas_1)):
        if last - first <= SLICE_BYTES:
            content.update(_between(body, first, last, b"{}"))
        else:
            await _large_member(content, body, first, last, shape.borders, most_item_bytes)
        await turns.step()
    return content


async def _large_member(
    content: dict[str, Any],
    body: bytearray,
    first: int,
    last: int,
    borders: Borders,
    most_item_bytes: int,
) -> None:
    """Parse a member, item by item if it is a list."""
    opened = _within(borders.opened_2, first, last)
    closed = _within(borders.closed_2, first, last)
    if len(opened) != 1 or len(closed) != 1 or body[opened[0]] != ord("["):
        _check_item(last - first, most_item_bytes)
        content.update(_between(body, first, last, b"{}"))
        return
    begin, end = int(opened[0]) + 1, int(closed[0])
    head = _loads(b"{" + body[first:begin] + body[end:last] + b"}", first - 1)
    items: list[Any] = []
    turns = Turns()
    for item_first, item_last in _slices(body, begin, end, _within(borders.commas_2, begin, end)):
        _check_item(item_last - item_first, most_item_bytes)
        items += _between(body, item_first, item_last, b"[]")
        await turns.step()
    # Its one member is the list that was left empty.
    content.update(dict.fromkeys(head, items))


def _between(body: bytearray, first: int, last: int, brackets: bytes) -> Any:
    """Parse what lies between two borders, which become brackets: nothing is copied."""
    body[first - 1], body[last] = brackets
    return _loads(memoryview(body)[first - 1 : last + 1], first - 1)


def _something(body: bytearray) -> tuple[int, int]:
    """Return the places of the first and the last character that is no space."""
    found = _SOMETHING.search(body)
    if found is None:
        raise _broken(len(body))
    end = len(body) - 1
    while body[end] in b" \t\r\n":
        end -= 1
    return found.start(), end


def _slices(body: bytearray, begin: int, end: int, commas: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield what lies between commas, as many neighbours together as make a slice.

    Raises:
        BadRequest: Nothing lies there: between brackets of our own it would be no mistake.
    """
    if not len(commas) and _SOMETHING.search(body, begin, end) is None:
        return
    first, last = begin, begin
    for border in (*commas.tolist(), end):
        if border - first > SLICE_BYTES and last > first:
            yield _filled(body, first, last)
            first = last + 1
        last = border
    yield _filled(body, first, end)


def _filled(body: bytearray, first: int, last: int) -> tuple[int, int]:
    if _SOMETHING.search(body, first, last) is None:
        raise _broken(last)
    return first, last


def _check_item(size: int, most: int) -> None:
    if size > max(most, SLICE_BYTES):
        raise BadRequest(
            f"an item of the body has {size} bytes, at most {most} are allowed",
            "item_too_large",
            at("body", size),
            413,
        )


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)


def _within(arrays: list[np.ndarray], first: int, last: int) -> np.ndarray:
    positions = _joined(arrays)
    return positions[(positions >= first) & (positions < last)]


def _texts(content: Any) -> Iterator[tuple[str, str]]:
    left: list[tuple[str, Any]] = [("", content)]
    while left:
        place, value = left.pop()
        if isinstance(value, str):
            yield place, value
            continue
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            if isinstance(name, str):
                yield place or name[:80], name
            if isinstance(item, str | dict | list):
                left.append((f"{place}.{name!s:.80}".lstrip("."), item))

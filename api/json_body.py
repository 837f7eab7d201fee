"""From the bytes of a JSON body to Python objects, without holding up the event loop.

A large body is parsed member by member and item by item, other requests in between. What
`json.loads` lets pass in silence is refused: two members of one name, NaN, integers beyond
64 bits (`api.json_shape`), another encoding than UTF-8.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import orjson

from api.errors import BadRequest, at
from api.json_shape import Borders, JsonShape
from retrieval.documents import is_text

SLICE_BYTES = 1024 * 1024
"""Parsed in one go."""
NAMED_BYTES = 1024 * 1024
"""Of a body whose doubled name is looked for; in a larger one it is only known to be there."""
BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
_SOMETHING = re.compile(rb"[^ \t\r\n]")


async def parsed(body: bytes, shape: JsonShape, turn: asyncio.Lock, most_item_bytes: int) -> Any:
    """Return what a body holds, whose ``shape`` was found small enough.

    Args:
        body: The whole body.
        shape: Was fed with all of it.
        turn: One large body is parsed at a time, so that the loop waits for one slice at most.
        most_item_bytes: Of a member, or of an item of a list that is a member.

    Raises:
        BadRequest: No JSON, no UTF-8, two members of one name, or a large body that is no
            object of items that are small enough.
    """
    _check_encoding(body)
    if len(body) <= SLICE_BYTES:
        content = _loads(body)
    else:
        async with turn:
            content = await _by_slices(body, shape, most_item_bytes)
    if shape.members and _members(content) != shape.members:
        _refuse_doubled_name(body)
    if shape.has_surrogate_escapes:
        check_surrogates(content)
    return content


def parsed_text(text: str, place: str, shape: JsonShape) -> Any:
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
    if shape.members and _members(content) != shape.members:
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


def _check_encoding(body: bytes) -> None:
    if body.startswith((BOM, *WIDE_BOMS)) or b"\x00" in body[:4]:
        raise BadRequest(
            "the body is JSON in UTF-8 without a byte order mark",
            "invalid_encoding",
            at("body"),
            400,
        )


def _loads(text: bytes, offset: int = 0) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _second_reading(text, error, offset)


def _second_reading(text: bytes, error: orjson.JSONDecodeError, offset: int) -> Any:
    """Return what only orjson refuses, half surrogate pairs, or say what is wrong."""
    if "UTF-8" in error.msg:
        raise BadRequest(
            f"the body is not UTF-8 after byte {offset + error.pos}",
            "invalid_encoding",
            at("body"),
            400,
        )
    if b"\\u" in text and len(text) <= 2 * SLICE_BYTES:
        try:
            return json.loads(text.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            pass
    raise _broken(offset + error.pos)


def _broken(position: int) -> BadRequest:
    message = f"not JSON at character {position}"
    problem = {"where": "body", "message": message}
    return BadRequest(f"body: {message}", None, {"where": "body", "errors": [problem]})


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


async def _by_slices(body: bytes, shape: JsonShape, most_item_bytes: int) -> dict[str, Any]:
    assert shape.borders is not None
    outer = body.lstrip()
    begin, end = len(body) - len(outer), len(body.rstrip())
    if not outer.startswith(b"{") or body[end - 1 : end] != b"}":
        raise BadRequest("body: a JSON object is expected", None, at("body"))
    content: dict[str, Any] = {}
    commas = _joined(shape.borders.commas_1)
    for first, last in _groups(begin + 1, end - 1, commas):
        _check_slice(body, first, last)
        if last - first <= SLICE_BYTES:
            content.update(_loads(b"{" + body[first:last] + b"}", first - 1))
        else:
            await _large_member(content, body, first, last, shape.borders, most_item_bytes)
        await asyncio.sleep(0)
    return content


async def _large_member(
    content: dict[str, Any],
    body: bytes,
    first: int,
    last: int,
    borders: Borders,
    most_item_bytes: int,
) -> None:
    """Parse a member, item by item if it is a list."""
    opened = _between(borders.opened_2, first, last)
    closed = _between(borders.closed_2, first, last)
    whole = len(opened) != 1 or len(closed) != 1 or body[opened[0] : opened[0] + 1] != b"["
    if whole:
        _check_item(last - first, most_item_bytes)
        content.update(_loads(b"{" + body[first:last] + b"}", first - 1))
        return
    begin, end = int(opened[0]) + 1, int(closed[0])
    head = _loads(b"{" + body[first:begin] + body[end:last] + b"}", first - 1)
    items: list[Any] = []
    for item_first, item_last in _groups(begin, end, _between(borders.commas_2, begin, end)):
        _check_slice(body, item_first, item_last)
        _check_item(item_last - item_first, most_item_bytes)
        items += _loads(b"[" + body[item_first:item_last] + b"]", item_first - 1)
        await asyncio.sleep(0)
    # Its one member is the list that was left empty.
    content.update(dict.fromkeys(head, items))


def _groups(begin: int, end: int, commas: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield what lies between commas, as many neighbours together as make a slice."""
    first, last = begin, begin
    for border in (*commas.tolist(), end):
        if border - first > SLICE_BYTES and last > first:
            yield first, last
            first = last + 1
        last = border
    yield first, end


def _check_slice(body: bytes, first: int, last: int) -> None:
    # Between brackets of our own it would be an empty list, and no mistake.
    if _SOMETHING.search(body, first, last) is None:
        raise _broken(last)


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


def _between(arrays: list[np.ndarray], first: int, last: int) -> np.ndarray:
    positions = _joined(arrays)
    return positions[(positions >= first) & (positions < last)]


def _members(content: Any) -> int:
    """Return how many members all objects have together."""
    count, left = 0, [content]
    while left:
        value = left.pop()
        if type(value) is dict:
            count += len(value)
            value = value.values()
        left += [item for item in value if type(item) in (dict, list)]
    return count


def _refuse_doubled_name(body: bytes) -> NoReturn:
    name = _doubled_name(body) if len(body) <= NAMED_BYTES else None
    raise BadRequest(
        "the body has two members of one name" + ("" if name is None else f": {name!r:.80}"),
        "duplicate_key",
        at("body", name),
    )


def _doubled_name(body: bytes) -> str | None:
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                found.append(name)
            seen.add(name)

    json.loads(body.decode(), object_pairs_hook=look)
    return found[0][:80] if found else None


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

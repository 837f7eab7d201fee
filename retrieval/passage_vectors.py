"""Long texts' passages to vectors: a few at a time, behind what somebody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from retrieval.documents import Passage, Vector
from retrieval.encoding import (
    Encode,
    EncodeReply,
    EncodeRequest,
    ItemError,
    Split,
    SplitRequest,
    one_tag,
)
from retrieval.passages.cutting import Range
from retrieval.passages.sections import Sections

PIECE = 16
"""Passages of one call: a large text shares the encoder with others."""
PIECES_AT_ONCE = 2
"""Calls: while one is encoded the next is on its way."""
SHORT_BYTES = 1500
"""About what a text model reads: a text of no more is encoded as it is, and cut into passages only
where that says that its end was not read. Most never ask where to cut."""


@dataclass(frozen=True, slots=True)
class EncodedPassages:
    """The passages of texts by their places; of each, or what is wrong with one of them."""

    results: Mapping[int, tuple[Passage, ...] | ItemError]
    made_by: str
    """Tag of the models."""


def is_long(text: str | None, ranges: Sequence[Range]) -> bool:
    """Say whether a text has passages of its own: it is not read at once, as a whole."""
    return text is not None and len(ranges) > 0 and list(ranges) != [(0, len(text))]


async def ranges_of(
    texts: Mapping[int, str], sections: Sequence[Sections], split: Split | None
) -> tuple[dict[int, Sequence[Range]], str]:
    """Return the passages of texts by their places, and the tag of the models that read them."""
    if not texts or split is None:
        return {}, ""
    reply = await split(SplitRequest(list(texts.values()), [sections[at] for at in texts]))
    return dict(zip(texts, reply.ranges, strict=True)), reply.made_by


async def encoded_passages(
    ranges: Mapping[int, tuple[str, Sequence[Range]]],
    encode: Encode,
    at_once: int,
    background: bool,
) -> EncodedPassages:
    """Encode the passages of texts in calls of a few, ``at_once`` of them side by side.

    Texts share calls: most have two or three passages, and a forward pass of two costs nearly
    what one of many does.

    Args:
        ranges: Of texts by their places, each with its text.
    """
    items = [text[first:last] for text, parts in ranges.values() for first, last in parts]

    async def piece(start: int) -> EncodeReply:
        part = items[start : start + PIECE]
        return await encode(EncodeRequest(part, "text", background=background, for_index=True))

    starts = range(0, len(items), PIECE)
    replies: list[EncodeReply] = []
    for at in range(0, len(starts), at_once):
        replies += await asyncio.gather(*map(piece, starts[at : at + at_once]))
    vectors = (vector for reply in replies for vector in reply.to_store)
    results = {at: _passages(parts, vectors) for at, (_, parts) in ranges.items()}
    return EncodedPassages(results, one_tag(reply.made_by for reply in replies))


def _passages(
    ranges: Sequence[Range], vectors: Iterator[Vector | ItemError | None]
) -> tuple[Passage, ...] | ItemError:
    """Take a text's vectors off; return its passages, or what is wrong with the first bad one."""
    made = list(zip(ranges, islice(vectors, len(ranges)), strict=True))
    wrong = (vector for _, vector in made if isinstance(vector, ItemError))
    if (error := next(wrong, None)) is not None:
        return error
    return tuple(
        Passage(start, end, vector)
        for (start, end), vector in made
        if not isinstance(vector, ItemError)
    )


def may_be_short(text: str) -> bool:
    """Say whether a text may be read at once, as most of its length are."""
    return len(text) <= SHORT_BYTES and len(text.encode()) <= SHORT_BYTES

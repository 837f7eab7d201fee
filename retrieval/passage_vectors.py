"""A long text's passages to vectors: a few at a time, behind what somebody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.documents import Passage
from retrieval.encoding import (
    Encode,
    EncodeReply,
    EncodeRequest,
    ItemError,
    Split,
    SplitReply,
    SplitRequest,
    one_tag,
)
from retrieval.passages.cutting import Range
from retrieval.passages.sections import Sections

PIECE = 16
"""Passages of one call: a large text shares the encoder with others."""
PIECES_AT_ONCE = 2
"""Of one text: while one is encoded the next is on its way."""
SHORT_BYTES = 32
"""Every token is a byte at least: so short a text is always read at once."""


@dataclass(frozen=True, slots=True)
class EncodedPassages:
    """The passages of one text, or what is wrong with one of them."""

    result: tuple[Passage, ...] | ItemError
    made_by: str
    """Tag of the models."""


def is_long(text: str | None, ranges: Sequence[Range]) -> bool:
    """Say whether a text has passages of its own: it is not read at once, as a whole."""
    return text is not None and len(ranges) > 0 and list(ranges) != [(0, len(text))]


async def ranges_of(
    texts: Sequence[str | None], sections: Sequence[Sections], split: Split | None
) -> SplitReply:
    """Return the passages of each text; none where it is surely read at once."""
    long = [(at, text) for at, text in enumerate(texts) if text is not None and _may_be_long(text)]
    ranges: list[Sequence[Range]] = [()] * len(texts)
    if not long or split is None:
        return SplitReply(ranges)
    reply = await split(SplitRequest([text for _, text in long], [sections[at] for at, _ in long]))
    for (at, _), found in zip(long, reply.ranges, strict=True):
        ranges[at] = found
    return SplitReply(ranges, reply.made_by)


async def encoded_passages(
    text: str, ranges: Sequence[Range], encode: Encode, at_once: int, background: bool
) -> EncodedPassages:
    """Encode a text's passages in calls of a few, ``at_once`` of them side by side."""

    async def piece(start: int) -> EncodeReply:
        items = [text[first:last] for first, last in ranges[start : start + PIECE]]
        return await encode(EncodeRequest(items, "text", background=background, for_index=True))

    starts = range(0, len(ranges), PIECE)
    replies: list[EncodeReply] = []
    for at in range(0, len(starts), at_once):
        replies += await asyncio.gather(*map(piece, starts[at : at + at_once]))
    made_by = one_tag(reply.made_by for reply in replies)
    passages: list[Passage] = []
    vectors = (vector for reply in replies for vector in reply.to_store)
    for (start, end), vector in zip(ranges, vectors, strict=True):
        if isinstance(vector, ItemError):
            return EncodedPassages(vector, made_by)
        passages.append(Passage(start, end, vector))
    return EncodedPassages(tuple(passages), made_by)


def _may_be_long(text: str) -> bool:
    return len(text) > SHORT_BYTES or len(text.encode()) > SHORT_BYTES

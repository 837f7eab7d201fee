"""A shard's items to vectors: in calls of a few dozen, each within a slot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deployments.bulk.service import BulkService, retry
from deployments.bulk.slots import Slots
from deployments.bulk.sources.items import Item, Note, Skipped, without_picture
from retrieval.drafts import DocumentEncoder, DocumentVectors
from retrieval.encoding import EncodeReply, EncodeRequest, ItemError, SplitReply, SplitRequest

CALL_ITEMS = 32
CUT = "the text is longer than the model reads; the vector is that of its beginning"


@dataclass(frozen=True, slots=True)
class Encoded:
    """An item and its vectors."""

    item: Item
    vectors: DocumentVectors

    @property
    def is_unreadable(self) -> bool:
        """Whether there is a text that the model cannot read."""
        return self.item.text is not None and self.vectors.text is None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return what is to be said of the item: by its source, and by who encoded it."""
        place = self.item.place
        of_text = (Note(place, "truncated", CUT),) if self.vectors.truncated else ()
        of_picture = tuple(Note(place, each.code, each.message) for each in self.vectors.notes)
        return self.item.notes + of_text + of_picture


async def encoded(
    items: Sequence[Item],
    service: BulkService,
    slots: Slots,
    patience_s: float,
    in_passages: bool = True,
) -> list[Encoded | Skipped]:
    """Return the items with their vectors, each failure being its item's own.

    Args:
        in_passages: Long texts have a vector for each passage.

    Raises:
        OtherModel: The service changed its models between two calls.
    """

    async def encode(request: EncodeRequest) -> EncodeReply:
        return await retry(lambda: service.encode(request), patience_s)

    async def split(request: SplitRequest) -> SplitReply:
        return await retry(lambda: service.split(request), patience_s)

    # One call after the other: a slot is for one.
    encoder = DocumentEncoder(
        encode, split if in_passages else None, background=True, at_once=False
    )

    async def call(part: Sequence[Item]) -> list[Encoded | Skipped]:
        first = await tried(part)
        # Of a text whose picture cannot be encoded the text is kept.
        again = [_without(*pair) for pair in zip(part, first, strict=True) if _is_of_picture(*pair)]
        second = iter(await tried(again)) if again else iter(())
        return [
            _better(result, next(second)) if _is_of_picture(item, result) else result
            for item, result in zip(part, first, strict=True)
        ]

    async def tried(part: Sequence[Item]) -> list[Encoded | Skipped]:
        async with slots.taken():
            vectors = await encoder.vectors(part)
        return [_of(item, result) for item, result in zip(part, vectors, strict=True)]

    parts = [items[at : at + CALL_ITEMS] for at in range(0, len(items), CALL_ITEMS)]
    # Not a TaskGroup: the job reports the one error that ended it, not a group of them.
    done = await asyncio.gather(*(call(part) for part in parts))
    return [result for part in done for result in part]


def _is_of_picture(item: Item, result: Encoded | Skipped) -> bool:
    return isinstance(result, Skipped) and item.picture is not None and item.text is not None


def _without(item: Item, result: Encoded | Skipped) -> Item:
    why = result.message if isinstance(result, Skipped) else ""
    return replace(item, picture=None, notes=(*item.notes, without_picture(item.place, why)))


def _better(first: Encoded | Skipped, second: Encoded | Skipped) -> Encoded | Skipped:
    # Where the text is at fault too, the first message is as true.
    return first if isinstance(second, Skipped) else second


def _of(item: Item, result: DocumentVectors | ItemError) -> Encoded | Skipped:
    if isinstance(result, ItemError):
        return Skipped(item.place, result.code, result.message)
    return Encoded(item, result)

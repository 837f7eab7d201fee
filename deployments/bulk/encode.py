"""A shard's items to vectors: in calls of a few dozen, each within a slot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from deployments.bulk.service import BulkService, retry
from deployments.bulk.slots import Slots
from deployments.bulk.sources.items import Item, Skipped
from retrieval.drafts import DocumentEncoder, DocumentVectors
from retrieval.encoding import EncodeReply, EncodeRequest, ItemError

CALL_ITEMS = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """An item and its vectors."""

    item: Item
    vectors: DocumentVectors

    @property
    def is_unreadable(self) -> bool:
        """Whether there is a text that the model cannot read."""
        return self.item.text is not None and self.vectors.text is None


async def encoded(
    items: Sequence[Item], service: BulkService, slots: Slots, patience_s: float
) -> list[Encoded | Skipped]:
    """Return the items with their vectors, each failure being its item's own.

    Raises:
        OtherModel: The service changed its models between two calls.
    """

    async def encode(request: EncodeRequest) -> EncodeReply:
        return await retry(lambda: service.encode(request), patience_s)

    # One call after the other: a slot is for one.
    encoder = DocumentEncoder(encode, background=True, at_once=False)

    async def call(part: Sequence[Item]) -> list[Encoded | Skipped]:
        async with slots.taken():
            vectors = await encoder.vectors(part)
        return [_of(item, result) for item, result in zip(part, vectors, strict=True)]

    parts = [items[at : at + CALL_ITEMS] for at in range(0, len(items), CALL_ITEMS)]
    # Not a TaskGroup: the job reports the one error that ended it, not a group of them.
    done = await asyncio.gather(*(call(part) for part in parts))
    return [result for part in done for result in part]


def _of(item: Item, result: DocumentVectors | ItemError) -> Encoded | Skipped:
    if isinstance(result, ItemError):
        return Skipped(item.place, result.code, result.message)
    return Encoded(item, result)

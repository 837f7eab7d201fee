"""A shard's items to vectors: in calls of a few dozen, each within a slot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from deployments.bulk.service import BulkService, persistently
from deployments.bulk.slots import Slots
from deployments.bulk.sources.items import Failure, Item
from retrieval.documents import Vector
from retrieval.encoding import EncodeRequest, Space, one_tag

CALL_ITEMS = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """An item and its vectors."""

    item: Item
    text_vector: Vector | None
    image_vector: Vector | None
    made_by: str = ""
    """Tag of the models, as in ``EncodeReply``."""


async def encoded(
    items: Sequence[Item], service: BulkService, slots: Slots, patience_s: float
) -> list[Encoded | Failure]:
    """Return the items with their vectors, each failure being its item's own.

    Raises:
        OtherModel: The service changed its models between two calls.
    """

    async def call(part: Sequence[Item]) -> list[Encoded | Failure]:
        texts = [item for item in part if item.text is not None]
        pictures = [item for item in part if item.picture is not None]
        tags: list[str] = []

        async def vectors(given: Sequence[str | bytes | None], space: Space) -> list:
            return await _vectors(given, space, tags, service, patience_s)

        async with slots.taken():
            by_text = await vectors([item.text for item in texts], "text")
            by_picture = await vectors([item.picture for item in pictures], "joint")
        made_by = one_tag(tags)
        found = dict(zip(map(id, texts), by_text, strict=True))
        seen = dict(zip(map(id, pictures), by_picture, strict=True))
        return [_joined(item, found.get(id(item)), seen.get(id(item)), made_by) for item in part]

    parts = [items[at : at + CALL_ITEMS] for at in range(0, len(items), CALL_ITEMS)]
    # Not a TaskGroup: the job reports the one error that ended it, not a group of them.
    done = await asyncio.gather(*(call(part) for part in parts))
    return [result for part in done for result in part]


async def _vectors(
    items: Sequence[str | bytes | None],
    space: Space,
    tags: list[str],
    service: BulkService,
    patience_s: float,
) -> list[Vector | tuple[str, str]]:
    if not items:
        return []
    request = EncodeRequest([item for item in items if item is not None], space, background=True)
    reply = await persistently(lambda: service.encode(request), patience_s)
    tags.append(reply.made_by)
    return [
        vector if report.error is None else (report.error.code, report.error.message)
        for vector, report in zip(reply.vectors, reply.reports, strict=True)
    ]


def _joined(
    item: Item,
    text: Vector | tuple[str, str] | None,
    picture: Vector | tuple[str, str] | None,
    made_by: str,
) -> Encoded | Failure:
    for result in (text, picture):
        if isinstance(result, tuple):
            return Failure(item.place, *result)
    assert not isinstance(text, tuple)
    assert not isinstance(picture, tuple)
    return Encoded(item, text, picture, made_by)

"""Where encoded items go."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from deployments.bulk.encode import Encoded
from deployments.bulk.items import Failure, document
from deployments.bulk.service import BUSY, BulkService, persistently
from retrieval.documents import Document
from retrieval.encoding import EncoderInfo


class Sink(Protocol):
    """Keeps a shard's items. To keep the same shard twice is to keep it once."""

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Failure]:
        """Keep the items durably; return those that cannot be kept."""
        ...


class IndexSink:
    """Documents of a namespace, written by the one IndexWriter and replaced by id."""

    def __init__(self, service: BulkService, namespace: str, patience_s: float) -> None:
        self._service = service
        self._namespace = namespace
        self._patience_s = patience_s

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Failure]:
        """Write the shard in one call; the writer joins what waits into one commit."""
        made = await asyncio.to_thread(_documents, items, info)
        documents = [result for result in made if isinstance(result, Document)]
        if documents:
            await persistently(
                lambda: self._service.upsert(self._namespace, documents), self._patience_s, BUSY
            )
        return [result for result in made if isinstance(result, Failure)]


def _documents(items: Sequence[Encoded], info: EncoderInfo) -> list[Document | Failure]:
    return [
        document(encoded.item, encoded.text_vector, encoded.image_vector, info, encoded.made_by)
        for encoded in items
    ]

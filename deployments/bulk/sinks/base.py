"""Where encoded items go."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from deployments.bulk.encode import Encoded
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.service import BUSY, BulkService, retry
from deployments.bulk.sources.items import Skipped, document
from retrieval.documents import Document
from retrieval.encoding import EncoderInfo
from retrieval.errors import TooManyFields


class Sink(Protocol):
    """Keeps a shard's items. To keep the same shard twice is to keep it once."""

    keeps_passages: bool
    """A long text has a vector for each passage there; else the one of its beginning."""

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Skipped]:
        """Keep the items durably; return those that cannot be kept."""
        ...

    async def target(self) -> str:
        """Return what tells the place from one that was emptied and made again.

        Empty where there is none yet, or where ``held`` looks for every shard by itself.
        """
        ...

    async def held(self, outcomes: Sequence[ShardOutcome]) -> set[int]:
        """Return the shards that are still there."""
        ...


class IndexSink:
    """Documents of a namespace, written by the one IndexWriter and replaced by id."""

    keeps_passages = True

    def __init__(self, service: BulkService, namespace: str, patience_s: float) -> None:
        self._service = service
        self._namespace = namespace
        self._patience_s = patience_s

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Skipped]:
        """Write the shard in one call; the writer joins what waits into one commit."""
        made = await asyncio.to_thread(_documents, items, info)
        documents = [result for result in made if isinstance(result, Document)]
        failures = [result for result in made if isinstance(result, Skipped)]
        if documents:
            failures += await self._written(documents, {e.item.id: e.item.place for e in items})
        return failures

    async def _written(
        self, documents: Sequence[Document], places: Mapping[str, str]
    ) -> list[Skipped]:
        """Write documents, but for those whose fields the namespace has no room for."""
        try:
            await self._retry(documents)
        except TooManyFields as error:
            rest = [document for document in documents if document.id not in error.refused]
            if len(rest) == len(documents):
                raise
            if rest:
                await self._retry(rest)
            return [Skipped(places[id], error.code, why) for id, why in error.refused.items()]
        return []

    async def _retry(self, documents: Sequence[Document]) -> None:
        await retry(
            lambda: self._service.upsert(self._namespace, documents), self._patience_s, BUSY
        )

    async def target(self) -> str:
        """Return which namespace of this name it is; empty if there is none."""
        service, namespace = self._service, self._namespace
        return await retry(lambda: service.incarnation(namespace), self._patience_s) or ""

    async def held(self, outcomes: Sequence[ShardOutcome]) -> set[int]:
        """Return the shards that were written into the namespace that is there now.

        An older version did not note where it wrote: believed where there is a namespace.
        """
        there = await self.target()
        return {o.shard for o in outcomes if not o.written or (there and o.target in ("", there))}


def _documents(items: Sequence[Encoded], info: EncoderInfo) -> list[Document | Skipped]:
    return [document(encoded.item, encoded.vectors, info) for encoded in items]

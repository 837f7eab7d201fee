"""The IndexWriter deployment: the only writer of the index, one replica."""

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import Any

from ray import serve

from deployments.settings import IndexSettings, WriterTunables
from deployments.write_queue import WriteQueue
from retrieval.documents import Document
from retrieval.errors import NotFound
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.writer import IndexStore, WriteResult

log = logging.getLogger("ray.serve")

MAX_COMMIT_DOCUMENTS = 2000


@serve.deployment()
class IndexWriter:
    """Commits documents and keeps the index tidy in the background."""

    async def __init__(self, index: IndexSettings) -> None:
        # Index builds use every core they may; one is left to those who search.
        self._tunables = WriterTunables()
        self._store = await IndexStore.open(index.uri, dict(index.storage_options))
        self._queue: WriteQueue[Document, WriteResult] = WriteQueue(
            self._store.upsert, MAX_COMMIT_DOCUMENTS, self._tunables.max_waiting_documents
        )
        self._maintenance = asyncio.create_task(self._maintain_forever())

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change the pace of maintenance and the queue's bound."""
        self._tunables = WriterTunables.model_validate(config)
        self._queue.max_waiting_items = self._tunables.max_waiting_documents

    async def claim(self, fingerprint: Fingerprint) -> Fingerprint:
        """Record which models the index holds, or say which ones it was built with."""
        return await self._store.claim(fingerprint)

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> WriteResult:
        """Write documents; on return the commit is durable and visible to every reader."""
        result = await self._queue.write(namespace, documents)
        return WriteResult(result.version, upserted=len({document.id for document in documents}))

    async def delete(self, namespace: str, ids: Sequence[str]) -> WriteResult:
        """Delete documents; unknown ids and namespaces count as none."""
        try:
            return await self._store.delete(namespace, ids)
        except NotFound:
            return WriteResult(0)

    async def probe(self) -> dict[str, object]:
        """Read the index's namespaces for real."""
        return {
            "namespaces": len(await self._store.namespaces()),
            "maintenance_alive": not self._maintenance.done(),
            "replica_pid": os.getpid(),
        }

    async def _maintain_forever(self) -> None:
        while True:
            await asyncio.sleep(self._tunables.maintenance_interval_s)
            try:
                for namespace in await self._store.namespaces():
                    report = await self._store.maintain(namespace)
                    if report.actions:
                        log.info("index.maintained %s", report)
            # A failed round leaves the index correct, only slower; the next one tries again.
            except Exception:
                log.exception("index.maintenance_failed")

    async def __del__(self) -> None:
        self._maintenance.cancel()
        await self._queue.drain()
        await self._store.close()

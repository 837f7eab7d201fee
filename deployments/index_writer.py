"""The IndexWriter deployment: the only writer of the index, one replica."""

import asyncio
import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from api.backend import Changed, Removed, Written
from deployments.calls.neighbours import fingerprint_of, this_service
from deployments.calls.write_path import JobWritePath, embedder_handle
from deployments.indexing.changes import DocumentChanges
from deployments.indexing.index_metrics import IndexMetrics
from deployments.indexing.maintenance_rounds import UpkeepRounds
from deployments.indexing.write_pause import WritePause
from deployments.indexing.write_queue import MAX_COMMIT_DOCUMENTS, WriteQueue, weight_of
from deployments.indexing.write_service import WriteService
from deployments.jobs.service import JobService
from deployments.jobs.writing import PieceWriter
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.settings.service import IndexSettings
from deployments.settings.tunables import WriterTunables
from deployments.writer.books import WriterBooks
from reliability.books.quota import Account
from reliability.jobs.job import JobOrder, JobStatement
from retrieval.documents import Document, Json, check_namespace
from retrieval.errors import NotFound, WriterReplaced, is_of_input
from retrieval.filtering.parse import Filter
from retrieval.store.fingerprint import Fingerprint, reconcile
from retrieval.store.write_result import WriteResult
from retrieval.store.writing.writer import IndexStore
from retrieval.words.settings import NamespaceSettings
from telemetry.logs import get_logger

log = get_logger()


@serve.deployment()
class IndexWriter(WriterBooks):
    """Commits documents and keeps the index tidy in the background."""

    async def __init__(
        self,
        hub: DeploymentHandle,
        meters: DeploymentHandle,
        index: IndexSettings,
        books_file: str,
        audit_file: str,
        jobs_file: str,
    ) -> None:
        self.replica = Replica("IndexWriter", hub, meters)
        self._metrics = IndexMetrics(self.replica.registry, index.uri)
        # Index builds use every core they may; one is left to those who search.
        self._tunables = WriterTunables()
        options = dict(index.storage_options)
        self._store = await IndexStore.open(index.uri, options, this_service(), index.max_fields)
        if self._store.migrated is not None:
            log.info("index.migrated", what=str(self._store.migrated))
        self._queue: WriteQueue[Document, WriteResult] = WriteQueue(
            self._commit,
            MAX_COMMIT_DOCUMENTS,
            self._tunables.max_waiting_documents,
            is_of_input,
            weight_of,
        )
        self._service = WriteService(self._store, Path(books_file), Path(audit_file))
        await self._service.reconcile()
        self._pause = WritePause()
        self._changes = DocumentChanges(self._store, self._service, self._pause.write)
        self._jobs = JobService(Path(jobs_file), PieceWriter(self._path_of, self.replica.energy))
        self.replica.collect(lambda registry: self._metrics.queue(self._queue.waiting))
        self.replica.collect(lambda registry: self._metrics.jobs(self._jobs.figures()))
        self.replica.start()
        self._spared_until_s: dict[str, float] = {}
        self._others: dict[str, Fingerprint] = {}
        self._rounds = UpkeepRounds(self._store, self._is_spared, self._metrics.maintained)
        self._maintenance = asyncio.create_task(self._maintain_forever())
        self._jobs.start()

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change the pace of maintenance and the queue's bound; pause writing, or go on.

        On return of a pause everything that was admitted has been committed.
        """
        self._tunables = WriterTunables.model_validate(config)
        self.replica.memory.configure(self._tunables.memory)
        self._queue.max_waiting_items = self._tunables.max_waiting_documents
        others = {i.uri: await fingerprint_of(i) for i in self._tunables.other_indexes}
        self._others = {uri: found for uri, found in others.items() if found is not None}
        self._jobs.configure(self._tunables.jobs)
        self._jobs.start()
        await self._pause.until(self._tunables.paused_until)
        if self._pause.paused:
            # Also what callers have given up waiting for.
            await self._queue.drain()

    @observed
    async def claim(self, fingerprint: Fingerprint, uri: str) -> Fingerprint:
        """Record which models the index at ``uri`` holds, or say which ones it was built with.

        While models are switched, Embedders of the next start before this writer ends.

        Raises:
            IncompatibleIndex: It was made by another model.
        """
        other = self._others.get(uri)
        if other is not None:
            return reconcile(other, fingerprint)
        return await self._store.claim(fingerprint)

    @observed
    async def upsert(
        self, namespace: str, documents: Sequence[Document], account: Account | None = None
    ) -> WriteResult:
        """Write documents; on return the commit is durable and visible to every reader.

        They count to ``account``, within its quota.
        """
        # Before it waits for others: a rotten write shall not meet them in a commit.
        check_namespace(namespace)
        checked = self._store.checked(documents)

        async def write() -> WriteResult:
            with self._pause.write():
                return await self._queue.write(namespace, checked)

        result = await self._service.written(account, namespace, checked, write)
        return WriteResult(result.version, upserted=len({document.id for document in documents}))

    @observed
    async def delete(self, namespace: str, ids: Sequence[str]) -> WriteResult:
        """Delete documents; unknown ids and namespaces count as none."""
        try:
            with self._pause.write():
                await self._service.deleting(namespace)
                result = await self._store.delete(namespace, ids)
        except NotFound:
            return WriteResult(0)
        self._service.deleted(namespace, ids)
        self._metrics.deleted(result.deleted)
        return result

    @observed
    async def patch(
        self,
        namespace: str,
        id: str,
        patch: Mapping[str, Json],
        wanted: Collection[str] | None,
        account: Account | None,
    ) -> Changed:
        """Merge a patch into a document's metadata."""
        return await self._changes.patch(namespace, id, patch, wanted, account)

    @observed
    async def delete_matching(
        self, namespace: str, wanted: Filter | None, dry_run: bool
    ) -> Removed:
        """Delete what a filter takes, or say what that is."""
        removed = await self._changes.delete_matching(namespace, wanted, dry_run)
        self._metrics.deleted(removed.deleted)
        return removed

    @observed
    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None
    ) -> int:
        """Set how a namespace is searched; on return every reader's next search goes by it."""
        return await self._changes.set_settings(namespace, settings, wanted)

    @observed
    async def drop_namespace(self, namespace: str) -> Written:
        """Delete a namespace with all that it holds; jobs that wait to write into it end."""
        self._jobs.leave(namespace)
        dropped = await self._changes.drop(namespace)
        self._metrics.deleted(dropped.changed)
        return dropped

    @observed
    async def incarnation(self, namespace: str) -> str | None:
        """Return what tells a namespace from others of its name, None if there is none."""
        return await self._store.incarnation(namespace)

    @observed
    async def submit_job(self, order: JobOrder, drafts: bytes) -> JobStatement:
        """Take documents that are written later; on return they are on the disk."""
        return await self._jobs.submit(order, drafts)

    @observed
    async def job(self, owner: str, id: str, limit: int, offset: int) -> JobStatement:
        """Tell of a client's own job."""
        return self._jobs.get(owner, id, limit, offset)

    @observed
    async def jobs(self, owner: str, limit: int, offset: int) -> tuple[list[JobStatement], int]:
        """Tell of a client's jobs."""
        return self._jobs.page(owner, limit, offset)

    @observed
    async def cancel_job(self, owner: str, id: str) -> JobStatement:
        """End a client's own job."""
        return self._jobs.cancel(owner, id)

    @observed
    async def spare_index(self, namespace: str, seconds: float) -> None:
        """Put off vector indexes for so long, since a bulk job is writing; zero ends it.

        A lease and not a switch: a job that was killed asks for nothing any more.
        """
        self._spared_until_s[namespace] = time.monotonic() + seconds

    @observed
    async def probe(self) -> dict[str, object]:
        """Read the index's namespaces for real."""
        return {
            "namespaces": len(await self._store.namespaces()),
            "writing": not self._pause.paused,
            "maintenance_alive": not self._maintenance.done(),
            "failing_namespaces": sorted(self._rounds.failing),
            **self._service.said(),
            "jobs": self._jobs.said(),
            "replica_pid": os.getpid(),
        }

    async def _maintain_forever(self) -> None:
        while self._store.replaced is None:
            await asyncio.sleep(self._tunables.maintenance_interval_s)
            try:
                await self._rounds.run()
                for what in await self._service.purge(self._tunables.purge_deleted_after_s):
                    log.info("index.purged", what=what)
                self._jobs.sweep()
                self._metrics.remains(self._service.remains_s())
                await self._metrics.measure(self._store)
            except WriterReplaced as error:
                log.error("index.writer_replaced", error=str(error))
            # A failed round leaves the index correct, only slower; the next one tries again.
            except Exception as error:
                self._metrics.maintained("failed")
                log.error("index.maintenance_failed", exc_info=error)

    async def _commit(self, namespace: str, documents: Sequence[Document]) -> WriteResult:
        with self._metrics.commit(documents):
            return await self._store.write(namespace, documents)

    def _path_of(self, order: JobOrder) -> JobWritePath:
        return JobWritePath(embedder_handle, self.upsert, order, self._jobs.wants)

    def _is_spared(self, namespace: str) -> bool:
        return time.monotonic() < self._spared_until_s.get(namespace, 0.0)

    async def check_health(self) -> None:
        """Fail once this replica was told to end, or another writer has taken the index over.

        Serve then replaces it; the new one is refused for a while where another service writes.
        """
        self.replica.check_health()
        if self._store.replaced is not None:
            raise self._store.replaced

    async def __del__(self) -> None:
        self._maintenance.cancel()
        await self._jobs.close()
        await self._queue.drain()
        await self._service.close()
        await self._store.close()
        await self.replica.stop()

"""What the one writer knows of its clients: quotas, remembered answers, the audit log.

It is the writer's because all of it must be one over all Ingress replicas, and because only the
writer knows what was really written.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from deployments.indexing.books import Books, bytes_of, refusals
from deployments.indexing.forgetting import stale_artifacts
from deployments.indexing.port import WritableIndex
from reliability.books.audit_entries import AuditPage, AuditQuery, What
from reliability.books.audit_log import AuditLog
from reliability.books.once import Once
from reliability.books.purge import DuePurge
from reliability.books.quota import Account, QuotaBook, QuotaUsage
from retrieval.documents import Document
from retrieval.errors import RetrievalError
from retrieval.store.writing.maintenance_run import KEEP_VERSIONS
from storage.errors import StorageError, StoreDown
from telemetry.logs import get_logger

log = get_logger()
Result = TypeVar("Result")

KEEP_S = KEEP_VERSIONS.total_seconds() + 5.0
"""After a rewrite so long readers may hold the version before it."""
REST_S = 60.0
"""Between two tries to purge a namespace where the first failed."""
MOST_UNSETTLED = 1000
"""Writes that could not be counted and are remembered one by one."""


class WriteService:
    """Keeps the books. One event loop's, but for the audit log, which writes on threads.

    Args:
        index: Asked about namespaces and ids.
        books: The file of quotas and remembered answers.
        audit: The audit log.
        now_s: Unix time.
    """

    def __init__(
        self, index: WritableIndex, books: Path, audit: Path, now_s: Callable[[], float] = time.time
    ) -> None:
        self._index = index
        self._file = books
        self._open: Books | None = None
        self._reconciled = False
        self._audit = AuditLog(audit)
        self._now_s = now_s
        self._resting_until_s: dict[str, float] = {}
        self._writing: set[str] = set()
        """Writes that are being committed: their room is settled by themselves."""
        self._running: set[asyncio.Task[Any]] = set()
        self._unsettled: list[Callable[[], None]] = []

    async def close(self) -> None:
        """Return when every write was settled, and close the books."""
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._open is not None:
            self._open.store.close()

    async def reconcile(self) -> None:
        """Make the books true after a restart: what was being written is counted if it is there.

        Where the disk cannot be used now, the service starts all the same and this is done later.

        Raises:
            NewerStore, ForeignStore: The file is not ours to open.
        """
        try:
            quotas = self._books.quotas
            for claim in quotas.claims():
                if claim.write_id in self._writing:
                    continue
                present = await self._index.ids(claim.namespace)
                quotas.settle(claim.write_id, [id for id in claim.ids if id in present])
            for namespace in quotas.namespaces():
                await self._compare(quotas, namespace)
            self._reconciled = True
        # Whatever is wrong with one namespace or the disk: writing goes on, counting stays careful.
        except (StoreDown, RetrievalError, RuntimeError, OSError) as error:
            log.error("books.not_reconciled", error=str(error))

    async def _compare(self, quotas: QuotaBook, namespace: str) -> None:
        if not await self._index.exists(namespace):
            quotas.forget_namespace(namespace)
            return
        # In this order: what counts was committed before, so what is not there now was deleted.
        counted = quotas.ids(namespace)
        present = await self._index.ids(namespace)
        gone = [id for id in counted if id not in present]
        quotas.forget(namespace, gone)
        if gone:
            log.warning("books.corrected", documents_gone=len(gone))

    @property
    def _books(self) -> Books:
        """The books, opened when they are first needed: a full disk may keep them from it."""
        if self._open is None:
            self._open = Books.open(self._file)
        return self._open

    async def written(
        self,
        account: Account | None,
        namespace: str,
        documents: Sequence[Document],
        write: Callable[[], Awaitable[Result]],
    ) -> Result:
        """Write documents within an account's quota.

        A caller that gives up undoes neither the write nor its counting.

        Raises:
            Forbidden: ``quota_exceeded``; nothing was written.
            Unavailable: It could not be counted now; nothing was written.
        """
        sizes = {document.id: bytes_of(document) for document in documents}
        if account is None:
            result = await write()
            self._settle(lambda: self._books.quotas.forget(namespace, list(sizes)))
            return result
        write_id = uuid.uuid4().hex
        creates = not await self._index.exists(namespace)
        with refusals():
            self._retry_settling()
            self._books.quotas.reserve(write_id, account, namespace, sizes, creates)
        self._writing.add(write_id)
        return await self.unbroken(self._counted(write_id, write))

    async def unbroken(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what work returns; a caller that gives up does not break it off."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def deleting(self, namespace: str) -> None:
        """Note that documents are about to be deleted, so that what remains of them goes too.

        Raises:
            Unavailable: It cannot be noted; nothing must be deleted.
        """
        if await self._index.exists(namespace):
            with refusals():
                self._books.purges.note(namespace, self._now_s())

    async def purge(self, after_s: float, keep_s: float = KEEP_S) -> list[str]:
        """Get rid of remains that are due; return what was done.

        Args:
            after_s: So long deletes are gathered.
            keep_s: So long readers may need the files of old versions.
        """
        with suppress(StorageError):
            self._retry_settling()
        if not self._reconciled:
            await self.reconcile()
        done = []
        for due in self._books.purges.due(self._now_s(), after_s, keep_s):
            if self._now_s() < self._resting_until_s.get(due.namespace, 0.0):
                continue
            try:
                done.append(await self._purge(due))
            # One namespace that cannot be read keeps no other from being purged.
            except Exception as error:
                self._resting_until_s[due.namespace] = self._now_s() + REST_S
                log.error("purge.failed", step=due.step, exc_info=error)
        return done

    async def _purge(self, due: DuePurge) -> str:
        self._resting_until_s.pop(due.namespace, None)
        if not await self._index.exists(due.namespace):
            self._books.purges.forget(due.namespace)
            return "forgotten"
        if due.step == "rewrite":
            await self._rewrite(due)
            return "rewritten"
        if not await self._index.remove_old_versions(due.namespace):
            self._resting_until_s[due.namespace] = self._now_s() + REST_S
            return "waiting"
        self._books.purges.removed(due.namespace)
        return "removed"

    async def _rewrite(self, due: DuePurge) -> None:
        self._books.purges.begin(due.namespace, due.since_s)
        stale = await stale_artifacts(self._index, due.namespace)
        if stale:
            await self._index.delete(due.namespace, stale)
            self.deleted(due.namespace, stale)
        await self._index.rewrite(due.namespace)
        self._books.purges.rewritten(due.namespace, self._now_s())

    def remains_s(self) -> float:
        """Return for how long the oldest remains of a deleted document have been there."""
        since_s = self._books.purges.waiting_since_s()
        return 0.0 if since_s is None else max(0.0, self._now_s() - since_s)

    def deleted(self, namespace: str, ids: Sequence[str]) -> None:
        """Count documents no more."""
        self._settle(lambda: self._books.quotas.forget(namespace, ids))

    def dropped(self, namespace: str) -> None:
        """Count nothing of a namespace any more."""
        self._settle(lambda: self._books.quotas.forget_namespace(namespace))

    def used(self, owner: str) -> QuotaUsage:
        """Say what counts towards a client's quota."""
        with refusals():
            return self._books.quotas.used(owner)

    def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        """Claim an Idempotency-Key, or return the answer that it had; see ``Backend``."""
        with refusals():
            return self._books.once.begin(client, key, fingerprint, busy_s, self._now_s())

    def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Keep the answer to an Idempotency-Key."""
        with refusals():
            self._books.once.finish(client, key, status, answer)

    def release_once(self, client: str, key: str, forget: bool) -> None:
        """Let a request be tried again."""
        with refusals():
            self._books.once.release(client, key, forget)

    async def audit_begin(self, who: str, act: str, request_id: str, what: What) -> int:
        """Record that an act is about to be done; see ``Backend``."""
        with refusals():
            return await asyncio.to_thread(self._audit.begin, who, act, request_id, what)

    async def audit_end(self, number: int, status: int, what: What) -> None:
        """Record the outcome of an act."""
        with refusals():
            await asyncio.to_thread(self._audit.end, number, status, what)

    async def audit(self, wanted: AuditQuery) -> AuditPage:
        """Return what was recorded."""
        with refusals():
            return await asyncio.to_thread(self._audit.read, wanted)

    def said(self) -> dict[str, object]:
        """Return what a probe says of the books."""
        said = {} if self._open is None else self._open.store.health.said()
        return {"books": said, "books_unsettled": len(self._unsettled)}

    async def _counted(self, write_id: str, write: Callable[[], Awaitable[Result]]) -> Result:
        try:
            result = await write()
        except BaseException:
            self._settle(lambda: self._books.quotas.release(write_id))
            raise
        else:
            self._settle(lambda: self._books.quotas.settle(write_id))
        finally:
            self._writing.discard(write_id)
        return result

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        # Its caller may be gone: then nobody else hears of it.
        if not task.cancelled():
            task.exception()

    def _settle(self, work: Callable[[], None]) -> None:
        """Count what was done. If that fails, room stays taken until it is counted later."""
        try:
            work()
        except StorageError as error:
            log.error("books.not_settled", error=str(error))
            self._unsettled.append(work)
            if len(self._unsettled) > MOST_UNSETTLED:
                # The index itself is asked instead, once the books can be written again.
                self._unsettled.clear()
                self._reconciled = False

    def _retry_settling(self) -> None:
        while self._unsettled:
            self._unsettled[0]()
            del self._unsettled[0]

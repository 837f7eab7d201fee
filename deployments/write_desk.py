"""What the one writer knows of its clients: quotas, remembered answers, the audit log.

It is the writer's because all of it must be one over all Ingress replicas, and because only the
writer knows what was really written.
"""

import asyncio
import json
import sqlite3
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from api.errors import BadRequest, Conflict, Forbidden, RateLimited, Unavailable
from reliability.audit_log import AuditLog, Page, Wanted, What
from reliability.errors import (
    AuditError,
    IdempotencyError,
    KeyInUse,
    QuotaExceeded,
    TooManyOnce,
)
from reliability.once_book import TABLES as ONCE_TABLES
from reliability.once_book import Once, OnceBook
from reliability.quota_book import TABLES as QUOTA_TABLES
from reliability.quota_book import Account, QuotaBook, Used
from retrieval.documents import Document
from storage.errors import StorageError
from storage.schema import Schema
from storage.store import Store
from telemetry.logs import get_logger

log = get_logger()
Result = TypeVar("Result")

BOOKS_WAIT_S = 0.1
"""For another process' lock on the books: the writer's event loop must not stand still."""


def _make_tables(db: sqlite3.Connection) -> str:
    for statement in (*QUOTA_TABLES, *ONCE_TABLES):
        db.execute(statement)
    return ""


SCHEMA = Schema("clients' books", 0x62576362, (_make_tables,))


class Index(Protocol):
    """What is asked of the index."""

    async def exists(self, namespace: str) -> bool:
        """Say whether a namespace was made."""
        ...

    async def ids(self, namespace: str) -> set[str]:
        """Return the ids of a namespace, none if it is unknown."""
        ...


class WriteDesk:
    """Keeps the books. One event loop's, but for the audit log, which writes on threads.

    Args:
        index: Asked about namespaces and ids.
        books: The file of quotas and remembered answers.
        audit: The audit log.
        now_s: Unix time.
    """

    def __init__(
        self, index: Index, books: Path, audit: Path, now_s: Callable[[], float] = time.time
    ) -> None:
        self._index = index
        self._store = Store(books, SCHEMA, busy_s=BOOKS_WAIT_S)
        self._quotas = QuotaBook(self._store)
        self._once = OnceBook(self._store)
        self._audit = AuditLog(audit)
        self._now_s = now_s
        self._running: set[asyncio.Task[Any]] = set()
        self._unsettled: list[Callable[[], None]] = []

    async def close(self) -> None:
        """Return when every write was settled, and close the books."""
        await asyncio.gather(*self._running, return_exceptions=True)
        self._store.close()

    async def reconcile(self) -> None:
        """Make the books true after a restart: what was being written is counted if it is there."""
        for claim in self._quotas.claims():
            present = await self._index.ids(claim.namespace)
            self._quotas.settle(claim.write_id, [id for id in claim.ids if id in present])
        for namespace in self._quotas.namespaces():
            if not await self._index.exists(namespace):
                self._quotas.forget_namespace(namespace)
                continue
            gone = self._quotas.keep_only(namespace, await self._index.ids(namespace))
            if gone:
                log.warning("books.corrected", documents_gone=gone)

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
            self._settle(lambda: self._quotas.forget(namespace, list(sizes)))
            return result
        write_id = uuid.uuid4().hex
        creates = not await self._index.exists(namespace)
        with _refusals():
            self._retry_settling()
            self._quotas.reserve(write_id, account, namespace, sizes, creates)
        task = asyncio.create_task(self._counted(write_id, write))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def deleted(self, namespace: str, ids: Sequence[str]) -> None:
        """Count documents no more."""
        self._settle(lambda: self._quotas.forget(namespace, ids))

    def dropped(self, namespace: str) -> None:
        """Count nothing of a namespace any more."""
        self._settle(lambda: self._quotas.forget_namespace(namespace))

    def used(self, owner: str) -> Used:
        """Say what counts towards a client's quota."""
        with _refusals():
            return self._quotas.used(owner)

    def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        """Claim an Idempotency-Key, or return the answer that it had; see ``Backend``."""
        with _refusals():
            return self._once.begin(client, key, fingerprint, busy_s, self._now_s())

    def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Keep the answer to an Idempotency-Key."""
        with _refusals():
            self._once.finish(client, key, status, answer)

    def release_once(self, client: str, key: str, forget: bool) -> None:
        """Let a request be tried again."""
        with _refusals():
            self._once.release(client, key, forget)

    async def audit_begin(self, who: str, act: str, request_id: str, what: What) -> int:
        """Record that an act is about to be done; see ``Backend``."""
        with _refusals():
            return await asyncio.to_thread(self._audit.begin, who, act, request_id, what)

    async def audit_end(self, number: int, status: int, what: What) -> None:
        """Record the outcome of an act."""
        with _refusals():
            await asyncio.to_thread(self._audit.end, number, status, what)

    async def audit(self, wanted: Wanted) -> Page:
        """Return what was recorded."""
        with _refusals():
            return await asyncio.to_thread(self._audit.read, wanted)

    def said(self) -> dict[str, object]:
        """Return what a probe says of the books."""
        return {"books": self._store.health.said(), "books_unsettled": len(self._unsettled)}

    async def _counted(self, write_id: str, write: Callable[[], Awaitable[Result]]) -> Result:
        try:
            result = await write()
        except BaseException:
            self._settle(lambda: self._quotas.release(write_id))
            raise
        self._settle(lambda: self._quotas.settle(write_id))
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

    def _retry_settling(self) -> None:
        while self._unsettled:
            self._unsettled[0]()
            del self._unsettled[0]


def bytes_of(document: Document) -> int:
    """Return what a document counts: its text, metadata and picture as they are stored."""
    text = 0 if document.text is None else len(document.text.encode())
    metadata = len(json.dumps(document.metadata, ensure_ascii=False).encode())
    return text + metadata + len(document.picture or b"")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn the books' errors into answers."""
    try:
        yield
    except QuotaExceeded as error:
        raise Forbidden(str(error), error.code, dict(error.details)) from None
    except KeyInUse as error:
        raise Conflict(str(error), error.code, HEADER_PLACE) from None
    except TooManyOnce as error:
        raise RateLimited(str(error), error.code, HEADER_PLACE, 3600) from None
    except IdempotencyError as error:
        raise BadRequest(str(error), error.code, HEADER_PLACE) from None
    except AuditError as error:
        log.error("audit.not_written", error=str(error))
        raise Unavailable("this act cannot be recorded right now", error.code) from None
    except StorageError as error:
        log.error("books.unavailable", error=str(error))
        raise Unavailable("the writer's books cannot be used right now") from None


HEADER_PLACE = {"where": "header.idempotency-key"}

"""Jobs as the writer offers them: taken, told of, cancelled, and worked off beside all else.

The file is opened with the first job, or where there were some before: a disk that is full keeps
nobody from starting.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from deployments.jobs.refusals import refusals
from deployments.jobs.runner import JobRunner, PieceBounds, WritePiece
from deployments.jobs.spool import Spool, SpoolDamaged
from deployments.settings.tunables import JobTunables
from reliability.jobs.book import JobBook
from reliability.jobs.job import AcceptedJob, JobBounds, JobFigures, JobOrder, JobStatement
from reliability.jobs.rows import SCHEMA
from storage.errors import StorageError
from storage.store import Store
from telemetry.logs import get_logger

log = get_logger()

BOOK_WAIT_S = 0.1
"""For another process' lock: the writer's event loop must not stand still."""
LOOK_S, FAULT_S = 1.0, 10.0
"""Between two looks for work where a job rests, and where the book cannot be used."""
MOST_WARNINGS = 100
"""Told with a job."""


class JobService:
    """Keeps the book and the documents of jobs. One event loop's.

    Args:
        file: Of the book; the documents lie in a folder beside it.
        write: Writes a piece.
        now_s: Unix time.
        clock_s: Seconds that never go back.
    """

    def __init__(
        self,
        file: Path,
        write: WritePiece,
        now_s: Callable[[], float] = time.time,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._spool = Spool(file.with_name(f"{file.stem}.waiting"))
        self._write, self._now_s, self._clock_s = write, now_s, clock_s
        self._tunables = JobTunables()
        self._opened: tuple[JobBook, JobRunner] | None = None
        self._came = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []

    def configure(self, tunables: JobTunables) -> None:
        """Change the bounds for jobs that come next, and for the pieces that come next."""
        self._tunables = tunables
        if self._opened is not None:
            book, runner = self._opened
            book.bounds, runner.bounds = _bounds(tunables), _piece(tunables)

    def start(self) -> None:
        """Begin to work jobs off on the running loop, as many at a time as the settings say."""
        while len(self._workers) < self._tunables.at_once:
            self._workers.append(asyncio.create_task(self._work()))
        while len(self._workers) > self._tunables.at_once:
            self._workers.pop().cancel()

    async def close(self) -> None:
        """Stop between two documents' commits; what was not noted is done again."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def submit(self, order: JobOrder, drafts: bytes) -> JobStatement:
        """Take a job; on return its documents are on the disk. The same one again is no other.

        Raises:
            RateLimited: ``too_many_jobs``: the client has as many as it may.
            BadRequest: ``jobs_full`` or ``storage_full`` (507): there is no room.
            Unavailable: Not now.
        """
        with refusals():
            book, _ = self._open()
            if book.find(order.id) is None:
                book.check_room(order.owner, len(drafts))
                await asyncio.to_thread(self._spool.keep, order, drafts)
                self._accept(book, order, len(drafts))
            job = book.get(order.owner, order.id)
        self._came.set()
        log.info(
            "job.accepted",
            job=order.id,
            request=order.request_id,
            documents=order.total,
            bytes=len(drafts),
        )
        return self._report(book, job, 0, 0)

    def _accept(self, book: JobBook, order: JobOrder, kept_bytes: int) -> None:
        try:
            book.accept(order, kept_bytes, self._now_s())
        except Exception:
            self._spool.remove(order.id)
            raise

    def get(self, owner: str, id: str, limit: int, offset: int) -> JobStatement:
        """Tell of a client's own job, with a page of the documents that failed.

        Raises:
            BadRequest: 404, it has none of that id.
        """
        with refusals():
            book, _ = self._open()
            return self._report(book, book.get(owner, id), limit, offset)

    def page(self, owner: str, limit: int, offset: int) -> tuple[list[JobStatement], int]:
        """Tell of a client's jobs, the newest first, and how many there are."""
        with refusals():
            book, _ = self._open()
            jobs, total = book.page(owner, limit, offset)
            return [self._report(book, job, 0, 0) for job in jobs], total

    def cancel(self, owner: str, id: str) -> JobStatement:
        """End a client's own job; what was written stays."""
        with refusals():
            book, _ = self._open()
            job = book.cancel(owner, id, self._now_s())
            if job.has_ended:
                self._spool.remove(id)
            return self._report(book, job, 0, 0)

    def leave(self, namespace: str) -> None:
        """End what waits to write into a namespace that is about to be dropped.

        Documents that are being encoded just now are not written either (``wants``).

        Raises:
            Unavailable: Not now; the namespace must not be dropped before.
        """
        if self._opened is None and not self._was_used():
            return
        with refusals():
            book, _ = self._open()
            for job in book.leave(namespace, self._now_s()):
                log.info("job.left_namespace", job=job.id, left=job.left)
                if job.has_ended:
                    self._spool.remove(job.id)

    def wants(self, order: JobOrder) -> bool:
        """Say whether a job's documents are still to be written."""
        job = self._open()[0].find(order.id)
        return job is not None and not job.cancelling and not job.has_ended

    def sweep(self) -> None:
        """Fail what is too old and forget what ended long ago."""
        if self._opened is None:
            return
        # What cannot be swept now is swept in the next round.
        with suppress(StorageError):
            for id in self._opened[0].sweep(self._now_s()):
                self._spool.remove(id)

    def figures(self) -> JobFigures:
        """Return what metrics tell."""
        if self._opened is None:
            return JobFigures()
        book = self._opened[0]
        since_s = book.oldest_s()
        age_s = 0.0 if since_s is None else max(0.0, self._now_s() - since_s)
        return JobFigures(book.counts(), age_s, book.kept_bytes())

    def said(self) -> dict[str, object]:
        """Return what a probe says of jobs."""
        workers: dict[str, object] = {"alive": not any(worker.done() for worker in self._workers)}
        return workers if self._opened is None else workers | self._store.health.said()

    async def step(self) -> bool:
        """Do a piece of a job; False where there is nothing to do."""
        if self._opened is None and not self._was_used():
            return False
        return await self._open()[1].step()

    def _was_used(self) -> bool:
        return self._file.exists() or bool(self._spool.ids())

    def _open(self) -> tuple[JobBook, JobRunner]:
        if self._opened is None:
            self._store = Store(self._file, SCHEMA, busy_s=BOOK_WAIT_S)
            book = JobBook(self._store, _bounds(self._tunables))
            book.resume(self._now_s())
            self._adopt(book)
            clocks = self._now_s, self._clock_s
            runner = JobRunner(book, self._spool, self._write, _piece(self._tunables), *clocks)
            self._opened = book, runner
        return self._opened

    def _adopt(self, book: JobBook) -> None:
        """Take jobs whose documents are there and whose rows are not; let go of what has ended."""
        for id in self._spool.ids():
            known = book.find(id)
            if known is not None:
                if known.has_ended:
                    self._spool.remove(id)
                continue
            try:
                order = self._spool.order(id)
            except SpoolDamaged as error:
                log.error("job.not_adopted", job=id, error=str(error))
                continue
            book.accept(order, self._spool.bytes_of(id), self._now_s(), acknowledged=True)

    def _report(self, book: JobBook, job: AcceptedJob, limit: int, offset: int) -> JobStatement:
        ended_s = job.finished_s
        return JobStatement(
            job,
            book.notes(job.id, "failure", limit, offset) if limit else (),
            book.notes(job.id, "warning", MOST_WARNINGS, 0) if limit else (),
            None if ended_s is None else ended_s + book.bounds.kept_s,
        )

    async def _work(self) -> None:
        while True:
            try:
                if await self.step():
                    continue
                wait_s = LOOK_S if self._is_anything_open() else None
            # Whatever it is, the next piece may be done.
            except Exception as error:
                log.error("job.step_failed", exc_info=error)
                wait_s = FAULT_S
            await self._until_something_comes(wait_s)

    def _is_anything_open(self) -> bool:
        return self._opened is not None and bool(self._opened[0].open_ids())

    async def _until_something_comes(self, most_s: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._came.wait()
        self._came.clear()


def _bounds(tunables: JobTunables) -> JobBounds:
    return JobBounds(
        tunables.max_jobs,
        tunables.max_jobs_per_client,
        tunables.max_bytes,
        tunables.max_bytes_per_client,
        tunables.longest_s,
        tunables.kept_s,
    )


def _piece(tunables: JobTunables) -> PieceBounds:
    return PieceBounds(tunables.piece_documents, tunables.piece_bytes)

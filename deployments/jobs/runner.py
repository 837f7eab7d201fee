"""Works jobs off piece by piece: clients take turns, and each client's jobs keep their order.

A piece is written before it is noted. A kill in between has it written again, which changes
nothing, since its documents have their ids.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from api.errors import MESSAGE_CHARACTERS, DeadlineExceeded
from api.writing.document_drafts import DocumentDraft
from api.writing.document_writer import WriteOutcome
from deployments.jobs.faults import fault_of
from deployments.jobs.spool import Piece, Spool, SpoolDamaged
from reliability.jobs.book import JobBook
from reliability.jobs.job import (
    TRIES_ALONE,
    TRIES_TOGETHER,
    AcceptedJob,
    JobNote,
    JobOrder,
    NoteKind,
    Progress,
)
from telemetry.logs import get_logger

log = get_logger()

FIRST_REST_S, LONGEST_REST_S = 1.0, 60.0
MOST_LATE = 5
"""A document that is not written within so many deadlines is left out."""


@dataclass(frozen=True, slots=True)
class WrittenPiece:
    """What became of a piece, and what it took."""

    outcome: WriteOutcome
    energy_j: float = 0.0


WritePiece = Callable[[JobOrder, Sequence[DocumentDraft]], Awaitable[WrittenPiece]]


@dataclass(frozen=True, slots=True)
class PieceBounds:
    """Of one piece: so long other clients' jobs wait, and so much is done again after a kill."""

    documents: int = 64
    bytes: int = 1024 * 1024


@dataclass(slots=True)
class _Rest:
    """Why a job does not get on, in this process."""

    until_s: float
    pause_s: float = FIRST_REST_S
    documents: int | None = None
    """Take so few at once: more did not end within their deadline."""
    late: int = 0


class JobRunner:
    """Does pieces of jobs, several at a time but of one client no more than one.

    Args:
        write: Encodes documents and writes them.
        now_s: Unix time.
        clock_s: Seconds that never go back.
    """

    def __init__(
        self,
        book: JobBook,
        spool: Spool,
        write: WritePiece,
        bounds: PieceBounds | None = None,
        now_s: Callable[[], float] = time.time,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book, self._spool, self._write = book, spool, write
        self.bounds = bounds or PieceBounds()
        self._now_s, self._clock_s = now_s, clock_s
        self._busy: set[str] = set()
        self._served: dict[str, int] = {}
        self._turn = 0
        self._rests: dict[str, _Rest] = {}

    async def step(self) -> bool:
        """Do a piece of the job whose turn it is; False: nothing can be done now.

        Raises:
            StorageError: The book cannot be written; the piece is done again.
        """
        job = self._next()
        if job is None:
            return False
        self._busy.add(job.owner)
        try:
            await self._piece(job)
        finally:
            self._turn += 1
            self._served[job.owner] = self._turn
            self._busy.discard(job.owner)
        return True

    def _next(self) -> AcceptedJob | None:
        """Return the job whose client was served longest ago; oldest first among those never."""
        heads = self._book.next_of_each()
        owners = {job.owner for job in heads}
        self._served = {name: turn for name, turn in self._served.items() if name in owners}
        now_s = self._clock_s()
        free = [
            job for job in heads if job.owner not in self._busy and not self._rests_now(job, now_s)
        ]
        return min(free, key=lambda job: self._served.get(job.owner, 0), default=None)

    def _rests_now(self, job: AcceptedJob, now_s: float) -> bool:
        rest = self._rests.get(job.id)
        return rest is not None and now_s < rest.until_s

    async def _piece(self, job: AcceptedJob) -> None:
        self._book.begin(job.id, self._now_s())
        try:
            order, piece = await asyncio.to_thread(self._read, job)
            progress = await self._progress(job, order, piece)
        except asyncio.CancelledError:
            # This process ends as it should: that is no fault of the documents.
            self._book.wait(job.id, "", self._now_s())
            raise
        except SpoolDamaged as error:
            self._fail(job, "documents_lost", str(error))
        # Whatever it is, other jobs go on.
        except Exception as error:
            if fault_of(error) == "job":
                self._fail(job, getattr(error, "code", "internal_error"), str(error))
            else:
                self._put_off(job, error)
        else:
            self._got_on(job)
            self._ended(self._book.advance(job, progress, self._now_s()))

    def _read(self, job: AcceptedJob) -> tuple[JobOrder, Piece]:
        rest, most = self._rests.get(job.id), self.bounds.documents
        if rest is not None and rest.documents is not None:
            most = rest.documents
        if job.tries >= TRIES_TOGETHER:
            most = 1
        order = self._spool.order(job.id)
        piece = self._spool.read(job.id, job.offset, most, self.bounds.bytes)
        if not piece.drafts:
            raise SpoolDamaged("there are fewer documents than were accepted")
        return order, piece

    async def _progress(self, job: AcceptedJob, order: JobOrder, piece: Piece) -> Progress:
        if job.tries >= TRIES_ALONE:
            why = "the service ended unexpectedly while it wrote this document, several times"
            return _left_out(piece, _failure(piece.drafts[0], "job_gave_up", why))
        rest = self._rests.get(job.id)
        if rest is not None and rest.late >= MOST_LATE and len(piece.drafts) == 1:
            why = "it takes longer than one write may take"
            return _left_out(piece, _failure(piece.drafts[0], "deadline_exceeded", why))
        try:
            done = await self._write(order, piece.drafts)
        except Exception as error:
            if fault_of(error) != "document":
                raise
            return await self._one_by_one(order, piece)
        return _progress_of(piece, [done])

    async def _one_by_one(self, order: JobOrder, piece: Piece) -> Progress:
        """Write the documents of a piece that was refused as a whole; what is wrong stays out."""
        done, notes = [], []
        for draft in piece.drafts:
            try:
                done.append(await self._write(order, [draft]))
            except Exception as error:
                if fault_of(error) != "document":
                    raise
                code = getattr(error, "code", None)
                if code is None:
                    log.error("job.document_failed", exc_info=error)
                why = "an internal error" if code is None else str(error)
                notes.append(_failure(draft, code or "internal_error", why))
        return _progress_of(piece, done, notes)

    def _got_on(self, job: AcceptedJob) -> None:
        """Take more documents again, but not at once as many as were too many."""
        rest = self._rests.pop(job.id, None)
        if rest is not None and rest.documents is not None:
            more = 2 * rest.documents
            if more < self.bounds.documents:
                self._rests[job.id] = _Rest(0.0, documents=more)

    def _put_off(self, job: AcceptedJob, error: Exception) -> None:
        """Let a job rest: what is wrong is no document's fault, or none that is known."""
        before = self._rests.get(job.id) or _Rest(0.0)
        wait_s = max(before.pause_s, getattr(error, "retry_after_s", None) or 0.0)
        rest = _Rest(
            self._clock_s() + wait_s,
            min(2 * before.pause_s, LONGEST_REST_S),
            before.documents,
            before.late,
        )
        if isinstance(error, DeadlineExceeded):
            rest.documents = max(1, (before.documents or self.bounds.documents) // 4)
            rest.late += 1
        self._rests[job.id] = rest
        known = getattr(error, "code", None)
        log.warning("job.put_off", job=job.id, wait_s=wait_s, error=str(error) or repr(error))
        why = str(error)[:MESSAGE_CHARACTERS] if known else "an internal error; see the log"
        self._book.wait(job.id, why, self._now_s())
        self._ended(self._book.get(job.owner, job.id))

    def _fail(self, job: AcceptedJob, code: str, why: str) -> None:
        self._book.fail(job.id, code, why[:MESSAGE_CHARACTERS], self._now_s())
        self._ended(self._book.get(job.owner, job.id))

    def _ended(self, job: AcceptedJob) -> None:
        if job.has_ended:
            self._rests.pop(job.id, None)
            self._spool.remove(job.id)
            counts = {"written": job.written, "failed": job.failed, "left": job.left}
            log.info("job.ended", job=job.id, state=job.state, **counts)


def _progress_of(
    piece: Piece, done: Sequence[WrittenPiece], failures: Sequence[JobNote] = ()
) -> Progress:
    names = {draft.index: draft.id for draft in piece.drafts}
    notes, written = list(failures), len(piece.drafts) - len(failures)
    for part in done:
        written -= len(part.outcome.failed)
        for index, error in part.outcome.failed.items():
            notes.append(_note(index, "failure", names[index], error))
        for index, warning in part.outcome.warnings:
            notes.append(_note(index, "warning", names[index], warning))
    energy_j = sum(part.energy_j for part in done)
    return Progress(len(piece.drafts), written, piece.offset, notes, energy_j)


def _left_out(piece: Piece, note: JobNote) -> Progress:
    return Progress(1, 0, piece.offset, [note])


def _note(index: int, kind: NoteKind, document_id: str, told: Mapping[str, str]) -> JobNote:
    return JobNote(index, kind, document_id, told["code"], told["message"])


def _failure(draft: DocumentDraft, code: str, why: str) -> JobNote:
    message = f"brAInwav: {draft.place}: {why[:MESSAGE_CHARACTERS]}"
    return JobNote(draft.index, "failure", draft.id, code, message)

"""What became of jobs: one row each, and a row for each document that failed or was warned of.

A piece of a job is written first and noted after, so that a kill in between has it written again;
documents have their ids by then, and to write one twice changes nothing.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from reliability.errors import JobsFull, TooManyJobs, UnknownJob
from reliability.jobs.job import (
    TRIES_TOGETHER,
    AcceptedJob,
    JobBounds,
    JobNote,
    JobOrder,
    NoteKind,
    Progress,
)
from reliability.jobs.rows import COLUMNS, job_of
from storage.store import Store

OPEN = "state IN ('queued', 'running')"


class JobBook:
    """Jobs of all clients, in a store's file."""

    def __init__(self, store: Store, bounds: JobBounds | None = None) -> None:
        self._store = store
        self.bounds = bounds or JobBounds()

    def accept(
        self, order: JobOrder, kept_bytes: int, now_s: float, acknowledged: bool = False
    ) -> AcceptedJob:
        """Take a job; the same one again changes nothing.

        Args:
            acknowledged: It was taken before, and its row was lost: bounds do not count.

        Raises:
            TooManyJobs: The client has as many as it may.
            JobsFull: There is no room for all.
            StoreDown: Not now; nothing was taken.
        """
        failed = order.total - order.accepted
        row = (order.id, order.owner, order.namespace, order.total, order.accepted, failed)

        def work(db: sqlite3.Connection) -> AcceptedJob:
            known = _find(db, order.owner, order.id)
            if known is not None:
                return known
            if not acknowledged:
                self._check_room(db, order.owner, kept_bytes)
            db.execute(
                "INSERT INTO job (id, owner, namespace, total, accepted, failed, kept_bytes, "
                "created_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, kept_bytes, now_s),
            )
            # Warnings come again with what is written: of what fails they say nothing.
            _note(db, order.id, [note for note in order.notes if note.kind == "failure"])
            return _known(db, order.owner, order.id)

        return self._store.write(work)

    def check_room(self, owner: str, kept_bytes: int) -> None:
        """Refuse what ``accept`` would refuse, before anything is laid on disk.

        Raises:
            TooManyJobs, JobsFull: There is no room.
        """
        self._check_room(self._store.db, owner, kept_bytes)

    def get(self, owner: str, id: str) -> AcceptedJob:
        """Return a client's own job.

        Raises:
            UnknownJob: It has none of that id, or none any more.
        """
        return _known(self._store.db, owner, id)

    def find(self, id: str) -> AcceptedJob | None:
        """Return anybody's job."""
        return _find(self._store.db, None, id)

    def page(self, owner: str, limit: int, offset: int) -> tuple[list[AcceptedJob], int]:
        """Return a client's jobs, the newest first, and how many there are."""
        rows = self._store.db.execute(
            f"SELECT {COLUMNS} FROM job WHERE owner = ? ORDER BY number DESC LIMIT ? OFFSET ?",
            (owner, limit, offset),
        ).fetchall()
        count = "SELECT count(*) FROM job WHERE owner = ?"
        return list(map(job_of, rows)), self._store.db.execute(count, (owner,)).fetchone()[0]

    def notes(self, id: str, kind: NoteKind, limit: int, offset: int) -> list[JobNote]:
        """Return what is told of a job's documents, in the order of the request."""
        rows = self._store.db.execute(
            "SELECT place, kind, document_id, code, message FROM note WHERE job = ? AND kind = ? "
            "ORDER BY place, code LIMIT ? OFFSET ?",
            (id, kind, limit, offset),
        )
        return [JobNote(*row) for row in rows]

    def next_of_each(self) -> list[AcceptedJob]:
        """Return each client's oldest job that has not ended: a client's jobs keep their order."""
        rows = self._store.db.execute(
            f"SELECT {COLUMNS} FROM job WHERE number IN "
            f"(SELECT min(number) FROM job WHERE {OPEN} GROUP BY owner) ORDER BY number"
        )
        return list(map(job_of, rows))

    def begin(self, id: str, now_s: float) -> None:
        """Note that documents of a job are about to be written."""
        self._store.write(
            lambda db: db.execute(
                "UPDATE job SET state = 'running', under_way = 1, "
                f"started_s = coalesce(started_s, ?) WHERE id = ? AND {OPEN}",
                (now_s, id),
            )
        )

    def advance(self, job: AcceptedJob, done: Progress, now_s: float) -> AcceptedJob:
        """Note what became of the documents after ``job.position``; the last ones end the job."""

        def work(db: sqlite3.Connection) -> AcceptedJob:
            failed = sum(note.kind == "failure" for note in done.notes)
            counts = (done.written, failed, done.dealt_with, done.offset, done.energy_j)
            changed = db.execute(
                "UPDATE job SET under_way = 0, waits = '', written = written + ?, "
                "failed = failed + ?, position = position + ?, offset = ?, "
                "energy_j = energy_j + ?, tries = CASE WHEN tries >= ? THEN ? ELSE 0 END "
                f"WHERE id = ? AND position = ? AND {OPEN}",
                (*counts, TRIES_TOGETHER, TRIES_TOGETHER, job.id, job.position),
            )
            # Noted before, where a commit was made and not heard of.
            if changed.rowcount:
                _note(db, job.id, done.notes)
            _end(db, job.id, "done", "position >= accepted", now_s)
            _end(db, job.id, "cancelled", "cancelling", now_s)
            return _known(db, job.owner, job.id)

        return self._store.write(work)

    def wait(self, id: str, why: str, now_s: float) -> None:
        """Note that a job's documents could not be written now."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE job SET under_way = 0, waits = ? WHERE id = ?", (why, id))
            _end(db, id, "cancelled", "cancelling", now_s)

        self._store.write(work)

    def fail(self, id: str, code: str, why: str, now_s: float) -> None:
        """End a job before its last document."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                f"UPDATE job SET error_code = ?, error = ? WHERE id = ? AND {OPEN}", (code, why, id)
            )
            _end(db, id, "failed", "1", now_s)

        self._store.write(work)

    def cancel(self, owner: str, id: str, now_s: float) -> AcceptedJob:
        """End a client's own job, at once or with the documents under way.

        Raises:
            UnknownJob: It has none of that id.
        """

        def work(db: sqlite3.Connection) -> AcceptedJob:
            _known(db, owner, id)
            db.execute(f"UPDATE job SET cancelling = 1 WHERE id = ? AND {OPEN}", (id,))
            _end(db, id, "cancelled", "cancelling AND NOT under_way", now_s)
            return _known(db, owner, id)

        return self._store.write(work)

    def leave(self, namespace: str, now_s: float) -> list[AcceptedJob]:
        """End everybody's jobs that write into a namespace, like ``cancel``; return them."""

        def work(db: sqlite3.Connection) -> list[AcceptedJob]:
            which = f"SELECT {COLUMNS} FROM job WHERE namespace = ? AND {OPEN} ORDER BY number"
            found = list(map(job_of, db.execute(which, (namespace,)).fetchall()))
            for job in found:
                db.execute("UPDATE job SET cancelling = 1 WHERE id = ?", (job.id,))
                _end(db, job.id, "cancelled", "NOT under_way", now_s)
            return [_known(db, job.owner, job.id) for job in found]

        return self._store.write(work)

    def resume(self, now_s: float) -> None:
        """Note what a process that is gone left under way: it may have died of it."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE job SET under_way = 0, tries = tries + 1 WHERE under_way")
            for (id,) in db.execute(f"SELECT id FROM job WHERE cancelling AND {OPEN}").fetchall():
                _end(db, id, "cancelled", "1", now_s)

        self._store.write(work)

    def sweep(self, now_s: float) -> list[str]:
        """Fail what is too old, and forget what ended long ago; return the ids that ended."""
        bounds = self.bounds
        old = f"SELECT id FROM job WHERE {OPEN} AND NOT under_way AND created_s < ?"
        late = [id for (id,) in self._store.db.execute(old, (now_s - bounds.longest_s,))]
        for id in late:
            self.fail(id, "job_expired", f"not done within {bounds.longest_s:g} s", now_s)
        forgotten = (
            f"SELECT id FROM (SELECT id, finished_s, row_number() OVER "
            f"(PARTITION BY owner ORDER BY number DESC) AS place FROM job WHERE NOT {OPEN}) "
            "WHERE finished_s < ? OR place > ?"
        )
        which = (now_s - bounds.kept_s, bounds.most_kept_of_client)
        gone = self._store.db.execute(forgotten, which).fetchall()
        if gone:
            self._store.write(lambda db: _forget(db, gone))
        return late

    def open_ids(self) -> set[str]:
        """Name the jobs that have not ended."""
        return {id for (id,) in self._store.db.execute(f"SELECT id FROM job WHERE {OPEN}")}

    def counts(self) -> dict[str, int]:
        """Return how many jobs there are in each state that is kept."""
        return dict(self._store.db.execute("SELECT state, count(*) FROM job GROUP BY state"))

    def oldest_s(self) -> float | None:
        """Return since when the oldest job that has not ended waits; None where there is none."""
        oldest = f"SELECT min(created_s) FROM job WHERE {OPEN}"
        return self._store.db.execute(oldest).fetchone()[0]

    def kept_bytes(self) -> int:
        """Return what accepted documents take on disk."""
        return _held(self._store.db, "1", ())[1]

    def _check_room(self, db: sqlite3.Connection, owner: str, kept_bytes: int) -> None:
        bounds = self.bounds
        jobs, held = _held(db, "owner = ?", (owner,))
        if jobs >= bounds.most_jobs_of_client:
            raise TooManyJobs(f"{jobs} jobs of this client have not ended; it may have no more")
        if jobs and held + kept_bytes > bounds.most_bytes_of_client:
            raise TooManyJobs(
                f"jobs of this client hold {held} bytes, {kept_bytes} more would be over "
                f"{bounds.most_bytes_of_client}"
            )
        jobs, held = _held(db, "1", ())
        if jobs >= bounds.most_jobs or held + kept_bytes > bounds.most_bytes:
            raise JobsFull("there is no room for another job of anybody; wait until some are done")


def _held(db: sqlite3.Connection, whose: str, values: Sequence[str]) -> tuple[int, int]:
    which = f"SELECT count(*), coalesce(sum(kept_bytes), 0) FROM job WHERE {OPEN} AND {whose}"
    return db.execute(which, values).fetchone()


def _find(db: sqlite3.Connection, owner: str | None, id: str) -> AcceptedJob | None:
    which = f"SELECT {COLUMNS} FROM job WHERE id = ? AND owner = coalesce(?, owner)"
    row = db.execute(which, (id, owner)).fetchone()
    return None if row is None else job_of(row)


def _known(db: sqlite3.Connection, owner: str, id: str) -> AcceptedJob:
    job = _find(db, owner, id)
    if job is None:
        raise UnknownJob(f"no job {id!r:.80}, or it is no longer kept")
    return job


def _note(db: sqlite3.Connection, id: str, notes: Iterable[JobNote]) -> None:
    rows = [(id, n.index, n.kind, n.document_id, n.code, n.message) for n in notes]
    db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?, ?, ?)", rows)
    warned = "SELECT count(*) FROM note WHERE job = ? AND kind = 'warning'"
    db.execute(f"UPDATE job SET warned = ({warned}) WHERE id = ?", (id, id))


def _end(db: sqlite3.Connection, id: str, state: str, where: str, now_s: float) -> None:
    db.execute(
        "UPDATE job SET state = ?, finished_s = ?, under_way = 0, waits = '' "
        f"WHERE id = ? AND {OPEN} AND ({where})",
        (state, now_s, id),
    )


def _forget(db: sqlite3.Connection, ids: Sequence[tuple[str]]) -> None:
    db.executemany("DELETE FROM note WHERE job = ?", ids)
    db.executemany("DELETE FROM job WHERE id = ?", ids)

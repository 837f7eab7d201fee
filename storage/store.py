"""One small SQLite file: all of a change is written or nothing of it, and a fault passes by itself.

The rule of whoever keeps state here: memory follows the commit. ``write`` returns once the
transaction is committed, and raises when nothing of it was; only then may memory call it written.
Not synchronised to disk: that survives the death of processes, which is what restarts are; a
machine that loses power may lose the last seconds.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from storage.errors import StorageError, StoreDown, StoreTaken
from storage.files import make_private, set_aside, why_foreign
from storage.schema import Schema, migrate, roll_back

log = logging.getLogger("brainwav.storage")
Result = TypeVar("Result")
Connect = Callable[[Path, float], sqlite3.Connection]

BUSY_S = 1.0
"""So long another process' lock is waited for."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_OUTSIDE = _DAMAGED | {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
}
"""Faults of the disk or of others, not of the statements: the same write may succeed later."""
_WAITING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
"""Faults that leave the connection as good as it was."""


def connect(path: Path, busy_s: float) -> sqlite3.Connection:
    """Open a file; transactions are begun and ended by hand, from any one thread at a time."""
    return sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How writing goes."""

    problem: str = ""
    """Of the last write; empty where it succeeded."""
    since_s: float = 0.0
    """On the store's clock: since when nothing could be written."""
    failures: int = 0
    """Writes that failed since this process opened the file."""
    set_aside: str = ""
    """Where the file lies that was damaged and in whose place this one began."""

    @property
    def ok(self) -> bool:
        """Whether the last write succeeded."""
        return not self.problem

    def said(self) -> dict[str, object]:
        """Return what a probe says; ``not_written`` is there only while something is wrong."""
        told: dict[str, object] = {"write_failures": self.failures}
        if self.problem:
            told["not_written"] = self.problem
        if self.set_aside:
            told["damaged_file"] = self.set_aside
        return told


class Store:
    """A component's file of state; any thread may write.

    Args:
        path: Made where it is not, readable by its owner alone.
        schema: Its tables.
        busy_s: So long a lock of another process is waited for.
        opened: How a connection is made; tests make one that fails.

    Raises:
        StoreDown: It cannot be opened now.
        NewerStore, ForeignStore: It is not ours to open.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema,
        busy_s: float = BUSY_S,
        clock_s: Callable[[], float] = time.monotonic,
        opened: Connect | None = None,
    ) -> None:
        self.path = path
        self.health = StoreHealth()
        self._schema = schema
        self._busy_s, self._clock_s = busy_s, clock_s
        self._connect = opened or connect
        self._lock = threading.RLock()
        self._epoch: int | None = None
        self._db: sqlite3.Connection | None = None
        self._reached(lambda: self.db)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, for reading; opened anew where the last one broke."""
        if self._db is None:
            self._db = self._open()
        return self._db

    def claim(self) -> None:
        """Take the file over from whatever process had it; that one can write no more.

        Raises:
            StoreDown: Not now.
        """
        self.write(lambda db: None)

    def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do all of some work in one transaction, or nothing of it.

        Args:
            work: Runs statements; what it raises undoes them. It must not change anything
                that the caller remembers: whether it holds is known when this returns. To do it
                again must change nothing, since a commit may have failed after it was made.

        Raises:
            StoreDown: Nothing was written.
            StoreTaken: Another process has the file.
            sqlite3.Error: A statement was wrong; nothing was written.
        """
        with self._lock:
            result = self._reached(lambda: self._transaction(work))
            self._succeeded()
            return result

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()

    def _transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        db = self.db
        # At once: a read that becomes a write half way cannot wait for a lock.
        db.execute("BEGIN IMMEDIATE")
        try:
            epoch = self._own(db)
            result = work(db)
            db.execute("COMMIT")
        except BaseException:
            roll_back(db)
            raise
        self._epoch = epoch
        return result

    def _own(self, db: sqlite3.Connection) -> int:
        """Return the epoch that this process writes in; its first write begins one."""
        found = db.execute("SELECT epoch FROM owner").fetchone()
        epoch = found[0] if found else 0
        if self._epoch is None:
            db.execute("INSERT OR REPLACE INTO owner VALUES (0, ?)", (epoch + 1,))
            return epoch + 1
        if epoch != self._epoch:
            raise StoreTaken(f"{self.path.name} belongs to another process since")
        return epoch

    def _open(self) -> sqlite3.Connection:
        make_private(self.path)
        try:
            return self._opened()
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGED:
                raise
            if reason := why_foreign(self.path, self._schema.name):
                raise reason from None
            kept = set_aside(self.path)
            log.error("%s is damaged, kept as %s, and begun anew: %s", self.path, kept, error)
            self.health = StoreHealth(set_aside=kept.name)
        make_private(self.path)
        return self._opened()

    def _opened(self) -> sqlite3.Connection:
        db = self._connect(self.path, self._busy_s)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=OFF")
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise _damage(self.path)
            done = migrate(db, self._schema, str(self.path))
        except BaseException:
            db.close()
            raise
        make_private(self.path)
        if done is not None:
            said = "; ".join(done.said)
            log.info("%s: format %d to %d: %s", self.path, done.before, done.after, said)
        return db

    def _reached(self, job: Callable[[], Result]) -> Result:
        """Do a job on the file; tell faults of the disk and of others from wrong statements."""
        try:
            return job()
        except (sqlite3.Error, OSError) as error:
            self._note(error)
            if isinstance(error, StorageError):
                raise
            if isinstance(error, OSError) or _code(error) in _OUTSIDE:
                raise StoreDown(f"{self.path.name}: {error}") from error
            raise

    def _note(self, error: Exception) -> None:
        now_s = self._clock_s()
        before = self.health
        problem = f"{type(error).__name__}: {error}"
        if before.ok:
            log.error("%s cannot be written; memory has the truth: %s", self.path, problem)
        since_s = now_s if before.ok else before.since_s
        self.health = StoreHealth(problem, since_s, before.failures + 1, before.set_aside)
        broken = isinstance(error, sqlite3.Error) and _code(error) in _OUTSIDE - _WAITING
        if self._db is not None and (broken or self._db.in_transaction):
            # Whatever broke may be mended when it is opened anew; and a transaction that could
            # not even be undone would refuse every one after it.
            self._db.close()
            self._db = None

    def _succeeded(self) -> None:
        before = self.health
        if before.ok:
            return
        lasted_s = self._clock_s() - before.since_s
        log.warning("%s is written again, after %.1f s", self.path, lasted_s)
        self.health = StoreHealth("", 0.0, before.failures, before.set_aside)


def _code(error: BaseException) -> int:
    # Extended codes, such as of a busy snapshot, have the plain one in their last byte.
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _damage(path: Path) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(f"{path.name} does not pass its own check")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error

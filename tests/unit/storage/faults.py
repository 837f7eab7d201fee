"""A connection that fails where it is told to, as disks and other processes make real ones fail."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

When = Literal["before", "after"]
"""Whether the statement that fails was carried out all the same: nobody can tell from outside."""
CODES = {
    "full": sqlite3.SQLITE_FULL,
    "locked": sqlite3.SQLITE_BUSY,
    "broken": sqlite3.SQLITE_IOERR,
}


@dataclass
class Faults:
    """Counts the statements of all connections and has one of them fail."""

    at: int | None = None
    when: When = "before"
    what: str = "full"
    keeps_failing: bool = False
    """From that statement on all of them fail, those that undo too."""
    count: int = 0

    def opened(self, path: Path, busy_s: float) -> sqlite3.Connection:
        """Make a connection; given to a store as ``opened``."""
        faults = self

        class Failing(sqlite3.Connection):
            def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
                return faults.run(sql, lambda: sqlite3.Connection.execute(self, sql, *args))

            def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
                return faults.run(sql, lambda: sqlite3.Connection.executemany(self, sql, *args))

        return sqlite3.connect(
            path, timeout=0.0, isolation_level=None, check_same_thread=False, factory=Failing
        )

    def run(self, sql: str, job: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        """Carry out one statement, or fail."""
        number, self.count = self.count, self.count + 1
        if not self._hits(number):
            return job()
        if self.when == "after":
            job()
        error = sqlite3.OperationalError(f"{self.what} at {number}: {sql[:40]}")
        error.sqlite_errorcode = CODES[self.what]
        raise error

    def _hits(self, number: int) -> bool:
        if self.at is None:
            return False
        return number >= self.at if self.keeps_failing else number == self.at

    def end(self) -> None:
        """Let everything succeed again."""
        self.at = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that writers need, as another process would."""
    other = sqlite3.connect(path, timeout=0.0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()

"""Buckets in a file: what was lent is written before it is spent."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from reliability.limits.authority import BucketRow
from storage.schema import Schema
from storage.store import Connect, Store, StoreHealth

TABLES = (
    """CREATE TABLE IF NOT EXISTS bucket (
      key TEXT PRIMARY KEY, tokens INTEGER, period_us INTEGER, burst INTEGER,
      shares INTEGER, held INTEGER, at_us INTEGER) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS alive (id INTEGER PRIMARY KEY CHECK (id = 0), at_us INTEGER)",
)
BUSY_S = 0.05
"""A lock is waited for on the event loop that settles everybody's leases; while it lasts replicas
serve by their own shares."""


def _begin(db: sqlite3.Connection) -> str:
    for table in TABLES:
        db.execute(table)
    count = db.execute("SELECT COUNT(*) FROM bucket").fetchone()[0]
    return f"{count} buckets taken over as they were" if count else ""


SCHEMA = Schema("RateLimiter", 0x6277_0002, (_begin,))


class BucketFile:
    """Implements ``reliability.limits.authority.BucketJournal``; about 20 µs a write.

    Raises:
        storage.errors.StorageError: It cannot be opened, now or at all.
    """

    def __init__(self, path: Path, opened: Connect | None = None) -> None:
        self.store = Store(path, SCHEMA, BUSY_S, opened=opened)

    @property
    def health(self) -> StoreHealth:
        """How writing goes."""
        return self.store.health

    def write(self, rows: Sequence[BucketRow], now_us: int, dropped: Iterable[str] = ()) -> None:
        """Write rows, forget others and note the sign of life, all of it or nothing.

        Raises:
            storage.errors.StoreDown: Nothing was written.
        """
        values = [(r.key, r.limit, r.period_us, r.burst, r.shares, r.held, r.at_us) for r in rows]
        gone = [(key,) for key in dropped]

        def work(db: sqlite3.Connection) -> None:
            db.executemany("DELETE FROM bucket WHERE key = ?", gone)
            db.executemany("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            db.execute("INSERT OR REPLACE INTO alive VALUES (0, ?)", (now_us,))

        self.store.write(work)

    def load(self) -> tuple[list[BucketRow], int]:
        """Return every bucket and the last sign of life."""
        rows = [BucketRow(*row) for row in self.store.db.execute("SELECT * FROM bucket")]
        alive = self.store.db.execute("SELECT at_us FROM alive").fetchone()
        return rows, alive[0] if alive else 0

    def close(self) -> None:
        """Close the file."""
        self.store.close()

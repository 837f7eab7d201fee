"""What a tracker writes down, and the SQLite tables that it is written to.

The caller owns the connection and its transactions: a push of a replica changes the SLO
counts and other things of it together, or not at all.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from reliability.steady_clock import Mark

RowKind = Literal["minute", "hour", "total", "source"]

TABLE = """
CREATE TABLE IF NOT EXISTS slo (
  kind TEXT, name TEXT, at INTEGER, counts BLOB, PRIMARY KEY (kind, name, at)) WITHOUT ROWID
"""
CLOCK_TABLE = """
CREATE TABLE IF NOT EXISTS clock (
  id INTEGER PRIMARY KEY CHECK (id = 0), boot TEXT, monotonic_s REAL, unix_s REAL)
"""


class SloRow(NamedTuple):
    """Counts of a route in a slot or since ever, or the last snapshot of a source."""

    kind: RowKind
    name: str
    at: int
    """Number of the slot; 0 where there is only one."""
    counts: bytes
    """JSON."""


@dataclass(slots=True)
class Changes:
    """What to write; to write it again changes nothing."""

    rows: list[SloRow] = field(default_factory=list)
    expired: list[tuple[RowKind, int]] = field(default_factory=list)
    """Slots of that kind before that number."""
    gone: list[str] = field(default_factory=list)
    """Sources."""


def create(db: sqlite3.Connection) -> None:
    """Make the tables where there are none; begin and commit are the caller's."""
    db.execute(TABLE)
    db.execute(CLOCK_TABLE)


def are_there(db: sqlite3.Connection) -> bool:
    """Return whether ``create`` has nothing to do."""
    found = db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name IN ('slo', 'clock')")
    return found.fetchone()[0] == 2


def write(db: sqlite3.Connection, changes: Changes) -> None:
    """Write changes; begin and commit are the caller's."""
    # First: a source that was gone and pushed again is there.
    db.executemany("DELETE FROM slo WHERE kind = 'source' AND name = ?", _singles(changes.gone))
    db.executemany("INSERT OR REPLACE INTO slo VALUES (?, ?, ?, ?)", changes.rows)
    db.executemany("DELETE FROM slo WHERE kind = ? AND at < ?", changes.expired)


def load(db: sqlite3.Connection) -> Iterator[SloRow]:
    """Yield every row."""
    for row in db.execute("SELECT kind, name, at, counts FROM slo"):
        yield SloRow(*row)


def write_mark(db: sqlite3.Connection, mark: Mark) -> None:
    """Write what the steady clock says; begin and commit are the caller's."""
    db.execute("INSERT OR REPLACE INTO clock VALUES (0, ?, ?, ?)", mark)


def load_mark(db: sqlite3.Connection) -> Mark | None:
    """Return what was written last."""
    found = db.execute("SELECT boot, monotonic_s, unix_s FROM clock").fetchone()
    return Mark(*found) if found else None


def _singles(names: Sequence[str]) -> list[tuple[str]]:
    return [(name,) for name in names]

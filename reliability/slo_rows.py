"""What a tracker writes down, and the SQLite table that it is written to.

The caller owns the connection and its transactions: a push of a replica changes the SLO
counts and other things of it together, or not at all.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

RowKind = Literal["minute", "hour", "total", "source"]

TABLE = """
CREATE TABLE IF NOT EXISTS slo (
  kind TEXT, name TEXT, at INTEGER, counts BLOB, PRIMARY KEY (kind, name, at)) WITHOUT ROWID;
"""


class Row(NamedTuple):
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

    rows: list[Row] = field(default_factory=list)
    expired: list[tuple[RowKind, int]] = field(default_factory=list)
    """Slots of that kind before that number."""
    gone: list[str] = field(default_factory=list)
    """Sources."""


def create(db: sqlite3.Connection) -> None:
    """Make the table where there is none."""
    db.executescript(TABLE)


def write(db: sqlite3.Connection, changes: Changes) -> None:
    """Write changes; begin and commit are the caller's."""
    db.executemany("INSERT OR REPLACE INTO slo VALUES (?, ?, ?, ?)", changes.rows)
    db.executemany("DELETE FROM slo WHERE kind = ? AND at < ?", changes.expired)
    db.executemany("DELETE FROM slo WHERE kind = 'source' AND name = ?", _singles(changes.gone))


def load(db: sqlite3.Connection) -> Iterator[Row]:
    """Yield every row."""
    for row in db.execute("SELECT kind, name, at, counts FROM slo"):
        yield Row(*row)


def _singles(names: Sequence[str]) -> list[tuple[str]]:
    return [(name,) for name in names]

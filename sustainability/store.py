"""The books in a file: totals, accounts, coefficients and the mode survive restarts.

Written once a tick in one transaction: a process that dies loses at most the tick it was in, a
machine that loses power perhaps a few more.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.schema import Schema
from storage.store import Connect, Store, StoreHealth
from sustainability.metering.accounts import AccountName, EnergyAccount
from sustainability.repair import repaired

TABLES = (
    """CREATE TABLE IF NOT EXISTS account (
      kind TEXT, name TEXT, energy_j REAL, emissions_g REAL, work_s REAL, requests INTEGER,
      units REAL, PRIMARY KEY (kind, name)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
)
FIGURES = ("energy_j", "emissions_g", "work_s", "units")


def _begin(db: sqlite3.Connection) -> str:
    """Make the tables; take out of older files what a broken sensor had put in."""
    for table in TABLES:
        db.execute(table)
    count = db.execute("SELECT COUNT(*) FROM account").fetchone()[0]
    state = {name: json.loads(value) for name, value in db.execute("SELECT * FROM state")}
    spoilt = 0
    for figure in FIGURES:
        # An infinite sum, or one that was no number, which SQLite keeps as none.
        spoilt += db.execute(
            f"UPDATE account SET {figure} = 0 "
            f"WHERE {figure} IS NULL OR {figure} < 0 OR {figure} > 1e300"
        ).rowcount
    sound, more = repaired(state)
    _write_state(db, sound)
    if not count and not state:
        return ""
    said = f"{count} accounts taken over"
    return f"{said}, {spoilt + more} figures that could not be taken out" if spoilt + more else said


SCHEMA = Schema("EnergyMeter", 0x6277_0003, (_begin,))


@dataclass(frozen=True, slots=True)
class BookPage:
    """What is written at once."""

    state: Mapping[str, Any]
    """JSON-able values by name."""
    accounts: Sequence[tuple[AccountName, EnergyAccount]] = field(default_factory=tuple)


class BookFile:
    """Reads and writes pages.

    Raises:
        storage.errors.StorageError: It cannot be opened, now or at all.
    """

    def __init__(self, path: Path, opened: Connect | None = None) -> None:
        self.store = Store(path, SCHEMA, opened=opened)

    @property
    def health(self) -> StoreHealth:
        """How writing goes."""
        return self.store.health

    def write(self, page: BookPage) -> None:
        """Write all of a page or nothing of it.

        Raises:
            storage.errors.StoreDown: Nothing was written.
        """
        accounts = [
            (*key, a.energy_j, a.emissions_g, a.work_s, a.requests, a.units)
            for key, a in page.accounts
        ]

        def work(db: sqlite3.Connection) -> None:
            db.executemany("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?)", accounts)
            _write_state(db, page.state)

        self.store.write(work)

    def load(self) -> BookPage:
        """Return everything."""
        db = self.store.db
        state = dict(db.execute("SELECT name, value FROM state").fetchall())
        rows = db.execute("SELECT * FROM account").fetchall()
        accounts = [((kind, name), EnergyAccount(*figures)) for kind, name, *figures in rows]
        return BookPage({name: json.loads(value) for name, value in state.items()}, accounts)

    def close(self) -> None:
        """Close the file."""
        self.store.close()


def _write_state(db: sqlite3.Connection, state: Mapping[str, Any]) -> None:
    rows = [(name, json.dumps(value)) for name, value in state.items()]
    db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)

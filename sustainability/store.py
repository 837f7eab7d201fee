"""The books in an SQLite file: totals, accounts, coefficients and the mode survive restarts.

Written once a tick in one transaction and not synchronised to disk: a process that dies loses
at most the tick it was in, a machine that loses power perhaps a few more.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sustainability.accounts import Account, AccountName

TABLES = """
CREATE TABLE IF NOT EXISTS account (
  kind TEXT, name TEXT, energy_j REAL, emissions_g REAL, work_s REAL, requests INTEGER,
  units REAL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Page:
    """What is written at once."""

    state: Mapping[str, Any]
    """JSON-able values by name."""
    accounts: Sequence[tuple[AccountName, Account]] = field(default_factory=tuple)


class BookFile:
    """Reads and writes pages; one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(TABLES)

    def write(self, page: Page) -> None:
        """Write all of a page or nothing of it."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (*key, a.energy_j, a.emissions_g, a.work_s, a.requests, a.units)
                    for key, a in page.accounts
                ],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO state VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in page.state.items()],
            )

    def load(self) -> Page:
        """Return everything."""
        state = dict(self._db.execute("SELECT name, value FROM state").fetchall())
        rows = self._db.execute("SELECT * FROM account").fetchall()
        accounts = [((kind, name), Account(*figures)) for kind, name, *figures in rows]
        return Page({name: json.loads(value) for name, value in state.items()}, accounts)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN")

    def __exit__(self, kind: type | None, error: object, trace: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")

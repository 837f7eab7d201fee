"""The hub's memory in an SQLite file: what every source counted, and what others count beside it.

One transaction holds it all, so that after a restart a push is either counted everywhere or
nowhere; the replica's next push is cumulative and makes up for it. Not synchronised to disk,
like ``reliability.bucket_file``: it survives the death of processes.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from telemetry.aggregate import ALIVE_S, Aggregate, Kept, Source
from telemetry.registry import Snapshot

TABLES = """
CREATE TABLE IF NOT EXISTS source (
  id INTEGER PRIMARY KEY, component TEXT, replica TEXT, epoch TEXT, sequence INTEGER,
  UNIQUE (component, replica, epoch));
CREATE TABLE IF NOT EXISTS total (
  source INTEGER, series TEXT, value REAL, PRIMARY KEY (source, series)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS since (id INTEGER PRIMARY KEY CHECK (id = 0), unix_s REAL);
"""
Write = Callable[[sqlite3.Connection], None]
"""Writes more within the transaction."""
RETIRED = 0
"""The source that stands for all that were forgotten."""
LONG_AGO_S = -2 * ALIVE_S
"""On the hub's clock, which begins at 0: silent, but not yet forgotten."""


class HubFile:
    """Keeps an aggregate; ``db`` is open to others who write within ``save``."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written from a thread, one at a time, so that the hub's loop does not wait for a disk.
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.executescript(TABLES)
        self._ids: dict[Source, int] = {}
        self._written: dict[Source, Mapping[str, float]] = {}

    def load(self) -> Aggregate:
        """Return what was saved; its sources are silent until they push again."""
        aggregate = Aggregate()
        rows = self.db.execute("SELECT id, component, replica, epoch, sequence FROM source")
        for number, component, replica, epoch, sequence in rows.fetchall():
            source = Source(component, replica, epoch)
            sums = self._sums(number)
            self._ids[source], self._written[source] = number, sums
            aggregate.kept[source] = Kept(sequence, LONG_AGO_S, Snapshot(sums, {}))
            _add(aggregate.totals, sums)
        _add(aggregate.totals, self._sums(RETIRED))
        return aggregate

    def since_s(self, now_s: float) -> float:
        """Return the Unix time since which totals only grow: the first start with this file."""
        self.db.execute("INSERT OR IGNORE INTO since VALUES (0, ?)", (now_s,))
        return self.db.execute("SELECT unix_s FROM since").fetchone()[0]

    def save(
        self,
        kept: Mapping[Source, Kept],
        forgotten: Iterable[Source] = (),
        also: Write = lambda db: None,
    ) -> None:
        """Write what changed, in one transaction.

        Args:
            kept: Sources that pushed since the last time.
            forgotten: Sources whose totals are folded into one.
            also: Writes more; what it raises undoes all of it.
        """
        self.db.execute("BEGIN")
        try:
            written = {source: self._save_source(source, state) for source, state in kept.items()}
            for source in forgotten:
                self._retire(source)
            also(self.db)
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        self._written.update(written)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def _save_source(self, source: Source, state: Kept) -> Mapping[str, float]:
        number = self._number(source)
        self.db.execute("UPDATE source SET sequence = ? WHERE id = ?", (state.sequence, number))
        before, sums = self._written.get(source, {}), state.snapshot.sums
        changed = [(number, k, v) for k, v in sums.items() if before.get(k) != v]
        self.db.executemany("INSERT OR REPLACE INTO total VALUES (?, ?, ?)", changed)
        return sums

    def _number(self, source: Source) -> int:
        number = self._ids.get(source)
        if number is None:
            named = (source.component, source.replica, source.epoch)
            self.db.execute(
                "INSERT OR IGNORE INTO source (component, replica, epoch, sequence) "
                "VALUES (?, ?, ?, 0)",
                named,
            )
            found = self.db.execute(
                "SELECT id FROM source WHERE component = ? AND replica = ? AND epoch = ?", named
            )
            number = self._ids[source] = found.fetchone()[0]
        return number

    def _retire(self, source: Source) -> None:
        number = self._ids.pop(source, None)
        self._written.pop(source, None)
        if number is None:
            return
        self.db.execute(
            "INSERT INTO total SELECT ?, series, value FROM total WHERE source = ? "
            "ON CONFLICT (source, series) DO UPDATE SET value = value + excluded.value",
            (RETIRED, number),
        )
        self.db.execute("DELETE FROM total WHERE source = ?", (number,))
        self.db.execute("DELETE FROM source WHERE id = ?", (number,))

    def _sums(self, number: int) -> dict[str, float]:
        rows = self.db.execute("SELECT series, value FROM total WHERE source = ?", (number,))
        return dict(rows.fetchall())


def _add(totals: dict[str, float], sums: Mapping[str, float]) -> None:
    for series, value in sums.items():
        totals[series] = totals.get(series, 0.0) + value

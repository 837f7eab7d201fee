"""The hub's memory in a file: what all counted, the last of every source, and what others keep.

One transaction holds it all, so that after a restart a push is either counted everywhere or
nowhere; the replica's next push is cumulative and makes up for it. Totals are kept as they were
told and not added up anew from their sources: another order of adding may differ in the last
digit, and a total that falls by it is a new beginning to whoever scrapes it.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from storage.schema import Schema
from storage.store import Connect, Store, StoreHealth
from telemetry.aggregate import ALIVE_S, Aggregate, Kept, MetricSource
from telemetry.registry import Snapshot

TABLES = (
    """CREATE TABLE IF NOT EXISTS source (
      id INTEGER PRIMARY KEY, component TEXT, replica TEXT, epoch TEXT, sequence INTEGER,
      UNIQUE (component, replica, epoch))""",
    """CREATE TABLE IF NOT EXISTS total (
      source INTEGER, series TEXT, value REAL, PRIMARY KEY (source, series)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS since (id INTEGER PRIMARY KEY CHECK (id = 0), unix_s REAL)",
    "CREATE TABLE IF NOT EXISTS counted (series TEXT PRIMARY KEY, value REAL) WITHOUT ROWID",
)
WriteMore = Callable[[sqlite3.Connection], object]
"""Writes more within the transaction."""
ADD_GAIN = """
INSERT INTO counted
SELECT ?, MAX(0, ? - COALESCE((SELECT value FROM total WHERE source = ? AND series = ?), 0))
WHERE true ON CONFLICT (series) DO UPDATE SET value = value + excluded.value
"""
RETIRED = 0
"""In files without a version: the source that stood for all that were forgotten."""
LONG_AGO_S = -2 * ALIVE_S
"""On the hub's clock, which begins at 0: silent, but not yet forgotten."""


def _begin(db: sqlite3.Connection) -> str:
    """Make the tables; what older files kept by source is added up once, for good."""
    for table in TABLES:
        db.execute(table)
    db.execute(
        "INSERT INTO counted SELECT series, SUM(value) FROM total "
        "WHERE typeof(value) != 'null' GROUP BY series"
    )
    db.execute("DELETE FROM total WHERE source = ?", (RETIRED,))
    count = db.execute("SELECT COUNT(*) FROM counted").fetchone()[0]
    return f"{count} totals added up from their sources" if count else ""


SCHEMA = Schema("MetricsHub", 0x6277_0001, (_begin,))


class HubFile:
    """Keeps an aggregate; others write beside it within ``save``.

    Raises:
        storage.errors.StorageError: It cannot be opened, now or at all.
    """

    def __init__(self, path: Path, opened: Connect | None = None) -> None:
        self.store = Store(path, SCHEMA, opened=opened)
        self._written: dict[MetricSource, Mapping[str, float]] = {}

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, for reading."""
        return self.store.db

    @property
    def health(self) -> StoreHealth:
        """How writing goes."""
        return self.store.health

    def load(self) -> Aggregate:
        """Return what was saved; its sources are silent until they push again."""
        aggregate = Aggregate()
        rows = self.db.execute("SELECT id, component, replica, epoch, sequence FROM source")
        for number, component, replica, epoch, sequence in rows.fetchall():
            source = MetricSource(component, replica, epoch)
            sums = self._sums(number)
            self._written[source] = sums
            aggregate.kept[source] = Kept(sequence, LONG_AGO_S, Snapshot(sums, {}))
        aggregate.totals = dict(self.db.execute("SELECT series, value FROM counted").fetchall())
        return aggregate

    def since_s(self, now_s: float) -> float:
        """Return the Unix time since which totals only grow: the first start with this file."""
        found = self._since()
        if found is None:
            self.store.write(
                lambda db: db.execute("INSERT OR IGNORE INTO since VALUES (0, ?)", (now_s,))
            )
            found = self._since()
        assert found is not None
        return found

    def save(
        self,
        kept: Mapping[MetricSource, Kept],
        forgotten: Iterable[MetricSource] = (),
        also: WriteMore = lambda db: None,
        totals: Mapping[str, float] | None = None,
    ) -> None:
        """Write what changed, in one transaction; to write it again changes nothing.

        Args:
            kept: Sources that pushed since the last time.
            forgotten: Sources that will not come back; what they counted stays in the totals.
            also: Writes more; what it raises undoes all of it.
            totals: Over all sources, those that changed. Where they are left out, what the
                sources gained is added to what the file holds.

        Raises:
            storage.errors.StoreDown: Nothing was written.
        """
        gone = list(forgotten)

        def work(db: sqlite3.Connection) -> None:
            for source, state in kept.items():
                self._save_source(db, source, state, add=totals is None)
            for source in gone:
                _forget(db, source)
            db.executemany(
                "INSERT OR REPLACE INTO counted VALUES (?, ?)", list((totals or {}).items())
            )
            also(db)

        try:
            self.store.write(work)
        except BaseException:
            # A commit may have failed after it was made: what the file holds is not known, and
            # the next time everything of a source is written.
            self._written.clear()
            raise
        self._written.update({source: state.snapshot.sums for source, state in kept.items()})
        for source in gone:
            self._written.pop(source, None)

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def _save_source(
        self, db: sqlite3.Connection, source: MetricSource, state: Kept, add: bool
    ) -> None:
        number = _number(db, source)
        db.execute("UPDATE source SET sequence = ? WHERE id = ?", (state.sequence, number))
        before, sums = self._written.get(source, {}), state.snapshot.sums
        changed = [(number, k, v) for k, v in sums.items() if before.get(k) != v]
        if add:
            db.executemany(ADD_GAIN, [(k, v, number, k) for _, k, v in changed])
        db.executemany("INSERT OR REPLACE INTO total VALUES (?, ?, ?)", changed)

    def _since(self) -> float | None:
        found = self.db.execute("SELECT unix_s FROM since").fetchone()
        return found[0] if found else None

    def _sums(self, number: int) -> dict[str, float]:
        rows = self.db.execute("SELECT series, value FROM total WHERE source = ?", (number,))
        return dict(rows.fetchall())


def _number(db: sqlite3.Connection, source: MetricSource) -> int:
    named = (source.component, source.replica, source.epoch)
    db.execute(
        "INSERT OR IGNORE INTO source (component, replica, epoch, sequence) VALUES (?, ?, ?, 0)",
        named,
    )
    found = db.execute(
        "SELECT id FROM source WHERE component = ? AND replica = ? AND epoch = ?", named
    )
    return found.fetchone()[0]


def _forget(db: sqlite3.Connection, source: MetricSource) -> None:
    # Not by a number that was remembered: one that was given back may be another's by now.
    number = _number(db, source)
    db.execute("DELETE FROM total WHERE source = ?", (number,))
    db.execute("DELETE FROM source WHERE id = ?", (number,))

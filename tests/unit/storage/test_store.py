"""A file of state: private, of a version, one process' at a time, and begun anew only knowingly."""

import logging
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from deployments.monitoring.hub import HubService
from reliability.limits.bucket_file import BucketFile
from reliability.slo.file import load_objectives
from storage.errors import ForeignStore, NewerStore, StoreDown, StoreTaken
from storage.schema import Schema
from storage.store import Store
from sustainability.store import BookFile
from telemetry.hub_file import HubFile
from tests.old_state import unpacked
from tests.unit.storage.faults import Faults, locked


def _first(db: sqlite3.Connection) -> str:
    db.execute("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value INTEGER)")
    return ""


def _second(db: sqlite3.Connection) -> str:
    db.execute("ALTER TABLE kept ADD COLUMN unit TEXT DEFAULT 's'")
    return "values have a unit"


ONE = Schema("test", 77, (_first,))
TWO = Schema("test", 77, (_first, _second))
OPENERS = {
    "metrics.sqlite": HubFile,
    "energy-node-1.sqlite": BookFile,
    "buckets.sqlite": BucketFile,
}


def put(store: Store, name: str, value: int) -> None:
    row = (name, value)
    store.write(lambda db: db.execute("REPLACE INTO kept (name, value) VALUES (?, ?)", row))


def everything(path: Path) -> dict[str, list[tuple]]:
    """Return every row of every table, by table."""
    db = sqlite3.connect(path)
    names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall()) for name in names}
    db.close()
    return rows


def test_only_its_owner_reads_it(tmp_path) -> None:
    """What lies beside it too, and what an older release had made readable for all."""
    path = tmp_path / "new folder" / "state.sqlite"
    path.parent.mkdir(mode=0o755)
    path.touch(0o644)
    store = Store(path, ONE)
    put(store, "a", 1)
    assert {file.name for file in path.parent.iterdir()} >= {path.name, f"{path.name}-wal"}
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    store.close()


def test_an_older_file_is_brought_forward_and_that_is_said(tmp_path, caplog) -> None:
    """Once: the second time there is nothing to do."""
    path = tmp_path / "state.sqlite"
    store = Store(path, ONE)
    put(store, "a", 1)
    store.close()
    with caplog.at_level(logging.INFO, "brainwav.storage"):
        for _ in range(2):
            store = Store(path, TWO)
            assert store.db.execute("SELECT * FROM kept").fetchall() == [("a", 1, "s")]
            store.close()
    said = [record.message for record in caplog.records]
    assert len(said) == 1
    assert "format 1 to 2: values have a unit" in said[0]


def test_a_newer_file_is_refused_in_clear_words(tmp_path) -> None:
    """And left as it is."""
    path = tmp_path / "state.sqlite"
    Store(path, TWO).close()
    before = everything(path)
    with pytest.raises(NewerStore, match=r"newer version of brAInwav \(format 2; this one knows 1"):
        Store(path, ONE)
    assert everything(path) == before


def test_a_migration_that_fails_anywhere_changes_nothing(tmp_path) -> None:
    """Killed or failed at each statement, the file is still the old one; then it is the new."""
    old = tmp_path / "old.sqlite"
    store = Store(old, ONE)
    put(store, "a", 1)
    store.close()
    counted = Faults()
    shutil.copy(old, tmp_path / "counted.sqlite")
    Store(tmp_path / "counted.sqlite", TWO, opened=counted.opened).close()
    for at in range(counted.count):
        path = tmp_path / f"{at}.sqlite"
        shutil.copy(old, path)
        faults = Faults(at, keeps_failing=True)
        with pytest.raises(StoreDown):
            Store(path, TWO, opened=faults.opened)
        assert [row[:2] for row in everything(path)["kept"]] == [("a", 1)]
        store = Store(path, TWO)
        assert store.db.execute("SELECT * FROM kept").fetchall() == [("a", 1, "s")]
        store.close()


@pytest.mark.parametrize("name", sorted(OPENERS))
def test_files_of_1b7d185_are_migrated_at_every_point_of_failure(name, tmp_path, caplog) -> None:
    """Opened, failed half way, opened again: what it says it took over is what was there."""
    old = unpacked("1b7d185", tmp_path) / name
    make = OPENERS[name]
    counted = Faults()
    # Opened, it is whole in one file; as it was unpacked, a part lies beside it.
    before = everything(old)
    shutil.copy(old, tmp_path / "counted.sqlite")
    make(tmp_path / "counted.sqlite", counted.opened).close()
    whole = everything(tmp_path / "counted.sqlite")
    for at in range(counted.count):
        path = tmp_path / f"{at}.sqlite"
        shutil.copy(old, path)
        with pytest.raises(StoreDown):
            make(path, Faults(at, keeps_failing=True).opened)
        assert everything(path) in (before, whole)
        with caplog.at_level(logging.INFO, "brainwav.storage"):
            make(path).close()
        assert everything(path) == whole
    assert any("format 0 to 1: " in record.message for record in caplog.records)
    assert whole["owner"] == []


def test_totals_of_1b7d185_are_the_sums_of_its_sources(tmp_path) -> None:
    """Those of forgotten sources among them; counted once, though it is opened again."""
    path = unpacked("1b7d185", tmp_path) / "metrics.sqlite"
    expected: dict[str, float] = {}
    for _, series, value in everything(path)["total"]:
        expected[series] = expected.get(series, 0.0) + value
    for _ in range(2):
        file = HubFile(path)
        assert file.load().totals == pytest.approx(expected)
        file.close()
    HubService(HubFile(path), load_objectives(), lambda: 0.0, lambda: 1e9).close()


def test_a_file_of_another_component_is_not_touched(tmp_path) -> None:
    """Two settings that name one file would lose both."""
    path = tmp_path / "state.sqlite"
    BucketFile(path).close()
    before = everything(path)
    with pytest.raises(ForeignStore, match="not a file of the EnergyMeter"):
        BookFile(path)
    assert everything(path) == before


def test_what_is_no_database_is_not_touched(tmp_path) -> None:
    """A setting that names somebody's text."""
    path = tmp_path / "notes.txt"
    path.write_text("something that somebody wrote\n" * 40)
    with pytest.raises(ForeignStore, match="left as it is"):
        Store(path, ONE)
    assert path.read_text().startswith("something that")


@pytest.mark.parametrize("where", [0, 3 * 4096], ids=["its head", "a page"])
def test_a_damaged_file_is_kept_beside_the_one_that_begins_anew(tmp_path, caplog, where) -> None:
    """Loudly: the probe says so until the next start."""
    path = tmp_path / "state.sqlite"
    store = Store(path, ONE)
    for number in range(500):
        put(store, f"name {number}", number)
    store.close()
    data = bytearray(path.read_bytes())
    data[where : where + 300] = bytes(300)
    path.write_bytes(data)
    store = Store(path, ONE)
    put(store, "b", 2)
    assert store.db.execute("SELECT name FROM kept").fetchall() == [("b",)]
    assert store.health.said()["damaged_file"] == "state.sqlite.damaged-1"
    assert (tmp_path / "state.sqlite.damaged-1").read_bytes() == bytes(data)
    assert any("is damaged, kept as" in record.message for record in caplog.records)
    store.close()


def test_the_latest_to_write_owns_it(tmp_path) -> None:
    """One that was thought dead must not overwrite what its successor knows."""
    path = tmp_path / "state.sqlite"
    first, second = Store(path, ONE), Store(path, ONE)
    put(first, "a", 1)
    second.claim()
    with pytest.raises(StoreTaken, match="belongs to another process"):
        put(first, "a", 2)
    assert not first.health.ok
    put(second, "a", 3)
    assert second.db.execute("SELECT value FROM kept").fetchall() == [(3,)]
    first.close()
    second.close()


def test_a_fault_is_said_once_and_so_is_its_end(tmp_path, caplog) -> None:
    """Each second of a night would fill the log, on a disk that may be full."""
    path, clock = tmp_path / "state.sqlite", [0.0]
    store = Store(path, ONE, busy_s=0.0, clock_s=lambda: clock[0])
    with locked(path):
        for _ in range(5):
            with pytest.raises(StoreDown):
                put(store, "a", 1)
            clock[0] += 1.0
    assert store.health.failures == 5
    put(store, "a", 1)
    assert store.health.ok
    said = [record.message.split(": ")[0] for record in caplog.records]
    assert len(said) == 2
    assert "cannot be written" in said[0]
    assert "is written again, after 5.0 s" in said[1]
    store.close()


def test_a_wrong_statement_is_no_fault_of_the_disk(tmp_path) -> None:
    """It is raised as what it is, and nothing of the transaction stays."""
    store = Store(tmp_path / "state.sqlite", ONE)

    def wrong(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO kept VALUES ('a', 1)")
        db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(sqlite3.OperationalError, match="no such table") as raised:
        store.write(wrong)
    assert not isinstance(raised.value, StoreDown)
    assert store.db.execute("SELECT * FROM kept").fetchall() == []
    put(store, "b", 1)
    store.close()

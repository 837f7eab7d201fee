"""Backups that are no good, and targets that are not written over."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import pytest

import deployments.backup.files
import deployments.backup.restore
from deployments.backup import manifest
from deployments.backup.errors import Damaged, NotEmpty, StillRunning, TooNew, Torn
from deployments.backup.manifest import Manifest
from deployments.backup.places import Places
from deployments.backup.restore import restore
from deployments.local.cluster import Cluster
from deployments.local.environment import Ports
from retrieval.store import IndexStore
from retrieval.store.schema import SCHEMA_VERSION
from tests.unit.backup.backup_samples import check_whole, ids_of, saved
from tests.unit.backup.small_service import FINGERPRINT, NOW, document, make


def test_a_changed_file_is_found_before_anything_is_touched(tmp_path: Path) -> None:
    """One bit of a document, of a database, of the keys; a file that is missing; the manifest."""
    backup = tmp_path / "backup"
    made = saved(make(tmp_path / "state"), backup)
    data = next(name for name in made.files if "/data/" in name)
    for name in (data, "state/buckets.sqlite", "keys.json", manifest.FILE):
        path = backup / name
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        with pytest.raises(Damaged, match=name.rpartition("/")[2]):
            restore(backup, Places.below(tmp_path / "other"), NOW)
        path.unlink()
        with pytest.raises(Torn if name == manifest.FILE else Damaged, match=r"holds no|missing"):
            restore(backup, Places.below(tmp_path / "other"), NOW)
        path.write_bytes(whole)
    assert not (tmp_path / "other").exists()
    restore(backup, Places.below(tmp_path / "other"), NOW)


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_tar_that_ends_early_is_told(tmp_path: Path, name: str, share: float) -> None:
    """Wherever it ends."""
    path = tmp_path / name
    saved(make(tmp_path / "state"), path)
    whole = path.read_bytes()
    # The blocks of zeros at the end of a plain tar hold nothing.
    path.write_bytes(whole.rstrip(b"\0")[: int(share * len(whole.rstrip(b"\0")))])
    with pytest.raises((Torn, Damaged)):
        restore(path, Places.below(tmp_path / "other"), NOW)
    assert not (tmp_path / "other" / "index").exists()


def test_a_backup_of_the_future_is_refused_by_name(tmp_path: Path) -> None:
    """Of another format, and of an index that this release cannot read."""
    backup = tmp_path / "backup"
    made = saved(make(tmp_path / "state"), backup)
    assert made.schema_version == SCHEMA_VERSION
    body = json.loads((backup / manifest.FILE).read_text())
    (backup / manifest.FILE).write_text(json.dumps(body | {"format": 9}))
    with pytest.raises(TooNew, match="format 9, this release reads 1"):
        restore(backup, Places.below(tmp_path / "other"), NOW)
    content = asdict(made) | {"schema_version": 99, "files": made.files, "tables": made.tables}
    manifest.write(backup, Manifest(**content))
    with pytest.raises(TooNew, match=f"version 99, this release knows up to {SCHEMA_VERSION}"):
        restore(backup, Places.below(tmp_path / "other"), NOW)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    """Refused by name; with force it is moved aside whole, later jobs and databases included."""
    state = tmp_path / "state"
    places = make(state)
    saved(places, tmp_path / "backup")

    async def later() -> None:
        store = await IndexStore.open(str(state / "index"))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document("later")])
        await store.close()

    asyncio.run(later())
    (state / "jobs" / "later").mkdir()
    (state / "jobs" / "later" / "job.json").write_text("{}")
    (state / "buckets.sqlite-wal").write_bytes(b"of the database that is there")
    with pytest.raises(NotEmpty, match="--force"):
        restore(tmp_path / "backup", places, NOW)
    done = restore(tmp_path / "backup", places, NOW, force=True)
    check_whole(state)
    assert not (state / "jobs" / "later").exists()
    [index] = [path for path in done.moved if path.name.startswith("index.")]
    index.rename(tmp_path / "index")
    assert asyncio.run(ids_of(tmp_path)) == ["a", "b", "later"]
    assert state / "buckets.sqlite-wal.before-restore-20261130T080000" in done.moved


def test_a_target_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    """An earlier backup, or anything else."""
    places = make(tmp_path / "state")
    saved(places, tmp_path / "backup")
    with pytest.raises(NotEmpty, match="another place"):
        saved(places, tmp_path / "backup")
    (tmp_path / "x.tar").write_text("mine")
    with pytest.raises(NotEmpty):
        saved(places, tmp_path / "x.tar")
    assert (tmp_path / "x.tar").read_text() == "mine"


def test_a_service_that_runs_is_not_restored(tmp_path: Path, monkeypatch) -> None:
    """Not by force either: it would go on writing to what was moved aside."""
    places = make(tmp_path / "state")
    saved(places, tmp_path / "backup")
    ports = Ports(*range(1, 1 + len(Ports.__dataclass_fields__)))
    running = Cluster("x", ports)
    monkeypatch.setattr(deployments.backup.restore.cluster, "recorded", lambda state: running)
    with pytest.raises(StillRunning, match="brainwav down"):
        restore(tmp_path / "backup", places, NOW, force=True)

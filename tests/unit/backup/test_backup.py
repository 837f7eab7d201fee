"""A backup holds everything, made while others write; what is not whole is not restored."""

import asyncio
import errno
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import deployments.backup.files
import deployments.backup.restore
from deployments.backup import index_copy, manifest
from deployments.backup.backup import back_up
from deployments.backup.errors import Torn
from deployments.backup.places import Places
from deployments.backup.restore import restore
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from tests.killing import killed_copies
from tests.unit.backup.backup_samples import check_whole, ids_of, saved
from tests.unit.backup.small_service import FINGERPRINT, NOW, document, make

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz"])
def test_everything_comes_back_in_another_folder(tmp_path: Path, name: str) -> None:
    """Documents, databases, keys, jobs; readable by their owner only."""
    made = saved(make(tmp_path / "state"), tmp_path / name)
    assert not made.left_out
    other = tmp_path / "other"
    restore(tmp_path / name, Places.below(other), NOW)
    check_whole(other)
    files = [path for path in (*other.rglob("*"), tmp_path / name) if path.is_file()]
    assert files
    opened = {path for path in files if stat.S_IMODE(path.stat().st_mode) != 0o600}
    # What SQLite and a reader of the index make afterwards is theirs.
    assert not opened
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_restored_index_answers_alike_and_works_on(tmp_path: Path) -> None:
    """The same hits, scores and version; then it is written and tidied."""
    state, other = tmp_path / "state", tmp_path / "other"
    saved(make(state), tmp_path / "backup")
    restore(tmp_path / "backup", Places.below(other), NOW)
    vector = document("a").text_vector

    async def run() -> None:
        request = SearchRequest("shop", query_text="striped mug", text_query_vector=vector)
        answers = []
        for folder in (state, other):
            reader = await IndexReader.open(str(folder / "index"))
            found = await reader.search(request)
            answers.append((found.index_version, [(h.id, h.score, h.explain) for h in found.hits]))
            await reader.close()
        assert answers[0] == answers[1]
        assert answers[0][1]
        store = await IndexStore.open(str(other / "index"))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document("new")])
        await store.maintain("shop")
        await store.close()
        assert await ids_of(other) == ["a", "b", "new"]
        assert await ids_of(state) == ["a", "b"]

    asyncio.run(run())


WRITE_FOREVER = """
import asyncio, sqlite3, sys
sys.path.insert(0, sys.argv[1])
from tests.unit.backup.small_service import FINGERPRINT, document
from retrieval.store import IndexStore
async def run():
    store = await IndexStore.open(sys.argv[2] + "/index")
    await store.claim(FINGERPRINT)
    db = sqlite3.connect(sys.argv[2] + "/metrics.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE IF NOT EXISTS counted (n INTEGER)")
    call = 0
    while True:
        for namespace in ("shop", f"ns{call % 3}"):
            documents = [document(f"w{call}-{i}", f"word{call}") for i in range(3)]
            await store.upsert(namespace, documents)
        db.execute("INSERT INTO counted VALUES (?)", (call,))
        print(call, flush=True)
        call += 1
        if call % 7 == 0:
            await store.maintain("shop")
asyncio.run(run())
"""


@pytest.mark.slow
def test_what_was_acknowledged_before_is_in_a_backup_made_while_a_writer_writes(
    tmp_path: Path,
) -> None:
    """Three times in a row; each call's documents are there all or not at all."""
    state = tmp_path / "state"
    places = make(state)
    command = [sys.executable, "-c", WRITE_FOREVER, ROOT, state]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for number in range(3):
                acknowledged = [int(process.stdout.readline()) for _ in range(8)][-1]
                saved(places, tmp_path / f"backup{number}")
                check_cut(tmp_path, number, acknowledged)
        finally:
            process.kill()
    # The writer's own index is none the worse for it.
    assert len(asyncio.run(ids_of(state))) >= 3 * 24


def check_cut(tmp_path: Path, number: int, acknowledged: int) -> None:
    other = tmp_path / f"other{number}"
    restore(tmp_path / f"backup{number}", Places.below(other), NOW)
    calls = range(acknowledged + 1)
    ids = asyncio.run(ids_of(other))
    assert {f"w{call}-{i}" for call in calls for i in range(3)} <= set(ids)
    assert (len(ids) - 2) % 3 == 0
    for rest in range(3):
        found = asyncio.run(ids_of(other, f"ns{rest}"))
        assert {f"w{call}-0" for call in calls if call % 3 == rest} <= set(found)
    with closing(sqlite3.connect(other / "metrics.sqlite")) as db:
        [(largest, count)] = db.execute("SELECT MAX(n), COUNT(*) FROM counted")
    assert largest >= acknowledged
    assert count == largest + 1

    async def search() -> list[str]:
        reader = await IndexReader.open(str(other / "index"))
        found = await reader.search(SearchRequest("shop", query_text=f"word{acknowledged}"))
        await reader.close()
        return sorted(hit.id for hit in found.hits)

    assert asyncio.run(search()) == [f"w{acknowledged}-{i}" for i in range(3)]


@pytest.mark.slow
def test_a_backup_that_was_killed_is_not_taken_for_one(tmp_path: Path) -> None:
    """At every write: it is whole or it is not there, and the service's memory is unharmed."""
    pristine = tmp_path / "pristine"
    make(pristine / "state")
    copies = killed_copies(
        pristine, tmp_path / "copies", "tests.unit.backup.small_service:back_up_beside"
    )
    whole = torn = 0
    for folder in copies:
        check_whole(folder / "state")
        target = folder / "backup"
        for left in folder.glob(".backup.partial-*"):
            if not (left / manifest.FILE).exists():
                with pytest.raises(Torn):
                    restore(left, Places.below(folder / "other"), NOW)
                torn += 1
        if not target.exists():
            back_up(Places.below(folder / "state"), target, lambda: NOW)
        restore(target, Places.below(folder / "other"), NOW)
        check_whole(folder / "other")
        whole += 1
    assert whole > 10
    assert torn > 10


def test_a_full_disk_leaves_nothing_that_looks_like_a_backup(tmp_path: Path, monkeypatch) -> None:
    """Nor what was copied until then."""
    places = make(tmp_path / "state")
    left = [5]

    def full(descriptor: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(deployments.backup.files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        saved(places, tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state"]


def test_a_database_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    """Documents do not go without a backup for it."""
    places = make(tmp_path / "state")
    (tmp_path / "state" / "metrics.sqlite").write_bytes(b"no database at all" * 100)
    made = saved(places, tmp_path / "backup")
    [left_out] = made.left_out
    assert "metrics.sqlite" in left_out
    restore(tmp_path / "backup", Places.below(tmp_path / "other"), NOW)
    check_whole(tmp_path / "other")


def test_a_namespace_that_is_dropped_meanwhile_is_left_out(tmp_path: Path, monkeypatch) -> None:
    """The others are there; what is dropped is nobody's any more."""
    places = make(tmp_path / "state")
    copied = index_copy._copy

    def dropped(system, source, target, version):
        if source.endswith("ns.shop.lance"):
            asyncio.run(drop(tmp_path / "state"))
        return copied(system, source, target, version)

    monkeypatch.setattr(index_copy, "_copy", dropped)
    made = saved(places, tmp_path / "backup")
    assert [held.table for held in made.tables] == ["_brainwav"]


async def drop(state: Path) -> None:
    store = await IndexStore.open(str(state / "index"))
    await store.drop_namespace("shop")
    await store.close()


def test_a_service_without_documents_is_backed_up_too(tmp_path: Path) -> None:
    """Its keys are there before its first document."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "keys.json").write_text("{}")
    saved(Places.below(state), tmp_path / "backup")
    restore(tmp_path / "backup", Places.below(tmp_path / "other"), NOW)
    assert (tmp_path / "other" / "keys.json").read_text() == "{}"

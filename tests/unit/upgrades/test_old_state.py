"""What an older version wrote is opened by today's classes, and nothing of it is lost."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deployments.backup.backup import back_up
from deployments.backup.places import Places
from deployments.backup.restore import restore
from deployments.local import cluster, processes
from retrieval.documents import Document
from retrieval.errors import IncompatibleIndex
from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.connection import connect
from retrieval.store.schema import SCHEMA_VERSION
from retrieval.store.settings_table import SCHEMA_VERSION_KEY, write_settings
from tests.killing import killed_copies
from tests.old_state import RELEASES, expected, unpacked
from tests.unit.upgrades.old_checks import CHECKS, Held, documents_of, held_by, opened
from tests.unit.upgrades.upgrade_steps import STEPS


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def state(release: str, tmp_path: Path) -> Path:
    return unpacked(release, tmp_path)


@pytest.mark.parametrize("part", CHECKS)
@pytest.mark.parametrize("times", [1, 2], ids=["opened once", "opened again"])
def test_nothing_of_an_old_state_is_lost(state: Path, release: str, part: str, times: int) -> None:
    """Documents, keys, totals, budgets, accounts, buckets, a job: all as the old version had it."""
    for _ in range(times):
        STEPS[part](state)
        CHECKS[part](state, release)


@pytest.mark.slow
def test_an_upgrade_may_be_killed_at_every_write(state: Path, release: str, tmp_path: Path) -> None:
    """The next start finishes what was begun, and nothing is lost."""
    steps = "tests.unit.upgrades.upgrade_steps:open_everything"
    folders = list(killed_copies(state, tmp_path / "copies", steps))
    # All but the last were killed: in each of the parts at least once.
    assert len(folders) > len(CHECKS)
    for folder in folders:
        for check in CHECKS.values():
            check(folder, release)


@pytest.mark.parametrize("name", ["backup", "backup.tar.gz"])
def test_an_old_state_can_be_backed_up_before_it_is_upgraded(
    state: Path, release: str, name: str, tmp_path: Path
) -> None:
    """By the new code; restored it is as old, and the old one is untouched by it."""
    now = datetime(2026, 11, 30, tzinfo=UTC)
    made = back_up(Places.below(state), tmp_path / name, lambda: now)
    assert made.schema_version == 2
    assert not made.left_out
    other = tmp_path / "other"
    restore(tmp_path / name, Places.below(other), now)
    for folder in (state, other):
        for part, check in CHECKS.items():
            STEPS[part](folder)
            check(folder, release)


def test_opening_an_old_index_says_what_it_migrated(state: Path, release: str) -> None:
    """Both versions and what was done to how many namespaces; the second time there is nothing."""

    async def run() -> list[str]:
        said = []
        for _ in range(2):
            store = await opened(state, release)
            said.append(str(store.migrated or ""))
            await store.close()
        return said

    first, second = asyncio.run(run())
    count = len(documents_of(release))
    assert f"schema version 2 to {SCHEMA_VERSION}" in first
    assert f"{count} namespaces can be told" in first
    assert second == ""


def test_an_old_index_is_searched_as_before(state: Path, release: str) -> None:
    """By words, by the vectors' graph, by both and by a filter, without being built anew."""
    wanted = expected(release)["index"]
    vector = np.asarray(wanted["query_vector"], np.float32)
    both = {"text_query_vector": vector, "image_query_vector": vector}
    cheap = parse({"field": "price", "op": "lt", "value": 5})
    requests: dict[str, dict[str, Any]] = {
        "hybrid": {"query_text": "a striped mug", **both},
        "semantic": {"mode": "semantic", **both},
        "keyword": {"query_text": "striped mug", "mode": "keyword"},
        "filtered": {"query_text": "striped mug", "mode": "keyword", "filter": cheap},
    }

    async def run() -> dict[str, list[str]]:
        store = await opened(state, release)
        reader = await IndexReader.open(str(state / "index"))
        found = {}
        for name, parts in requests.items():
            result = await reader.search(SearchRequest("shop", limit=5, **parts))
            found[name] = [hit.id for hit in result.hits]
        await reader.close()
        await store.close()
        return found

    found = asyncio.run(run())
    # How lists are fused may change, and with it the end of a page; what matches does not.
    for name, ids in wanted["searches"].items():
        assert found[name][0] == ids[0], name
    for name in ("keyword", "filtered"):
        assert set(found[name]) == set(wanted["searches"][name])


def test_an_old_index_is_written_tidied_and_dropped(state: Path, release: str) -> None:
    """Versions only grow; what was there stays, what is new joins, upkeep loses nothing."""
    before = documents_of(release)
    created_at = datetime.fromisoformat(before["shop"][0]["created_at"])
    new = Document("new", "a new mug", None, None, {"price": 4}, "LTM", created_at, None, None)

    async def run() -> Held:
        store = await opened(state, release)
        for namespace, found in expected(release)["index"]["namespaces"].items():
            written = await store.upsert(namespace, [new])
            assert written.version > found["version"]
            await store.maintain(namespace)
        held = await held_by(state)
        await store.drop_namespace("emptied")
        assert "emptied" not in await store.namespaces()
        await store.close()
        return held

    held = asyncio.run(run())
    for namespace, documents in before.items():
        assert [d for d in held[namespace] if d["id"] != "new"] == documents
        assert [d["text"] for d in held[namespace] if d["id"] == "new"] == ["a new mug"]


def test_a_namespace_of_an_old_index_is_told_from_a_later_one(state: Path, release: str) -> None:
    """Dropped and made again it has the same name and counts its versions from one."""

    async def run() -> tuple[str | None, str | None, str | None]:
        store = await opened(state, release)
        first = await store.incarnation("emptied")
        await store.drop_namespace("emptied")
        between = await store.incarnation("emptied")
        await store.upsert("emptied", [])
        return first, between, await store.incarnation("emptied")

    first, between, second = asyncio.run(run())
    assert first
    assert between is None
    assert second not in (first, "", None)


@pytest.mark.parametrize("version", [str(SCHEMA_VERSION + 1), "4.1-beta"])
def test_an_index_of_the_future_is_refused_by_name(state: Path, version: str) -> None:
    """By writer and reader; the version is named, and nothing is changed."""

    async def run() -> None:
        db = await connect(str(state / "index"))
        await write_settings(db, {SCHEMA_VERSION_KEY: version})
        before = sorted(path.name for path in (state / "index").rglob("*"))
        for kind in (IndexStore, IndexReader):
            with pytest.raises(IncompatibleIndex, match=f"version {version}.*newer release"):
                await kind.open(str(state / "index"))
        assert sorted(path.name for path in (state / "index").rglob("*")) == before

    asyncio.run(run())


def test_an_old_cluster_is_still_known_by_its_record(
    state: Path, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or `make down` would leave it running for ever."""
    monkeypatch.setattr(processes, "marked", lambda instance: [1])
    known = cluster.recorded(state)
    assert known is not None
    assert known.instance == expected(release)["run"]["instance"]

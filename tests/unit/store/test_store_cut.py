"""A cut holds every table at one version, and upkeep goes on beside it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.store import IndexStore
from retrieval.store.connection import connect, open_table
from retrieval.store.cut import LEASE, belongs, cut, held_by_backup
from retrieval.store.writing import maintenance_run as u
from retrieval.store.writing.maintenance_plan import Action, Upkeep
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
TIDY = Action(Upkeep.OPTIMIZE)


async def shop(folder, writes: int = 3) -> IndexStore:
    store = await IndexStore.open(str(folder))
    await store.claim(FINGERPRINT)
    for number in range(writes):
        await store.upsert("shop", [document(f"d{number}")])
    return store


async def tidy(db) -> int:
    """Tidy as upkeep does, and return how many versions are left."""
    table = await open_table(db, "ns.shop")

    async def check() -> None:
        """The index is ours."""

    await u.carry_out(db, table, "shop", TIDY, asyncio.Lock(), check)
    return len(await table.list_versions())


def test_what_is_held_is_spared_by_tidying(tmp_path, monkeypatch):
    """However old it is; afterwards old versions go."""
    monkeypatch.setattr(u, "KEEP_VERSIONS", timedelta(microseconds=1))

    async def run():
        store = await shop(tmp_path)
        db = await connect(str(tmp_path))
        async with cut(db, datetime.now(UTC)) as cuts:
            [held] = [each for each in cuts if each.table == "ns.shop"]
            assert held.rows == 3
            await store.upsert("shop", [document("later")])
            assert await tidy(db) > 3
            table = await open_table(db, "ns.shop")
            await table.checkout(held.version)
            ids = (await table.query().select(["id"]).to_arrow())["id"].to_pylist()
            assert sorted(ids) == ["d0", "d1", "d2"]
        await store.upsert("shop", [document("last")])
        assert await tidy(db) <= 2

    with pytest.warns(UserWarning, match="cleanup_older_than"):
        asyncio.run(run())


def test_the_tag_of_a_killed_backup_is_lifted_after_a_day(tmp_path):
    """Not before; nobody else's tag is."""

    async def run():
        await shop(tmp_path)
        db = await connect(str(tmp_path))
        held = cut(db, NOW)
        # Entered and never left, as by a kill.
        await held.__aenter__()
        table = await open_table(db, "ns.shop")
        assert await held_by_backup(table, NOW + LEASE - timedelta(seconds=2))
        assert not await held_by_backup(table, NOW + LEASE)
        assert await table.tags.list() == {}
        await table.tags.create("release-1", await table.version())
        assert await held_by_backup(table, NOW + 10 * LEASE)
        assert list(await table.tags.list()) == ["release-1"]

    asyncio.run(run())


def test_a_cut_leaves_no_tag(tmp_path):
    """Also where what is done meanwhile fails."""

    async def run():
        await shop(tmp_path)
        db = await connect(str(tmp_path))
        with pytest.raises(KeyError):
            async with cut(db, NOW):
                raise KeyError
        table = await open_table(db, "ns.shop")
        assert await table.tags.list() == {}

    asyncio.run(run())


@given(version=st.integers(1, 2**63), other=st.integers(1, 2**63))
def test_of_manifests_only_the_versions_own_belongs(version, other):
    """By Lance's present name and by its earlier one."""
    for number in (version, 2**64 - 1 - version):
        assert belongs(f"_versions/{number}.manifest", version)
        if version != other:
            assert not belongs(f"_versions/{number}.manifest", other)


def test_tags_and_hints_stay_behind_and_data_does_not():
    """A hint of the latest version would point to one that is not there."""
    for path in ("_versions/latest_version_hint.json", "_refs/tags/backup-1.json"):
        assert not belongs(path, 1)
    for path in ("data/a.lance", "_indices/u/metadata.lance", "_deletions/1.arrow"):
        assert belongs(path, 1)

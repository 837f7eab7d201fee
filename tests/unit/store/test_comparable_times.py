"""An index whose times were strings alone: opened, filled in, and compared as times."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.filtering.parse import parse
from retrieval.filtering.python import matches
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore, comparable_times
from retrieval.store.connection import connect, open_table
from retrieval.store.migrations import MIGRATIONS, recorded_version
from retrieval.store.schema import SCHEMA_VERSION
from tests.old_state import FIXTURES, expected, said, unpacked
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, text_vector

OLD = "38a04f3"
FILTERS: list[dict[str, Any]] = [
    {"field": "due", "op": op, "value": value}
    for op in ("eq", "ne", "lt", "gte")
    for value in ("2026-01-31T10:00:00Z", "2026-01-31", "0001-01-01", "9999-12-31T23:59:59.999999Z")
] + [{"field": "made.On", "op": "in", "value": ["next week", "2026-01-31T10:00Z"]}]


class Killed(BaseException):
    """The process ends."""


@pytest.fixture
def index(tmp_path: Path) -> str:
    """Return the place of a fresh copy of the older index."""
    return str(unpacked(OLD, tmp_path) / "index")


async def opened(index: str) -> IndexStore:
    """Open the index as its writer does."""
    store = await IndexStore.open(index)
    await store.claim(FINGERPRINT)
    return store


async def found(index: str, filter: dict[str, Any]) -> set[str]:
    """Return the ids of the documents of the shop that a filter takes."""
    reader = await IndexReader.open(index)
    asked = SearchRequest("shop", query_text="mug", filter=parse(filter), limit=50)
    return {hit.id for hit in (await reader.search(asked)).hits}


async def check_whole(index: str) -> None:
    """Every document is as the older release read it, and is compared as plain Python does."""
    reader = await IndexReader.open(index)
    namespaces = expected(OLD)["namespaces"]
    assert await reader.namespaces() == sorted(namespaces)
    documents = []
    for name, held in namespaces.items():
        page = await reader.page(name, 100)
        whole = [await reader.get(name, entry.id) for entry in page.entries]
        assert [said(each) for each in whole] == held["documents"]
        documents += whole if name == "shop" else []
    for filter in FILTERS:
        wanted = {each.id for each in documents if matches(parse(filter), each)}
        assert await found(index, filter) == wanted, filter


def test_the_older_index_is_filled_in_and_loses_nothing(index: str) -> None:
    """It says what it did, in words; passages are filtered as their document is."""

    async def run() -> None:
        store = await opened(index)
        assert store.migrated is not None
        assert (store.migrated.before, store.migrated.after) == (5, SCHEMA_VERSION)
        assert "3 namespaces have their times of metadata compared as times" in str(store.migrated)
        await check_whole(index)
        reader = await IndexReader.open(index)
        later = parse({"field": "due", "op": "gt", "value": "2026-02-15"})
        asked = SearchRequest(
            "shop", text_query_vector=text_vector(0, 0, 1), mode="semantic", filter=later
        )
        best = (await reader.search(asked)).hits[0]
        assert best.id == "long"
        assert best.passage is not None
        assert (best.passage.start, best.passage.end) == (2, 3)

    asyncio.run(run())


def test_doing_it_twice_changes_nothing(index: str) -> None:
    """A crash between the step and its record repeats it."""

    async def run() -> tuple[int, int, str]:
        store = await opened(index)
        await store.close()
        reader = await IndexReader.open(index)
        before = await reader.version("shop")
        did = await MIGRATIONS[6](await connect(index))
        return before, await reader.version("shop"), did

    before, after, did = asyncio.run(run())
    assert before == after
    assert did.startswith("0 namespaces")


@pytest.mark.parametrize("commits", range(6))
def test_killed_in_between_it_is_done_at_the_next_start(
    index: str, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever commit was the last."""
    merge, done = comparable_times._merge, []

    async def dies(*given: Any) -> None:
        if len(done) == commits:
            raise Killed
        done.append(given)
        await merge(*given)

    async def run() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(comparable_times, "_merge", dies)
            patched.setattr(comparable_times, "ROWS", 1)
            patched.setattr(comparable_times, "BATCH_ROWS", 4)
            try:
                store = await opened(index)
                assert "left out" not in str(store.migrated)
            except Killed:
                assert await recorded_version(await connect(index)) == 5
        store = await opened(index)
        assert "left out" not in str(store.migrated)
        assert await recorded_version(await connect(index)) == SCHEMA_VERSION
        await store.close()
        await check_whole(index)

    asyncio.run(run())


def test_a_namespace_that_was_left_out_says_so_until_it_is_written(
    index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its times are compared with none, and the answer warns; the next write reads them."""

    async def fails(*given: Any) -> None:
        raise RuntimeError("no space left")

    async def warned() -> list[str]:
        reader = await IndexReader.open(index)
        asked = SearchRequest("shop", query_text="mug", filter=parse(FILTERS[0]))
        return [warning.code for warning in (await reader.search(asked)).warnings]

    async def run() -> tuple[str, list[str], list[str]]:
        with monkeypatch.context() as patched:
            patched.setattr(comparable_times, "_merge", fails)
            store = await opened(index)
        before = await warned()
        await store.upsert("shop", [document("new")])
        await store.delete("shop", ["new"])
        await check_whole(index)
        return str(store.migrated), before, await warned()

    migrated, before, after = asyncio.run(run())
    assert "left out ns.shop: no space left" in migrated
    assert (before, after) == (["times_unread"], ["mixed_types"])


def test_documents_that_come_later_are_compared_with_those_of_before(index: str) -> None:
    """In fields that are known and in new ones; words are found in all."""

    async def run() -> set[str]:
        store = await opened(index)
        new = document("new", metadata={"due": "2026-01-31T11:00+01:00", "sent": "2026-01-31"})
        await store.upsert("shop", [new])
        await store.maintain("shop")
        assert await found(index, {"field": "sent", "op": "lt", "value": "2026-02-01"}) == {"new"}
        table = await open_table(await connect(index), "ns.shop")
        assert table is not None
        assert "t_brand" not in (await table.schema()).names
        return await found(index, FILTERS[0])

    assert asyncio.run(run()) == {"zone", "utc", "spaced", "new"}


def test_the_fixture_holds_what_its_recipe_says() -> None:
    """Schema 5, three namespaces."""
    held = json.loads((FIXTURES / OLD / "expected.json").read_text())
    assert (held["schema"], len(held["namespaces"])) == (5, 3)

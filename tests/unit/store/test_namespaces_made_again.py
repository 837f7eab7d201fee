"""A namespace that was dropped and made again: nothing kept of the old one is told of the new."""

import asyncio

import pytest

from retrieval.errors import UnknownFilterField
from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from retrieval.store import IndexStore
from retrieval.store.reading.held import held_namespaces
from retrieval.store.schema import table_of
from tests.unit.retrieval.retrieval_samples import (
    FINGERPRINT,
    document,
    later,
    on_index,
    text_vector,
)

QUERY = {"query_text": "mug", "text_query_vector": text_vector(1)}


def old(count=3):
    """Return documents with a field that the new namespace lacks."""
    return [
        document(f"old{i}", metadata={"price": i}, text_vector=text_vector(1, i))
        for i in range(count)
    ]


def new(count=3):
    """Return as many other documents."""
    return [
        document(f"new{i}", metadata={"size": i}, text_vector=text_vector(1, 9, i))
        for i in range(count)
    ]


async def dropped(store):
    """Drop the namespace as the service does."""
    await store.drop_namespace("shop")


async def vanished(store):
    """Drop its table behind the service's back, as a restore may."""
    store._tables.close()
    await store._db.drop_table(table_of("shop"))


@pytest.mark.parametrize("gone", [dropped, vanished])
@pytest.mark.parametrize("held_bytes", [0, held_namespaces.MOST_BYTES], ids=["table", "memory"])
def test_a_reader_that_knew_the_old_namespace_sees_the_new_one(
    tmp_path, monkeypatch, gone, held_bytes
):
    """Vectors, samples, fields, counts and times are of the new one, at the same table version."""
    monkeypatch.setattr(held_namespaces, "MOST_BYTES", held_bytes)

    async def act(store, reader):
        price = parse({"field": "price", "op": "gte", "value": 0})
        request = SearchRequest("shop", **QUERY, prefer_recent=True)
        await reader.search(request)
        await reader.search(SearchRequest("shop", **QUERY, filter=price))
        before = await reader.version("shop")
        await gone(store)
        await store.upsert("shop", new())
        found = await reader.search(request)
        assert [hit.id for hit in found.hits] == ["new0", "new1", "new2"]
        fresh = await type(reader).open(str(tmp_path))
        again = await fresh.search(request)
        assert [hit.score for hit in found.hits] == [hit.score for hit in again.hits]
        with pytest.raises(UnknownFilterField):
            await reader.search(SearchRequest("shop", **QUERY, filter=price))
        assert [entry.id for entry in (await reader.page("shop", 10)).entries] == [
            "new0",
            "new1",
            "new2",
        ]
        return before, found.index_version, await reader.version("shop")

    before, searched, after = on_index(tmp_path, old(), act)
    assert searched == after
    assert gone is vanished or after > before


def test_the_versions_of_a_name_never_go_back(tmp_path):
    """Through many drops and restarts of the writer; a caller tells newer from older."""

    async def run():
        seen = []
        for i in range(3):
            store = await IndexStore.open(str(tmp_path))
            await store.claim(FINGERPRINT)
            seen.append((await store.upsert("shop", [document(f"a{i}")])).version)
            seen.append((await store.delete("shop", [f"a{i}"])).version)
            await store.drop_namespace("shop")
            seen.append((await store.upsert("shop", [document("b", created_at=later(i))])).version)
            seen.append((await store.maintain("shop")).version)
            await store.close()
        return seen

    seen = asyncio.run(run())
    assert seen == sorted(seen)
    assert len(set(seen[::4] + seen[1::4] + seen[2::4])) == 9

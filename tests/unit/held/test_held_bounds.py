"""How much memory is given to namespaces, and what is told of it."""

import asyncio

from deployments.indexing.search_metrics import measure_held
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.reading.readers import Readers
from telemetry.registry import Registry
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, on_index, text_vector

MIB = 1 << 20


def test_the_index_in_use_has_most_of_the_memory(tmp_path):
    """All of it, or three quarters while models are changed."""

    async def act(store, reader):
        other = await IndexStore.open(str(tmp_path / "other"))
        await other.claim(FINGERPRINT)
        readers = Readers(reader)
        readers.bound(8 * MIB)
        alone = [held.most_bytes for held in readers.held]
        await readers.hold([await IndexReader.open(str(tmp_path / "other"))])
        readers.bound(8 * MIB)
        return alone, [held.most_bytes for held in readers.held]

    alone, both = on_index(tmp_path / "main", [document("a")], act)
    assert (alone, both) == ([8 * MIB], [6 * MIB, 2 * MIB])


def test_less_memory_lets_go_of_what_is_held(tmp_path):
    """And of none is nothing held; searches find the same."""

    async def act(store, reader):
        asked = SearchRequest("shop", "mug", text_query_vector=text_vector(1))
        before = await reader.search(asked)
        assert len(reader.held) == 1
        reader.held.bound(0)
        assert not len(reader.held)
        after = await reader.search(asked)
        assert not len(reader.held)
        return before, after

    before, after = on_index(tmp_path, [document("a", text_vector=text_vector(1))], act)
    assert [hit.id for hit in before.hits] == [hit.id for hit in after.hits]


def test_what_is_held_and_what_was_not_is_told(tmp_path):
    """By gauges, and a counter of searches on disk."""

    async def act(store, reader):
        await reader.search(SearchRequest("shop", "mug"))
        on_disk = await IndexReader.open(str(tmp_path), held_bytes=0)
        await asyncio.gather(*(on_disk.search(SearchRequest("shop", "mug")) for _ in range(2)))
        registry = Registry()
        measure_held(registry, [reader.held, on_disk.held])
        return registry.snapshot(), reader.held.nbytes

    snapshot, held_bytes = on_index(tmp_path, [document("a")], act)
    assert snapshot.gauges["brainwav_search_held_namespaces"] == 1
    assert snapshot.gauges["brainwav_search_held_bytes"] == held_bytes > 0
    assert snapshot.sums["brainwav_search_on_disk_total"] == 2

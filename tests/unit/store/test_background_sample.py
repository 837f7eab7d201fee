"""Samples of namespaces that are searched in their tables."""

import asyncio

from retrieval.store.connection import open_table
from retrieval.store.reading import background_sample
from retrieval.store.reading.background_sample import SampleCache
from retrieval.store.schema import edition_of, table_of
from tests.unit.retrieval.retrieval_samples import document, on_index, text_vector


def test_the_cache_forgets_what_was_not_used_for_longest(tmp_path, monkeypatch):
    """However many namespaces are searched, memory stays bounded."""
    drawn = []
    original = background_sample.draw_sample

    async def counted(table, column):
        drawn.append(column)
        return await original(table, column)

    monkeypatch.setattr(background_sample, "draw_sample", counted)

    async def act(store, reader):
        table = await open_table(reader._db, table_of("shop"))
        edition, _ = await edition_of(table)
        one = await original(table, "text_vector")
        cache = SampleCache(most_bytes=2 * one.nbytes)
        for namespace in ("a", "b", "a", "c", "d", "a", "b"):
            await cache.sample(table, namespace, edition, "text_vector")
        await asyncio.sleep(0)

    documents = [document(f"d{n}", text_vector=text_vector(1, n)) for n in range(50)]
    on_index(tmp_path, documents, act)
    # As "d" comes, three lie there: "b" goes, which was not used for longest, and is drawn anew.
    assert len(drawn) == 5

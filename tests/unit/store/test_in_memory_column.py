"""A small namespace is searched in memory, and nobody can tell by the answer."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.search.request import CANDIDATES, SearchRequest
from retrieval.store.connection import open_table
from retrieval.store.reading import background_sample, memory_column
from retrieval.store.reading.background_sample import SampleCache
from retrieval.store.reading.memory_column import InMemoryColumn
from retrieval.store.schema import table_of
from tests.unit.retrieval.retrieval_samples import (
    IMAGE_DIMENSION,
    TEXT_DIMENSION,
    document,
    later,
    on_index,
    random_unit,
)

ROWS = 300


def catalogue():
    """Return more documents than a leg has candidates; some lack one vector or the other."""
    rng = np.random.default_rng(3)
    return [
        document(
            f"d{n:03d}",
            f"{'striped' if n % 7 else 'plain'} mug {n}",
            created_at=later(n),
            text_vector=random_unit(rng, TEXT_DIMENSION) if n % 5 else None,
            image_vector=random_unit(rng, IMAGE_DIMENSION) if n % 4 == 0 else None,
        )
        for n in range(ROWS)
    ]


def requests():
    """Return one search of each kind that reads vectors."""
    rng = np.random.default_rng(4)
    both = {
        "text_query_vector": random_unit(rng, TEXT_DIMENSION),
        "image_query_vector": random_unit(rng, IMAGE_DIMENSION),
    }
    base = SearchRequest("shop", "plain mug", **both, limit=250)
    return [
        base,
        replace(base, mode="semantic"),
        replace(base, prefer_recent=True, recency_half_life_s=60.0),
        replace(base, text_query_vector=None),
        replace(base, query_text="no such words"),
    ]


def test_the_answers_are_those_of_the_table(tmp_path, monkeypatch):
    """The same documents in the same order, by the same scores to the sixth digit."""

    async def act(store, reader):
        found = []
        for rows in (ROWS - 1, ROWS):
            monkeypatch.setattr(memory_column, "HELD_ROWS", rows)
            reader._samples = SampleCache()
            found.append([await reader.search(request) for request in requests()])
        return found

    tables, memories = on_index(tmp_path, catalogue(), act)
    assert len(tables) == len(requests())
    for table, memory in zip(tables, memories, strict=True):
        assert [hit.id for hit in memory.hits] == [hit.id for hit in table.hits]
        assert memory.total_candidates == table.total_candidates
        for ours, theirs in zip(memory.hits, table.hits, strict=True):
            assert ours.score == pytest.approx(theirs.score, abs=1e-6)
            assert ours.explain.keys() == theirs.explain.keys()
            for leg, said in ours.explain.items():
                assert said.raw == pytest.approx(theirs.explain[leg].raw, abs=1e-6)
                assert said.rank == theirs.explain[leg].rank


def test_a_search_in_memory_sees_what_was_written_before_it(tmp_path):
    """Held is the latest version, whichever replica wrote it."""

    async def act(store, reader):
        asked = SearchRequest("shop", text_query_vector=np.ones(TEXT_DIMENSION, np.float32) / 4)
        before = await reader.search(asked)
        nearest = document("nearest", text_vector=asked.text_query_vector)
        await store.upsert("shop", [nearest])
        after = await reader.search(asked)
        await store.delete("shop", ["nearest"])
        return before, after, await reader.search(asked)

    before, after, last = on_index(tmp_path, catalogue(), act)
    assert after.hits[0].id == "nearest"
    assert [hit.id for hit in last.hits] == [hit.id for hit in before.hits]


@settings(deadline=None)
@given(st.integers(0, 2 * CANDIDATES), st.sets(st.integers(0, 3 * CANDIDATES)), st.integers(0, 9))
def test_a_leg_holds_the_nearest_and_those_asked_for(count, also, seed):
    """Each once; nobody who is left out is nearer than one of the nearest."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(3 * CANDIDATES)[:count].astype(np.int64)
    column = InMemoryColumn(
        rows, rng.normal(size=(count, 4)).astype(np.float32), rows.astype("M8[us]")
    )
    query = rng.normal(size=4).astype(np.float32)
    leg = column.leg(query, np.array(sorted(also), np.int64), with_times=True)
    chosen, cosines = leg.row_ids.tolist(), dict(zip(rows, column.vectors @ query, strict=True))
    assert len(set(chosen)) == len(chosen)
    assert leg.raw.tolist() == pytest.approx([cosines[row] for row in chosen])
    assert leg.times.astype(np.int64).tolist() == chosen
    best = set(sorted(cosines, key=lambda row: -cosines[row])[:CANDIDATES])
    assert set(chosen) == best | (also & set(rows.tolist()) if count > CANDIDATES else set())


def test_the_cache_forgets_what_was_not_used_for_longest(tmp_path, monkeypatch):
    """However many namespaces are searched, memory stays bounded."""
    drawn = []
    original = background_sample.draw_sample

    async def counted(table, column, rows):
        drawn.append(rows)
        return await original(table, column, rows)

    monkeypatch.setattr(background_sample, "draw_sample", counted)

    async def act(store, reader):
        table = await open_table(reader._db, table_of("shop"))
        version, rows = await table.version(), await table.count_rows()
        one = await original(table, "text_vector", rows)
        cache = SampleCache(most_bytes=2 * one.nbytes)
        for namespace in ("a", "b", "a", "c", "d", "a", "b"):
            await cache.sample(table, namespace, version, "text_vector", rows)
        await asyncio.sleep(0)

    on_index(tmp_path, catalogue()[:50], act)
    # As "d" comes, three lie there: "b" goes, which was not used for longest, and is drawn anew.
    assert len(drawn) == 5

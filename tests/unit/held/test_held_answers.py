"""A small namespace is searched in memory, and nobody can tell by the answer."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from retrieval.store.connection import open_table
from retrieval.store.reading.held import namespace
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
    """Return more documents than a leg has candidates; some lack one vector or the other.

    Each is longer than the one before: no two have the same score for a word.
    """
    rng = np.random.default_rng(3)
    return [
        document(
            f"d{n:03d}",
            f"{'striped' if n % 7 else 'plain'} mug {n}" + " so" * n,
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


def shown(hit):
    """Return a hit without its scores, or relevance, which the table tells by meaning alone."""
    passage = hit.passage and replace(hit.passage, score=None)
    none = dict.fromkeys(("score", "semantic_score", "keyword_score"), 0)
    return replace(hit, **none, relevance=None, explain={}, passage=passage)


async def ways(reader, folder):
    """Return what a reader finds that holds the namespace, and one that searches its table."""
    table = await IndexReader.open(str(folder), held_bytes=0)
    found = [[await one.search(asked) for asked in requests()] for one in (reader, table)]
    assert len(reader.held) == 1
    assert not len(table.held)
    return found


def test_the_answers_are_those_of_the_table(tmp_path):
    """The same documents in the same order, by the same scores to the sixth digit."""

    async def act(store, reader):
        # Lance weighs the words of rows outside its index by other counts.
        await (await open_table(store._db, table_of("shop"))).optimize()
        return await ways(reader, tmp_path)

    memories, tables = on_index(tmp_path, catalogue(), act)
    assert len(tables) == len(requests())
    for table, memory in zip(tables, memories, strict=True):
        assert [hit.id for hit in memory.hits] == [hit.id for hit in table.hits]
        assert memory.total_candidates == table.total_candidates
        for ours, theirs in zip(memory.hits, table.hits, strict=True):
            assert shown(ours) == shown(theirs)
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


def test_a_long_search_is_done_beside_others(tmp_path, monkeypatch):
    """It finds what it finds at once."""

    async def act(store, reader):
        at_once = [await reader.search(request) for request in requests()]
        monkeypatch.setattr(namespace, "MOST_AT_ONCE", 0)
        threads = []
        original = asyncio.to_thread

        async def counted(find, *asked):
            threads.append(find.__name__)
            return await original(find, *asked)

        monkeypatch.setattr(asyncio, "to_thread", counted)
        beside = [await reader.search(request) for request in requests()]
        return at_once, beside, set(threads)

    at_once, beside, threads = on_index(tmp_path, catalogue(), act)
    assert threads == {"by_words", "by_vector"}
    assert [found.hits for found in beside] == [found.hits for found in at_once]

"""One search reads one version, by one sample, whatever is written meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.reading.held import held_namespaces
from retrieval.store.writing import maintenance_plan as m
from tests.unit.retrieval.retrieval_samples import (
    FINGERPRINT,
    TEXT_DIMENSION,
    document,
    on_index,
    random_unit,
)
from tests.unit.retrieval.search_samples import CATALOGUE, TEXT_QUERY, ids, search

pytestmark = pytest.mark.usefixtures("both_ways")


def test_one_search_reads_one_version(tmp_path):
    """Documents that are rewritten all the time never appear half old, half new."""

    async def act(store, reader):
        async def write():
            for round_ in range(2, 12):
                await store.upsert(
                    "shop",
                    [
                        document(f"d{i}", f"mug round{round_}", metadata={"round": round_})
                        for i in range(30)
                    ],
                )

        rounds = []
        writing = asyncio.create_task(write())
        while not writing.done():
            found = await reader.search(SearchRequest("shop", query_text="mug", limit=100))
            rounds.append({(hit.metadata["round"], hit.text) for hit in found.hits})
        await writing
        return rounds

    first = [document(f"d{i}", "mug round1", metadata={"round": 1}) for i in range(30)]
    rounds = on_index(tmp_path, first, act)
    assert {len(seen) for seen in rounds} == {1}
    assert all(text == f"mug round{number}" for seen in rounds for number, text in seen)


def test_searches_at_once_draw_one_background_sample(tmp_path, monkeypatch):
    """Callers that wait together share the work."""
    from retrieval.store.reading import background_sample as module

    drawn = []
    original = module.draw_sample

    def counted(table, column):
        drawn.append(column)
        return original(table, column)

    monkeypatch.setattr(held_namespaces, "MOST_BYTES", 0)
    monkeypatch.setattr(module, "draw_sample", counted)

    async def act(store, reader):
        request = SearchRequest("shop", text_query_vector=TEXT_QUERY)
        await asyncio.gather(*(reader.search(request) for _ in range(5)))

    on_index(tmp_path, CATALOGUE, act)
    assert drawn == ["text_vector"]


def test_a_failed_sample_does_not_fail_later_searches(tmp_path, monkeypatch):
    """The next search draws it again."""
    from retrieval.store.reading import background_sample as module

    original = module.draw_sample
    outcomes = iter([True, False])

    async def flaky(table, column):
        if next(outcomes):
            raise OSError("storage hiccup")
        return await original(table, column)

    monkeypatch.setattr(held_namespaces, "MOST_BYTES", 0)
    monkeypatch.setattr(module, "draw_sample", flaky)

    async def act(store, reader):
        request = SearchRequest("shop", text_query_vector=TEXT_QUERY)
        with pytest.raises(OSError, match="hiccup"):
            await reader.search(request)
        return await reader.search(request)

    assert on_index(tmp_path, CATALOGUE, act).hits


def test_the_sample_is_the_same_in_every_replica_and_after_upkeep(tmp_path):
    """It depends on the documents and not on where their rows lie."""

    async def act(store, reader):
        for d in CATALOGUE[:10]:
            await store.upsert("shop", [d])
        asked = SearchRequest("shop", text_query_vector=TEXT_QUERY, mode="semantic")
        before = await reader.search(asked)
        await store.maintain("shop")
        after = await (await IndexReader.open(str(tmp_path))).search(asked)
        return before, after

    before, after = on_index(tmp_path, CATALOGUE, act)
    assert after.index_version > before.index_version
    assert ids(after) == ids(before)
    assert [h.semantic_score for h in after.hits] == pytest.approx(
        [h.semantic_score for h in before.hits]
    )


@pytest.mark.parametrize("maintained", [False, True])
def test_rows_outside_the_keyword_index_are_found(tmp_path, maintained):
    """A document can be found by its words as soon as it was acknowledged."""

    async def run():
        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", CATALOGUE)
        if maintained:
            await store.maintain("shop")
        await store.upsert("shop", [document("new", "a samovar")])
        reader = await IndexReader.open(str(tmp_path))
        return ids(await reader.search(SearchRequest("shop", query_text="samovar")))

    assert asyncio.run(run()) == ["new"]


def indexed_answers(folder, rows, request):
    """Search a namespace whose text vectors have a graph of vectors in eight bits."""

    async def act(store, reader):
        report = await store.maintain("shop")
        assert "index_vectors" in report.actions
        return await reader.search(request)

    return on_index(folder, rows, act)


def test_cosines_from_a_vector_index_are_exact(tmp_path, monkeypatch):
    """The graph knows vectors in eight bits; what is told is measured by the stored ones."""
    monkeypatch.setattr(held_namespaces, "MOST_BYTES", 0)
    monkeypatch.setattr(m, "VECTOR_INDEX_ROWS", 100)
    rng = np.random.default_rng(5)
    near = random_unit(rng, TEXT_DIMENSION)
    # Neighbours so close to each other that eight bits cannot order them.
    vectors = [random_unit_near(rng, near, 0.02) for _ in range(400)]
    rows = [document(f"d{i:03d}", text_vector=vector) for i, vector in enumerate(vectors)]
    request = SearchRequest("shop", mode="semantic", text_query_vector=TEXT_QUERY, limit=50)
    found = indexed_answers(tmp_path, rows, request).hits
    cosines = np.array([vector @ TEXT_QUERY for vector in vectors], np.float64)
    assert len(found) == 50
    assert found[0].id == f"d{int(np.argmax(cosines)):03d}"
    told = [hit.explain["text_vector"].raw for hit in found]
    exact = [cosines[int(hit.id[1:])] for hit in found]
    assert told == pytest.approx(exact, abs=1e-6)
    assert told == sorted(told, reverse=True)


def random_unit_near(rng, centre, distance):
    """Return a unit vector a little way from another."""
    vector = centre + distance * rng.normal(size=len(centre)).astype(np.float32)
    return vector / np.linalg.norm(vector)


def test_a_document_dated_2062_leaves_the_order_of_the_others(tmp_path):
    """Its time counts as the moment of the last commit."""
    now = datetime.now(UTC)
    rows = [
        document("future", created_at=datetime(2062, 1, 1, tzinfo=UTC)),
        document("day", created_at=now - timedelta(days=1)),
        document("month", created_at=now - timedelta(days=30)),
    ]
    recent = {"query_text": "mug", "mode": "keyword", "prefer_recent": True}
    assert ids(search(tmp_path / "with", rows, **recent)) == ["future", "day", "month"]
    scores = {hit.id: hit.score for hit in search(tmp_path / "again", rows, **recent).hits}
    assert scores["day"] > scores["month"] + 0.2

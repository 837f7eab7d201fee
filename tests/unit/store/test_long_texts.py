"""Documents of several passages: written, replaced and deleted as one, with all their rows."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents import Document, Passage
from retrieval.filtering.parse import parse
from retrieval.passages.sections import Section
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store import Fingerprint, IndexReader, IndexStore
from retrieval.store.connection import connect, open_table
from retrieval.store.copying import contents
from retrieval.store.reading.held import held_namespaces
from retrieval.store.schema import table_of

DIMENSION = 8
THEN = datetime(2026, 11, 24, tzinfo=UTC)


def unit(seed: int) -> np.ndarray:
    """Return a fixed direction."""
    vector = np.random.default_rng(seed).normal(size=DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def document(id: str, seeds: Sequence[int], **metadata: str) -> Document:
    """Return a document of as many passages as there are seeds, ten characters each."""
    text = "".join(f"passage{seed:02d} " for seed in seeds)
    vectors = [unit(seed) for seed in seeds]
    passages = tuple(Passage(10 * at, 10 * at + 9, v) for at, v in enumerate(vectors))
    return Document(
        id,
        text,
        None,
        None,
        dict(metadata),
        "LTM",
        THEN,
        vectors[0],
        None,
        passages=passages if len(seeds) > 1 else (),
    )


async def opened(folder: Path) -> tuple[IndexStore, IndexReader]:
    store = await IndexStore.open(str(folder))
    await store.claim(Fingerprint("t", "p", DIMENSION, DIMENSION, "fp32", True))
    return store, await IndexReader.open(str(folder))


async def rows(folder: Path) -> dict[str, list[int]]:
    """Return the parts that each document has in the table."""
    table = await open_table(await connect(str(folder)), table_of("shop"))
    assert table is not None
    found: dict[str, list[int]] = {}
    for row in await table.query().select(["id", "part"]).to_list():
        found.setdefault(row["id"], []).append(row["part"])
    return {id: sorted(parts) for id, parts in found.items()}


WRITES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "it's"]), st.integers(0, 4)), min_size=1, max_size=3
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None)
@given(WRITES)
def test_whatever_was_written_last_is_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, writes: list[list[tuple[str, int]]]
) -> None:
    """A shorter text leaves no old part, a deleted one none; counts are of documents."""

    async def run() -> None:
        folder = tmp_path_factory.mktemp("index")
        store, reader = await opened(folder)
        held: dict[str, int] = {}
        for write in writes:
            put = {id: count for id, count in write if count}
            gone = [id for id, count in write if not count and id not in put]
            result = await store.upsert("shop", [document(i, range(n)) for i, n in put.items()])
            assert result.upserted == len(put)
            if gone:
                result = await store.delete("shop", gone)
                assert result.deleted == len({id for id in gone if id in held})
            held = {id: n for id, n in (held | put).items() if id not in gone}
            assert await rows(folder) == {id: list(range(n)) for id, n in held.items()}
            assert await reader.count("shop") == (await store.size()).documents == len(held)
            assert await store.ids("shop") == set(held)
            page = await reader.page("shop", 10)
            assert ([entry.id for entry in page.entries], page.total) == (sorted(held), len(held))
        await store.close()

    asyncio.run(run())


def brute(
    documents: Sequence[Document], query: np.ndarray
) -> list[tuple[str, float, tuple[int, int]]]:
    """Return each document's best passage by looking at all, best document first."""
    found = []
    for each in documents:
        parts = each.passages or (Passage(0, len(each.text or ""), each.text_vector),)
        cosine, start, end = max((float(p.vector @ query), p.start, p.end) for p in parts)
        found.append((each.id, cosine, (start, end)))
    return sorted(found, key=lambda one: -one[1])


def many(count: int) -> list[Document]:
    """Return documents of one to five passages, whose vectors are all different."""
    sizes = [1 + n % 5 for n in range(count)]
    starts = np.cumsum([0, *sizes])
    return [document(f"d{n:04d}", range(starts[n], starts[n + 1])) for n in range(count)]


@pytest.mark.parametrize("held_bytes", [1 << 30, 0], ids=["in memory", "in the table"])
@pytest.mark.parametrize("words", [None, "passage07"], ids=["no words", "words"])
def test_a_document_stands_where_its_best_passage_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_bytes: int, words: str | None
) -> None:
    """As by looking at every passage of every document."""
    monkeypatch.setattr(held_namespaces, "MOST_BYTES", held_bytes)
    documents = many(90)
    query = unit(10_000)

    async def run() -> SearchResult:
        store, reader = await opened(tmp_path)
        await store.upsert("shop", documents)
        mode = "semantic" if words is None else "hybrid"
        asked = SearchRequest("shop", words, text_query_vector=query, mode=mode, limit=100)
        return await reader.search(asked)

    hits = asyncio.run(run()).hits
    expected = brute(documents, query)
    by_cosine = sorted(hits, key=lambda hit: hit.semantic_rank or 0)
    assert [hit.id for hit in by_cosine] == [id for id, _, _ in expected]
    for hit, (_, cosine, (start, end)) in zip(by_cosine, expected, strict=True):
        assert hit.passage is not None
        assert (hit.passage.start, hit.passage.end) == (start, end)
        assert hit.passage.score == pytest.approx(cosine, abs=1e-5)
        assert hit.explain["text_vector"].raw == hit.passage.score


def test_one_long_text_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its passages are nearer than all others, and more than are asked for at a time."""
    monkeypatch.setattr(held_namespaces, "MOST_BYTES", 0)
    query = unit(1)
    long = document("long", range(300))
    near = tuple(replace(passage, vector=query) for passage in long.passages)
    long = replace(long, passages=near, text_vector=query)
    others = [document(f"d{n}", [1000 + n]) for n in range(50)]

    async def run() -> SearchResult:
        store, reader = await opened(tmp_path)
        await store.upsert("shop", [long, *others])
        asked = SearchRequest("shop", text_query_vector=query, mode="semantic", limit=100)
        return await reader.search(asked)

    found = [hit.id for hit in asyncio.run(run()).hits]
    assert found[0] == "long"
    assert set(found) == {"long", *(other.id for other in others)}


@pytest.mark.parametrize("held_bytes", [1 << 30, 0], ids=["in memory", "in the table"])
def test_a_passage_passes_a_filter_as_its_document_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_bytes: int
) -> None:
    """By metadata, by id, and by words of the whole text that the passage does not hold."""
    monkeypatch.setattr(held_namespaces, "MOST_BYTES", held_bytes)
    documents = [document("a", [1, 2, 3], brand="x"), document("b", [4, 5]), document("c", [6])]
    filters: dict[str, dict[str, object]] = {
        "a": {"field": "brand", "op": "eq", "value": "x"},
        "bc": {"not": {"field": "brand", "op": "exists", "value": True}},
        "ab": {"field": "id", "op": "in", "value": ["a", "b"]},
        "b": {"field": "text", "op": "contains", "value": "passage04"},
        "ac": {"not": {"field": "text", "op": "contains", "value": "passage04"}},
        "abc": {"field": "text", "op": "exists", "value": True},
    }

    async def run() -> dict[str, set[str]]:
        store, reader = await opened(tmp_path)
        await store.upsert("shop", documents)
        found = {}
        for name, wanted in filters.items():
            asked = SearchRequest(
                "shop", text_query_vector=unit(5), mode="semantic", filter=parse(wanted)
            )
            found[name] = {hit.id for hit in (await reader.search(asked)).hits}
        taken = await store.where("shop", {"field": "source", "op": "eq", "value": "LTM"})
        assert [entry.id for entry in taken] == ["a", "b", "c"]
        return found

    assert asyncio.run(run()) == {name: set(name) for name in filters}


def test_pages_and_headings_are_kept_and_said_of_a_hit(tmp_path: Path) -> None:
    """Of the passage that was found; they are part of what tells two documents apart."""
    sections = (Section(0, 1, "First"), Section(10, 2, "Second"))
    long = replace(document("a", [1, 2]), sections=sections)
    short = replace(document("b", [3]), sections=(Section(0, 7),))

    async def run() -> None:
        store, reader = await opened(tmp_path)
        await store.upsert("shop", [long, short])
        asked = SearchRequest("shop", text_query_vector=unit(2), mode="semantic")
        found = {hit.id: hit.passage for hit in (await reader.search(asked)).hits}
        assert found["a"] is not None
        assert found["b"] is not None
        assert (found["a"].start, found["a"].page, found["a"].heading) == (10, 2, "Second")
        assert (found["b"].start, found["b"].page, found["b"].heading) == (0, 7, None)
        assert (await reader.get("shop", "a")).sections == sections
        before = await contents(await connect(str(tmp_path)), "shop")
        await store.upsert("shop", [replace(long, sections=())])
        after = await contents(await connect(str(tmp_path)), "shop")
        assert before["a"] != after["a"]
        assert before["b"] == after["b"]

    asyncio.run(run())


def test_a_text_of_no_readable_passage_is_found_by_its_words(tmp_path: Path) -> None:
    """Passages without a vector have no row."""
    long = document("a", [1, 2, 3])
    partly = tuple(
        replace(p, vector=None if at != 1 else p.vector) for at, p in enumerate(long.passages)
    )
    none = tuple(replace(p, vector=None) for p in long.passages)

    async def run() -> None:
        store, reader = await opened(tmp_path)
        await store.upsert(
            "shop",
            [
                replace(long, passages=partly, text_vector=unit(2)),
                replace(long, id="b", passages=none, text_vector=None),
            ],
        )
        assert await rows(tmp_path) == {"a": [0], "b": [0]}
        asked = SearchRequest("shop", "passage03", text_query_vector=unit(2))
        found = {hit.id: hit.passage for hit in (await reader.search(asked)).hits}
        assert found["a"] is not None
        assert found["a"].start == 10
        assert set(found) == {"a", "b"}

    asyncio.run(run())


@pytest.mark.parametrize("tidied", [False, True], ids=["as written", "after upkeep"])
def test_a_document_is_read_once_and_not_for_each_passage(tmp_path: Path, tidied: bool) -> None:
    """Lance takes a lone value among nulls for the value of all rows, and reads it as often."""
    long = document("a", range(60))
    text = (long.text or "") + "x" * 100_000
    sections = tuple(Section(at, heading="h" * 300) for at in range(0, 600, 2))
    whole = replace(long, text=text, picture=b"p" * 100_000, sections=sections)

    async def run() -> dict[str, int]:
        store, _ = await opened(tmp_path)
        for id in ("a", "b", "c"):
            await store.upsert("shop", [replace(whole, id=id)])
        table = await open_table(await connect(str(tmp_path)), table_of("shop"))
        assert table is not None
        if tidied:
            await table.optimize()
        columns = ["text", "words", "picture", "sections"]
        return {name: (await table.query().select([name]).to_arrow()).nbytes for name in columns}

    sizes = asyncio.run(run())
    assert {name for name, size in sizes.items() if size > 1_000_000} == set()

"""Texts that an older release analysed: searched as before, analysed anew, nothing lost between."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from lancedb.index import FTS

from retrieval.documents import Document
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store import IndexReader, IndexStore
from retrieval.store.connection import connect, open_table
from retrieval.store.rows import to_table
from retrieval.store.schema import (
    OLDER_WORDS,
    WORDS,
    document_schema,
    new_incarnation,
    ready_metadata,
    table_of,
    words_ready_at,
)
from retrieval.store.settings_table import write_settings
from retrieval.store.writing import analysing
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, text_vector

OLDER_INDEX = FTS(stem=True, remove_stop_words=True, ascii_folding=True, max_token_length=64)
TEXTS = {"the": "The The", "cat": "私は猫が好きです", "mug": "two striped mugs", "none": None}
PICTURE = {"picture": b"picture", "picture_mime": "image/png"}


def documents() -> list[Document]:
    """Return a document for each text, with a vector, metadata, and one with a picture only."""
    return [
        document(
            id,
            text,
            metadata={"sku": f"BW-{id}", "price": 4},
            text_vector=None if text is None else text_vector(1, at),
            **(PICTURE if text is None else {}),
        )
        for at, (id, text) in enumerate(TEXTS.items())
    ]


async def older(folder: Path, given: Sequence[Document], namespace: str = "shop") -> None:
    """Write a namespace as version 3 had it."""
    db = await connect(str(folder))
    schema = document_schema(16, 24, new_incarnation())
    at = schema.get_field_index(WORDS)
    schema = schema.set(at, pa.field(OLDER_WORDS, pa.utf8(), nullable=False))
    for column, kind in (("n_price", pa.float64()), ("s_sku", pa.utf8())):
        schema = schema.append(pa.field(column, kind))
    table = await db.create_table(
        table_of(namespace), to_table(given, schema), on_bad_vectors="null"
    )
    await table.create_index(OLDER_WORDS, config=OLDER_INDEX)
    await write_settings(db, {"schema_version": "3"})


async def opened(folder: Path) -> tuple[IndexStore, IndexReader]:
    """Open an index to write and to read."""
    store = await IndexStore.open(str(folder))
    await store.claim(FINGERPRINT)
    return store, await IndexReader.open(str(folder))


async def found(reader: IndexReader, query: str, namespace: str = "shop") -> list[str]:
    """Return the ids that words find."""
    request = SearchRequest(namespace, query_text=query, mode="keyword")
    return [hit.id for hit in (await reader.search(request)).hits]


def said(read: Document) -> tuple:
    """Return what was given for a document."""
    vector = None if read.text_vector is None else read.text_vector.tolist()
    return (read.text, read.picture, read.metadata, read.created_at, vector)


async def whole(reader: IndexReader) -> dict[str, tuple]:
    """Return all documents with all that was given for them."""
    page = await reader.page("shop", 1000)
    return {entry.id: said(await reader.get("shop", entry.id)) for entry in page.entries}


def test_an_older_index_is_searched_as_before_and_says_so(tmp_path):
    """Until its texts were analysed anew; a search by vectors alone has nothing to say."""

    async def run():
        await older(tmp_path, documents())
        store, reader = await opened(tmp_path)
        vector = text_vector(1)
        both = SearchRequest("shop", query_text="mug", text_query_vector=vector)
        before = await reader.search(both)
        semantic = await reader.search(replace(both, mode="semantic"))
        names = await found(reader, "mug"), await found(reader, "the the")
        await store.maintain("shop")
        after = await reader.search(both)
        return str(store.migrated), names, before, semantic, after

    def codes(result: SearchResult) -> list[str]:
        return [warning.code for warning in result.warnings]

    migrated, names, before, semantic, after = asyncio.run(run())
    assert "1 namespaces will have their words analysed anew" in migrated
    assert names == (["mug"], [])
    assert codes(before) == ["older_analysis", "relevance_by_meaning"]
    assert codes(semantic) == codes(after) == []


def test_upkeep_analyses_an_older_namespace_anew(tmp_path):
    """Then stop words, other scripts, ids and SKUs are found, and every document is as it was."""

    async def run():
        await older(tmp_path, documents())
        store, reader = await opened(tmp_path)
        before = await whole(reader)
        actions = (await store.maintain("shop")).actions
        queries = ("The The", "猫", "mug", "bwcat", "none")
        names = [await found(reader, query) for query in queries]
        return before, await whole(reader), actions, names, (await store.maintain("shop")).actions

    before, after, actions, names, again = asyncio.run(run())
    assert after == before
    assert len(after) == len(TEXTS)
    assert "analyse_text" in actions
    assert names == [["the"], ["cat"], ["mug"], ["cat"], ["none"]]
    assert "analyse_text" not in again


@pytest.mark.parametrize("steps", range(5))
def test_analysing_anew_may_end_anywhere(tmp_path, monkeypatch, steps):
    """The next turn goes on: after a part, before the index, before it is called ready."""
    monkeypatch.setattr(analysing, "_ROWS", {"TEXT": 1, "IMAGE": 1})
    monkeypatch.setattr(analysing, "MERGES", 1)

    async def run():
        await older(tmp_path, documents())
        store, reader = await opened(tmp_path)
        before = await whole(reader)
        for _ in range(steps):
            await store.maintain("shop")
        await store.close()
        # What was begun is another writer's to end.
        store, reader = await opened(tmp_path)
        await store.upsert("shop", [document("cat", "another 猫")])
        for _ in range(len(TEXTS) + 1):
            await store.maintain("shop")
        return before, await whole(reader), await found(reader, "猫"), await found(reader, "the")

    before, after, cats, the = asyncio.run(run())
    del before["cat"]
    assert after.pop("cat")[0] == "another 猫"
    assert after == before
    assert (cats, the) == (["cat"], ["the"])


def test_a_document_that_is_written_meanwhile_keeps_its_new_words(tmp_path, monkeypatch):
    """The analysis of what it was comes too late, and one that was deleted stays away."""
    merge = analysing._merge

    async def run():
        await older(tmp_path, documents())
        store, reader = await opened(tmp_path)

        async def late(table, words, fence):
            other = await IndexStore.open(str(tmp_path), at_once=False)
            other._fence = fence
            await other.claim(FINGERPRINT)
            await other.upsert("shop", [document("cat", "a dog")])
            await other.delete("shop", ["the"])
            await merge(table, words, fence)

        monkeypatch.setattr(analysing, "_merge", late)
        await store.maintain("shop")
        return [await found(reader, query) for query in ("dog", "猫", "The The", "mug")]

    assert asyncio.run(run()) == [["cat"], [], [], ["mug"]]


def test_what_the_older_release_reads_stays_for_a_while(tmp_path):
    """Its replicas may search until the rollout is through; then it goes."""

    async def run():
        await older(tmp_path, documents())
        store, reader = await opened(tmp_path)
        await store.maintain("shop")
        db = await connect(str(tmp_path))
        table = await open_table(db, table_of("shop"))
        assert table is not None
        there = OLDER_WORDS in (await table.schema()).names
        ready_at = words_ready_at(await table.schema())
        assert ready_at is not None
        await store.upsert("shop", [document("late", "late text")])
        long_ago = ready_metadata(ready_at - timedelta(hours=1))
        await table.checkout_latest()
        await table.update_field_metadata({"path": WORDS, "metadata": long_ago})
        await store.maintain("shop")
        await table.checkout_latest()
        gone = OLDER_WORDS not in (await table.schema()).names
        return there, gone, await found(reader, "late"), await found(reader, "the")

    assert asyncio.run(run()) == (True, True, ["late"], ["the"])


def test_a_purge_of_an_older_namespace_leaves_no_older_words(tmp_path):
    """They hold the texts of what was deleted."""

    async def run():
        await older(tmp_path, documents())
        store, reader = await opened(tmp_path)
        await store.delete("shop", ["mug"])
        await store.rewrite("shop")
        table = await open_table(await connect(str(tmp_path)), table_of("shop"))
        assert table is not None
        return (await table.schema()).names, await found(reader, "猫")

    names, cats = asyncio.run(run())
    assert OLDER_WORDS not in names
    assert cats == ["cat"]

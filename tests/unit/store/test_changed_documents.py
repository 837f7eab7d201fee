"""Documents changed and deleted where they stand: rows as they were, and nobody's write lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import NotFound, WriteConflict
from retrieval.filtering.parse import parse
from retrieval.merge_patch import patched
from retrieval.store import IndexReader, IndexStore
from retrieval.store.connection import connect, open_table
from retrieval.store.entries import digest_of
from retrieval.store.schema import table_of
from tests.unit.store.changed_samples import document, opened


async def rows(folder: Path) -> list[dict[str, Any]]:
    """Return all rows of the table, in order, without the writer's own columns."""
    table = await open_table(await connect(str(folder)), table_of("shop"))
    assert table is not None
    found = await table.query().to_list()
    kept = [{k: v for k, v in row.items() if not k.startswith("w_")} for row in found]
    return sorted(kept, key=lambda row: (row["id"], row["part"]))


@settings(max_examples=12, deadline=None)
@given(st.sampled_from([0, 1, 2, 5]), st.booleans())
def test_what_is_read_and_written_again_has_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, passages: int, has_picture: bool
) -> None:
    """Text, vectors, passages with their places, sections, picture and typed columns."""
    folder = tmp_path_factory.mktemp("index")

    async def run() -> None:
        store = await opened(folder)
        picture = b"picture" if has_picture else None
        await store.upsert("shop", [document("a", passages, picture, price=2, tags=["x", None])])
        before = await rows(folder)
        there = await store.stored("shop", "a")
        await store.replace("shop", there, digest_of(there))
        assert await rows(folder) == before
        await store.close()

    asyncio.run(run())


def test_other_metadata_is_found_by_and_the_vectors_stay(tmp_path: Path) -> None:
    """Filters see the new value in every row; no row is left with the old one."""

    async def run() -> None:
        store = await opened(tmp_path)
        await store.upsert("shop", [document("a", 4, price=2, brand="x"), document("b", price=2)])
        there = await store.stored("shop", "a")
        after = replace(there, metadata=patched(there.metadata, {"price": 3, "brand": None}))
        await store.replace("shop", after, digest_of(there))
        found = {
            id: await taken(store, {"field": "price", "op": "eq", "value": id}) for id in (2, 3)
        }
        assert found == {2: ["b"], 3: ["a"]}
        assert [row["n_price"] for row in await rows(tmp_path)] == [3.0, 3.0, 3.0, 2.0]
        again = await store.stored("shop", "a")
        assert again.metadata == {"price": 3}
        assert np.array_equal(again.text_vector, there.text_vector)
        assert len(again.passages) == 3
        await store.close()

    asyncio.run(run())


async def taken(store: IndexStore, filter: dict[str, Any]) -> Sequence[str]:
    return (await store.matching("shop", parse(filter))).ids


def test_a_document_that_was_written_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """A picture, a text, a deletion: whatever came between wins, and the change hears of it."""

    async def run() -> None:
        store = await opened(tmp_path)
        await store.upsert("shop", [document("a", picture=b"one")])
        there = await store.stored("shop", "a")
        await store.upsert("shop", [document("a", picture=b"two")])
        with pytest.raises(WriteConflict):
            await store.replace("shop", replace(there, metadata={"k": 1}), digest_of(there))
        assert (await store.stored("shop", "a")).picture == b"two"
        await store.delete("shop", ["a"])
        with pytest.raises(NotFound):
            await store.replace("shop", there, digest_of(there))
        await store.close()

    asyncio.run(run())


VALUES = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["x", "2026-01-01"]))


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "it's", "d"]), VALUES, min_size=1),
    st.sampled_from(["eq", "ne"]),
)
def test_a_filter_deletes_what_it_finds_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, held: dict[str, Any], op: str
) -> None:
    """Passages of a long text go with their document; against the filter in plain Python."""
    folder = tmp_path_factory.mktemp("index")

    async def run() -> None:
        store = await opened(folder)
        long = {id: document(id, 3 * (id == "a"), k=v) for id, v in held.items()}
        await store.upsert("shop", list(long.values()))
        first = held[min(held)]
        wanted = parse({"field": "k", "op": op, "value": first})
        same = {id for id, v in held.items() if (type(v), v) == (type(first), first)}
        expected = same if op == "eq" else set(held) - same
        found = await store.matching("shop", wanted)
        assert set(found.ids) == expected
        result, ids = await store.delete_matching("shop", found.ids, wanted)
        assert (result.deleted, set(ids)) == (len(expected), expected)
        assert await store.ids("shop") == set(held) - expected
        assert {row["id"] for row in await rows(folder)} == set(held) - expected
        await store.close()

    asyncio.run(run())


def test_what_is_another_one_by_now_is_not_deleted(tmp_path: Path) -> None:
    """Between finding and deleting it was written anew, and the filter takes it no more."""

    async def run() -> None:
        store = await opened(tmp_path)
        await store.upsert("shop", [document("a", price=1), document("b", price=1)])
        cheap = parse({"field": "price", "op": "lt", "value": 2})
        found = await store.matching("shop", cheap)
        await store.upsert("shop", [document("a", price=5)])
        result, ids = await store.delete_matching("shop", found.ids, cheap)
        assert (result.deleted, list(ids)) == (1, ["b"])
        assert await store.ids("shop") == {"a"}
        await store.close()

    asyncio.run(run())


def test_readers_and_the_writer_agree_on_a_digest(tmp_path: Path) -> None:
    """What a client reads is what its condition is compared with; a picture alone changes it."""

    async def run() -> None:
        store, reader = await opened(tmp_path), None
        await store.upsert("shop", [document("a", picture=b"one", price=1.5, tags=["x"])])
        reader = await IndexReader.open(str(tmp_path))
        first = digest_of(await reader.get("shop", "a"))
        assert first == digest_of(await store.stored("shop", "a"))
        await store.upsert("shop", [document("a", picture=b"two", price=1.5, tags=["x"])])
        assert digest_of(await reader.get("shop", "a")) != first
        await store.close()
        await reader.close()

    asyncio.run(run())

"""Writing: upserts, deletes, namespaces, and what is refused."""

import asyncio

import numpy as np
import pytest

from retrieval import errors
from retrieval.filtering.fields import MAX_COLUMNS
from retrieval.store import IndexStore
from tests.unit.retrieval.retrieval_samples import (
    FINGERPRINT,
    document,
    image_vector,
    later,
    on_index,
    text_vector,
)

WHOLE = document(
    "whole",
    "a striped mug",
    picture=b"\x89PNG\x00",
    picture_mime="image/png",
    metadata={"price": 5, "big": 2**62 + 1, "tags": ["a", 1, None], "none": None, "Ünï": 0}
    | {"ok": True, "ratio": 0.1},
    source="STM",
    created_at=later(0.000001),
    text_vector=text_vector(1, 2),
    image_vector=image_vector(3, 4),
)
WHOLE.metadata.pop("Ünï")


def same(one, other):
    """Compare two documents, vectors by value."""
    plain = [name for name in one.__dataclass_fields__ if not name.endswith("_vector")]
    return all(getattr(one, name) == getattr(other, name) for name in plain) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("text_vector", "image_vector")
    )


def test_a_document_comes_back_as_it_was_written(tmp_path):
    """Every part survives, large integers and microseconds included."""

    async def act(store, reader):
        return await reader.get("shop", "whole")

    assert same(on_index(tmp_path, [WHOLE], act), WHOLE)


def test_a_bare_document_comes_back_as_it_was_written(tmp_path):
    """Absent parts stay absent."""
    bare = document("bare", text="")

    async def act(store, reader):
        return await reader.get("shop", "bare")

    assert same(on_index(tmp_path, [bare, WHOLE], act), bare)


def test_an_upsert_replaces_the_whole_document(tmp_path):
    """No metadata, picture or vector of the old version shines through."""

    async def act(store, reader):
        await store.upsert("shop", [document("whole", "new")])
        return await reader.get("shop", "whole"), await reader.count("shop")

    found, count = on_index(tmp_path, [WHOLE], act)
    assert same(found, document("whole", "new"))
    assert count == 1


def test_of_equal_ids_in_one_call_the_last_wins(tmp_path):
    """As if they had been written one after another."""

    async def act(store, reader):
        written = await store.upsert("shop", [document("a", "one"), document("a", "two")])
        return written.upserted, (await reader.get("shop", "a")).text

    assert on_index(tmp_path, [], act) == (1, "two")


def test_versions_grow_with_every_write(tmp_path):
    """A caller can tell a newer index from an older one."""

    async def act(store, reader):
        first = await store.upsert("shop", [document("a")])
        second = await store.delete("shop", ["a"])
        return first.version, second.version, second.deleted, await reader.version("shop")

    first, second, deleted, read = on_index(tmp_path, [], act)
    assert first < second == read
    assert deleted == 1


def test_deleting_what_is_not_there_is_no_error(tmp_path):
    """A repeated delete has nothing left to do."""

    async def act(store, reader):
        return (await store.delete("shop", ["b", "'; DROP"])).deleted, await reader.count("shop")

    assert on_index(tmp_path, [document("a")], act) == (0, 1)


def test_deleting_from_an_unknown_namespace_is_an_error(tmp_path):
    """A misspelt namespace must not look like success."""

    async def act(store, reader):
        await store.delete("shoo", ["a"])

    with pytest.raises(errors.NotFound):
        on_index(tmp_path, [], act)


def test_a_dropped_namespace_is_gone_and_can_be_made_again(tmp_path):
    """Nothing of the old one is found in the new one."""

    async def act(store, reader):
        await store.drop_namespace("shop")
        gone = await reader.namespaces()
        await store.upsert("shop", [document("b")])
        return gone, [entry.id for entry in (await reader.page("shop", 10)).entries]

    assert on_index(tmp_path, [document("a")], act) == ([], ["b"])


def test_namespaces_are_listed_sorted(tmp_path):
    """Other tables of the index are none."""

    async def act(store, reader):
        for namespace in ("zoo", "b-1", "a_2"):
            await store.upsert(namespace, [document("a")])
        return await reader.namespaces(), await store.namespaces()

    assert on_index(tmp_path, [document("a")], act) == (["a_2", "b-1", "shop", "zoo"],) * 2


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (document("a/b"), errors.InvalidDocumentId),
        (document("a", metadata={"a": {}}), errors.InvalidMetadata),
        (document("a", text_vector=image_vector(1)), errors.WrongDimension),
        (document("a", image_vector=np.full(24, np.nan, np.float32)), errors.NonFiniteVector),
    ],
)
def test_one_bad_document_keeps_the_whole_call_from_writing(tmp_path, bad, error):
    """A call is one commit or none."""

    async def act(store, reader):
        with pytest.raises(error):
            await store.upsert("shop", [document("good"), bad])
        return await reader.count("shop")

    assert on_index(tmp_path, [], act) == 0


def test_keys_used_as_data_are_refused(tmp_path):
    """A thousand distinct keys mean that ids were used as keys."""
    wild = document("a", metadata={f"key{i}": i for i in range(MAX_COLUMNS)})

    async def act(store, reader):
        await store.upsert("shop", [wild])

    with pytest.raises(errors.TooManyFields):
        on_index(tmp_path, [], act)


def test_writing_needs_a_claim(tmp_path):
    """The index must know whose vectors it holds."""

    async def run():
        store = await IndexStore.open(str(tmp_path))
        await store.upsert("shop", [document("a")])

    with pytest.raises(errors.IncompatibleIndex, match="claim"):
        asyncio.run(run())


def test_a_namespace_whose_keyword_index_is_missing_is_repaired(tmp_path):
    """A crash may come between the table and its index."""

    async def run():
        from retrieval.store.connection import connect
        from retrieval.store.schema import document_schema

        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        await (await connect(str(tmp_path))).create_table("ns.shop", schema=document_schema(16, 24))
        await store.upsert("shop", [document("a")])
        return (await store.maintain("shop")).actions

    assert "index_text" not in asyncio.run(run())


@pytest.mark.parametrize("metadata", [{}, {"kind": 5}, {"kind": ["artifact"]}])
def test_a_programs_own_filter_takes_none_where_nobody_has_its_field_in_its_type(
    tmp_path, metadata
):
    """What callers keep under the name must not keep their documents from being forgotten."""

    async def act(store, reader):
        wanted = {"field": "kind", "op": "eq", "value": "artifact"}
        before = await store.where("shop", wanted)
        await store.upsert("shop", [document("b", metadata={"kind": "artifact"})])
        return before, [entry.id for entry in await store.where("shop", wanted)]

    assert on_index(tmp_path, [document("a", metadata=metadata)], act) == ([], ["b"])


def test_a_restarted_writer_goes_on_where_it_stopped(tmp_path):
    """Also in a namespace whose documents brought columns of their own."""

    async def act(store, reader):
        again = await IndexStore.open(str(tmp_path))
        await again.upsert("shop", [document("a", metadata={"size": 3}), document("b")])
        await again.delete("shop", ["whole"])
        return [entry.id for entry in (await reader.page("shop", 10)).entries]

    assert on_index(tmp_path, [WHOLE], act) == ["a", "b"]


def test_concurrent_upserts_of_one_process_all_arrive(tmp_path):
    """Callers need not queue; the store does."""

    async def act(store, reader):
        await asyncio.gather(
            *(store.upsert("shop", [document(f"d{i}", metadata={f"k{i}": i})]) for i in range(12))
        )
        return await reader.count("shop")

    assert on_index(tmp_path, [], act) == 12

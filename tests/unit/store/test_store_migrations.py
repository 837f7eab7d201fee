"""Migrations: an old index becomes a current one, a newer one is left alone."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from retrieval.documents import Passage
from retrieval.errors import IncompatibleIndex, StorageFailed
from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.connection import connect
from retrieval.store.migrations import MIGRATIONS, migrate, recorded_version
from retrieval.store.schema import PART_FIELDS, SCHEMA_VERSION
from retrieval.store.settings_table import SCHEMA_VERSION_KEY, read_settings, write_settings
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, NEW_YEAR, document, text_vector


def version_0_rows():
    """Return a table as it was before derived columns: two documents.

    Version 1 had the same columns and derived ones, which are derived anew.
    """
    schema = pa.schema(
        [
            pa.field("id", pa.utf8()),
            pa.field("text", pa.utf8()),
            pa.field("metadata", pa.utf8()),
            pa.field("picture", pa.large_binary()),
            pa.field("picture_mime", pa.utf8()),
            pa.field("source", pa.utf8()),
            pa.field("created_at", pa.timestamp("us", tz="UTC")),
            pa.field("text_vector", pa.list_(pa.float32(), 16)),
            pa.field("image_vector", pa.list_(pa.float32(), 24)),
        ]
    )
    row = {
        "text": "a mug",
        "picture": None,
        "picture_mime": None,
        "source": "LTM",
        "created_at": NEW_YEAR,
        "text_vector": text_vector(1).tolist(),
        "image_vector": None,
    }
    rows = [
        {**row, "id": "cheap", "metadata": json.dumps({"price": 5})},
        {**row, "id": "dear", "metadata": json.dumps({"price": "on request", "brand": "Acme"})},
    ]
    return pa.Table.from_pylist(rows, schema=schema)


async def version_0(folder):
    """Write an index of version 0."""
    db = await connect(str(folder))
    await db.create_table("ns.shop", version_0_rows(), on_bad_vectors="null")
    return db


def test_an_index_of_version_0_can_be_searched_after_opening(tmp_path):
    """Keyword search, filters and upserts work on the old documents."""

    async def run():
        await version_0(tmp_path)
        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document("new", "another mug", metadata={"price": 7})])
        reader = await IndexReader.open(str(tmp_path))
        cheap = parse({"field": "price", "op": "lt", "value": 20})
        found = await reader.search(SearchRequest("shop", query_text="mug", filter=cheap))
        brand = await reader.search(SearchRequest("shop", query_text="acme"))
        return sorted(hit.id for hit in found.hits), [hit.id for hit in brand.hits]

    assert asyncio.run(run()) == (["cheap", "new"], ["dear"])


def test_a_document_of_an_older_version_comes_back_whole(tmp_path):
    """From version 1 as from version 0: text, metadata, time and vector."""

    async def run(version):
        folder = tmp_path / str(version)
        db = await version_0(folder)
        await write_settings(db, {"schema_version": str(version)})
        await migrate(db)
        reader = await IndexReader.open(str(folder))
        found = await reader.get("shop", "dear")
        return found.text, found.metadata, found.created_at, found.text_vector.tolist()

    whole = ("a mug", {"price": "on request", "brand": "Acme"}, NEW_YEAR, text_vector(1).tolist())
    assert asyncio.run(run(0)) == asyncio.run(run(1)) == whole


def test_migrating_twice_changes_nothing(tmp_path):
    """A crash between a step and its record repeats the step."""

    async def run():
        db = await version_0(tmp_path)
        before = await recorded_version(db)
        await migrate(db)
        await MIGRATIONS[1](db)
        table = await db.open_table("ns.shop")
        return before, await recorded_version(db), await table.count_rows()

    assert asyncio.run(run()) == (0, SCHEMA_VERSION, 2)


def test_a_new_folder_starts_at_the_current_version(tmp_path):
    """There is nothing to migrate."""

    async def run():
        db = await connect(str(tmp_path))
        before = await recorded_version(db)
        await migrate(db)
        return before, await read_settings(db)

    assert asyncio.run(run()) == (None, {"schema_version": str(SCHEMA_VERSION)})


@pytest.mark.parametrize("kind", [IndexStore, IndexReader])
def test_an_index_of_a_newer_release_is_refused(tmp_path, kind):
    """Both versions and the way out are in the message."""

    async def run():
        db = await connect(str(tmp_path))
        await write_settings(db, {"schema_version": "99"})
        await kind.open(str(tmp_path))

    with pytest.raises(IncompatibleIndex, match=rf"99.*{SCHEMA_VERSION}.*newer release"):
        asyncio.run(run())


def test_a_reader_waits_for_the_writer_to_migrate(tmp_path):
    """It says so instead of failing on a missing column."""

    async def run():
        await version_0(tmp_path)
        await IndexReader.open(str(tmp_path))

    with pytest.raises(IncompatibleIndex, match="writer migrates"):
        asyncio.run(run())


def test_every_version_has_a_migration():
    """No gap between 0 and the current schema."""
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION + 1))


def test_a_namespace_that_cannot_be_read_keeps_no_writer_from_starting(tmp_path):
    """It is named, the others are migrated; a folder that a killed drop left is none."""

    async def run():
        for name in ("shop", "zoo"):
            store = await IndexStore.open(str(tmp_path))
            await store.claim(FINGERPRINT)
            await store.upsert(name, [document("a")])
            await store.close()
        db = await connect(str(tmp_path))
        for name in ("shop", "zoo"):
            table = await db.open_table(f"ns.{name}")
            await table.update_field_metadata({"path": "id", "metadata": {}, "replace": True})
        await write_settings(db, {"schema_version": "2"})
        for manifest in (tmp_path / "ns.shop.lance" / "_versions").glob("*.manifest"):
            manifest.write_bytes(b"torn")
        (tmp_path / "ns.dropped.lance").mkdir()
        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        await store.upsert("zoo", [document("b")])
        await store.upsert("dropped", [document("c")])
        size = await store.size()
        reader = await IndexReader.open(str(tmp_path))
        with pytest.raises(StorageFailed):
            await reader.search(SearchRequest("shop", query_text="mug"))
        return str(store.migrated), size

    migrated, size = asyncio.run(run())
    assert "1 namespaces can be told" in migrated
    assert "left out ns.shop" in migrated
    assert size.unreadable == ("shop",)
    assert size.documents == 3


def test_an_index_of_version_4_takes_long_texts_after_opening(tmp_path):
    """Its documents stay as they are and are found as before; nothing is encoded anew."""
    fresh = document("fresh", "a mug", text_vector=text_vector(1))
    parts = (Passage(0, 5, text_vector(1, 2)), Passage(6, 9, text_vector(1, 9)))
    long = replace(
        fresh, id="long", text="a red mug", text_vector=text_vector(1, 2), passages=parts
    )

    async def run():
        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [replace(fresh, id="old")])
        await store.close()
        db = await connect(str(tmp_path))
        table = await db.open_table("ns.shop")
        await table.drop_columns([field.name for field in PART_FIELDS])
        await write_settings(db, {SCHEMA_VERSION_KEY: "4"})
        with pytest.raises(IncompatibleIndex):
            await IndexReader.open(str(tmp_path))
        store = await IndexStore.open(str(tmp_path))
        assert store.migrated is not None
        assert (store.migrated.before, store.migrated.after) == (4, SCHEMA_VERSION)
        await store.claim(FINGERPRINT)
        reader = await IndexReader.open(str(tmp_path))
        before = await reader.get("shop", "old")
        assert np.array_equal(before.text_vector, text_vector(1))
        await store.upsert("shop", [long, fresh])
        asked = SearchRequest("shop", text_query_vector=text_vector(1, 9), mode="semantic")
        found = {hit.id: hit.passage for hit in (await reader.search(asked)).hits}
        assert set(found) == {"old", "fresh", "long"}
        assert (found["long"].start, found["long"].end) == (6, 9)
        assert (found["old"].start, found["old"].end) == (0, 5)
        assert await reader.count("shop") == 3

    asyncio.run(run())

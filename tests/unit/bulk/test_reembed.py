"""An index by another model holds the same documents, whatever was written meanwhile."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from deployments.bulk.reembed import CannotEncode, Copier, Encode, NeverEqual
from deployments.commands.reembed import build
from deployments.settings.service import IndexSettings
from retrieval.documents import Document
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    ItemError,
    ItemReport,
    SplitReply,
    SplitRequest,
)
from retrieval.passages.sections import Section
from retrieval.search.request import SearchRequest
from retrieval.store import Fingerprint, IndexReader, IndexStore
from retrieval.store.connection import connect
from retrieval.store.copying import contents, difference, read_documents, settings_in
from retrieval.words.settings import NO_SETTINGS, NamespaceSettings

THEN = datetime(2026, 11, 24, tzinfo=UTC)
OLD = Fingerprint("old", "old", 4, 4, "fp32", True)
NEW = Fingerprint("new", "new", 8, 8, "fp32", True)


def document(id: str, text: str, **metadata: str) -> Document:
    return Document(id, text, None, None, dict(metadata), "STM", THEN, np.ones(4, np.float32), None)


async def anew(request: EncodeRequest) -> EncodeReply:
    """Vectors of the new model; it refuses one word, and reads no further than a bar."""
    rotten = ItemError("empty_input", "not for me")
    reports = [
        ItemReport(rotten if item == "rotten" else None, isinstance(item, str) and "|" in item)
        for item in request.items
    ]
    return EncodeReply(np.full((len(request.items), 8), 0.5, np.float32), reports)


async def whole(request: SplitRequest) -> SplitReply:
    """Cut a text at its bars."""
    return SplitReply([_between_bars(text) for text in request.texts])


def _between_bars(text: str) -> list[tuple[int, int]]:
    ends = [at for at, letter in enumerate(text) if letter == "|"]
    return list(zip([0, *(end + 1 for end in ends)], [*ends, len(text)], strict=True))


async def two_indexes(folder: Path) -> tuple[IndexStore, IndexStore, Copier]:
    stores = []
    for name, fingerprint in (("old", OLD), ("new", NEW)):
        store = await IndexStore.open(str(folder / name))
        await store.claim(fingerprint)
        stores.append(store)
    connections = [await connect(str(folder / name)) for name in ("old", "new")]
    return stores[0], stores[1], Copier(*connections, anew, whole, stores[1])


def writing_to(old: IndexStore) -> Encode:
    """Encode while somebody writes as many documents into the old index."""
    numbers = count()

    async def encode(request: EncodeRequest) -> EncodeReply:
        late = [document(f"late-{next(numbers)}", "text") for _ in request.items]
        await old.upsert("shop", late)
        return await anew(request)

    return encode


def test_copying_ends_when_both_hold_the_same(tmp_path: Path) -> None:
    """Metadata, source and times included; written, changed and deleted in between."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document(f"d{n}", f"text {n}", colour="red") for n in range(70)])
        await copier.until_equal()
        await old.upsert("shop", [document("d1", "another text")])
        await old.upsert("other", [document("x", "elsewhere")])
        await old.delete("shop", ["d2"])
        held = await copier.until_equal()
        assert {name: len(found) for name, found in held.items()} == {"other": 1, "shop": 69}
        [copied] = await read_documents(copier.new, "shop", ["d1"])
        assert (copied.text, copied.source, copied.created_at) == ("another text", "STM", THEN)
        assert copied.text_vector is not None
        assert copied.text_vector.tolist() == [0.5] * 8
        assert difference(held["shop"], await contents(copier.new, "shop")).size == 0

    asyncio.run(main())


def test_a_writer_as_quick_as_the_copy_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    """It ends with little left, which is copied once nobody writes."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document(f"d{n}", f"text {n}") for n in range(70)])
        planned: list[int] = []
        busy = replace(copier, encode=writing_to(old), planned=planned.append)
        _, left = await busy.until_near()
        assert (planned, left) == ([70, 70], 70)
        with pytest.raises(NeverEqual, match="though nobody should"):
            await busy.until_equal()
        held = await copier.until_equal()
        assert difference(held["shop"], await contents(copier.new, "shop")).size == 0

    asyncio.run(main())


def test_a_writer_that_outruns_a_long_copy_is_named(tmp_path: Path) -> None:
    """What is left would take as long again, while nobody could write."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        clock = count(step=60)
        await old.upsert("shop", [document("d", "text")])
        busy = replace(copier, encode=writing_to(old), now_s=lambda: float(next(clock)))
        with pytest.raises(NeverEqual, match=r"as quickly as they are copied \(1 in 60 s\)"):
            await busy.until_near()

    asyncio.run(main())


def test_a_namespace_that_is_dropped_and_made_again_is_read_anew(tmp_path: Path) -> None:
    """It has the name and the version of the one that was read, and other documents."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document("a", "first")])
        await copier.until_equal()
        await old.drop_namespace("shop")
        await old.upsert("shop", [document("b", "second")])
        held = await copier.until_equal()
        assert list(held["shop"]) == ["b"]
        assert difference(held["shop"], await contents(copier.new, "shop")).size == 0

    asyncio.run(main())


def test_a_document_that_the_new_model_refuses_stops_the_copy(tmp_path: Path) -> None:
    """Leaving it out would lose it without a word."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document("a", "fine"), document("b", "rotten")])
        with pytest.raises(CannotEncode, match="b: not for me"):
            await copier.until_equal()

    asyncio.run(main())


def test_a_namespace_that_was_emptied_is_passed_over(tmp_path: Path) -> None:
    """It is a table of the old index without a document, and no table of the new one."""

    async def main() -> None:
        old, new = (IndexSettings(uri=str(tmp_path / name)) for name in ("old", "new"))
        store = await IndexStore.open(old.uri)
        await store.claim(OLD)
        await store.upsert("shop", [document("a", "a mug")])
        await store.upsert("gone", [document("b", "a cup")])
        await store.delete("gone", ["b"])
        held, _ = await build(old, new, anew, whole, NEW, {})
        assert {name: len(found) for name, found in held.items()} == {"gone": 0, "shop": 1}
        # And again, with an index that is there.
        assert await build(old, new, anew, whole, NEW, {}) == (held, 0)

    asyncio.run(main())


def test_long_texts_are_cut_anew_by_the_other_model(tmp_path: Path) -> None:
    """Each passage has a vector of the other model; what was one passage may be several."""
    text = "the first passage of a long text|the second passage of it"

    async def main() -> None:
        old, new, copier = await two_indexes(tmp_path)
        sections = (Section(0, 1), Section(33, 2, "Two"))
        await old.upsert("shop", [replace(document("a", text), sections=sections)])
        await copier.until_equal()
        reader = await IndexReader.open(str(tmp_path / "new"))
        asked = SearchRequest("shop", text_query_vector=np.full(8, 0.5, np.float32))
        [hit] = (await reader.search(asked)).hits
        assert hit.passage is not None
        assert (hit.passage.start, hit.passage.end, hit.passage.page) == (0, 32, 1)
        assert (await reader.get("shop", "a")).sections == sections
        await new.close()

    asyncio.run(main())


def test_the_new_index_is_searched_as_the_old_one_was(tmp_path: Path) -> None:
    """Settings are no document: they are carried beside them, changed ones too."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document("a", "red")])
        for group in ("couch", "settee"):
            settings = NamespaceSettings(synonyms=(("sofa", group),))
            await old.set_settings("shop", settings)
            await copier.until_equal()
            assert await settings_in(copier.new, "shop") == settings.to_json()
        await old.set_settings("shop", NO_SETTINGS)
        await copier.until_equal()
        assert await settings_in(copier.new, "shop") == NO_SETTINGS.to_json()

    asyncio.run(main())

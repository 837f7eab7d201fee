"""Searches of a namespace that has settings: in memory, on the table, after what happens to it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import NotFound, PreconditionFailed
from retrieval.filtering.parse import parse
from retrieval.search.order import SortKey
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store import IndexReader, IndexStore
from retrieval.store.reading.readers import settings_of
from retrieval.words.settings import NO_SETTINGS, NamespaceSettings, PinnedQuery
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, on_index

SHOP = [
    document("sofa", "a red sofa"),
    document("couch", "a green couch"),
    document("lamp", "a red lamp", metadata={"price": 7}),
    document("telly", "a television"),
]
SETTINGS = NamespaceSettings(
    (("sofa", "couch"),),
    {"tv": ("television",)},
    ("cheap",),
    (PinnedQuery("red", ("telly", "gone", "lamp")),),
)
Act = Callable[[IndexStore, Callable[..., Awaitable[SearchResult]]], Awaitable[Any]]


def with_settings(folder: Path, act: Act, held_bytes: int | None = None) -> Any:
    """Set the settings of a shop, and act with its writer and its searches by words."""

    async def run(store: IndexStore, _: IndexReader) -> Any:
        await store.set_settings("shop", SETTINGS)
        reader = await IndexReader.open(str(folder), held_bytes=held_bytes)

        async def search(query: str, **more: Any) -> SearchResult:
            asked = {"mode": "keyword", "query_text": query, "typos": True} | more
            return await reader.search(SearchRequest("shop", **asked))

        return await act(store, search)

    return on_index(folder, SHOP, run)


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


@pytest.mark.parametrize("held_bytes", [None, 0])
def test_synonyms_find_and_are_told(tmp_path: Path, held_bytes: int | None) -> None:
    """Both ways in a group, one way where that was said; wherever the search goes."""

    async def act(_: IndexStore, search: Any) -> None:
        for word in ("sofa", "couch"):
            found = await search(word)
            assert sorted(ids(found)) == ["couch", "sofa"]
            assert len(found.applied.synonyms) == 1
        assert ids(await search("tv")) == ["telly"]
        assert (await search("television")).applied.synonyms == {}

    with_settings(tmp_path, act, held_bytes)


@pytest.mark.parametrize("held_bytes", [None, 0])
def test_stop_words_are_left_out_of_queries_with_others(
    tmp_path: Path, held_bytes: int | None
) -> None:
    async def act(store: IndexStore, search: Any) -> None:
        await store.upsert("shop", [document("cheap", "a cheap thing")])
        found = await search("cheap lamp")
        assert ids(found) == ["lamp"]
        assert found.applied.left_out == ("cheap",)
        assert ids(await search("cheap")) == ["cheap"]

    with_settings(tmp_path, act, held_bytes)


@pytest.mark.parametrize("held_bytes", [None, 0])
def test_pins_stand_first_and_what_is_gone_is_said(tmp_path: Path, held_bytes: int | None) -> None:
    """In their order, found or not; behind the filter; neither in sorted lists nor for others."""

    async def act(_: IndexStore, search: Any) -> None:
        found = await search("Red!")
        assert ids(found) == ["telly", "lamp", "sofa"]
        assert [hit.pinned for hit in found.hits] == [True, True, False]
        assert found.hits[0].score == 0.0
        [said] = [one for one in found.warnings if one.code == "pinned_not_found"]
        assert "'gone'" in said.message
        pages = [ids(await search("red", limit=1, offset=at)) for at in range(3)]
        assert pages == [["telly"], ["lamp"], ["sofa"]]
        dear = parse({"field": "price", "op": "gt", "value": 1})
        assert ids(await search("red", filter=dear)) == ["lamp"]
        assert ids(await search("red", sort=(SortKey("id"),))) == ["lamp", "sofa"]
        assert ids(await search("red lamp"))[0] == "lamp"
        assert [hit.id for hit in (await search("red lamp")).hits if hit.pinned] == []

    with_settings(tmp_path, act, held_bytes)


def test_settings_are_changed_only_where_they_are_what_was_read(tmp_path: Path) -> None:
    """The same ones again make no version; others make one, and the next search goes by them."""

    async def act(store: IndexStore, search: Any) -> None:
        version = await store.set_settings("shop", SETTINGS)
        assert await store.set_settings("shop", SETTINGS, {SETTINGS.digest}) == version
        with pytest.raises(PreconditionFailed):
            await store.set_settings("shop", NO_SETTINGS, {NO_SETTINGS.digest})
        assert sorted(ids(await search("sofa"))) == ["couch", "sofa"]
        after = await store.set_settings("shop", NO_SETTINGS, {SETTINGS.digest})
        assert after > version
        assert ids(await search("sofa")) == ["sofa"]
        with pytest.raises(NotFound):
            await store.set_settings("nowhere", SETTINGS)

    with_settings(tmp_path, act)


def test_settings_outlast_writes_upkeep_and_another_writer_and_go_with_the_namespace(
    tmp_path: Path,
) -> None:
    async def act(store: IndexStore, search: Any) -> None:
        await store.upsert("shop", [document("new", "a couch", metadata={"another": "field"})])
        await store.delete("shop", ["lamp"])
        await store.maintain("shop")
        await store.rewrite("shop")
        other = await IndexStore.open(str(tmp_path))
        await other.claim(FINGERPRINT)
        await other.upsert("shop", [document("newer", "a sofa")])
        reader = await IndexReader.open(str(tmp_path))
        assert await settings_of(reader, "shop") == SETTINGS
        assert sorted(ids(await search("sofa"))) == ["couch", "new", "newer", "sofa"]
        await other.drop_namespace("shop")
        await other.upsert("shop", SHOP)
        assert await settings_of(reader, "shop") == NO_SETTINGS
        with pytest.raises(NotFound):
            await settings_of(reader, "nowhere")

    with_settings(tmp_path, act)

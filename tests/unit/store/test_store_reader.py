"""Reading: always the latest commit, of whichever process."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval import errors
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, on_index

ROOT = Path(__file__).parents[3]

WRITE_ONE = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document
from retrieval.store import IndexStore
async def run():
    store = await IndexStore.open(sys.argv[2])
    await store.claim(FINGERPRINT)
    await store.upsert(sys.argv[3], [document("other", "a teapot")])
asyncio.run(run())
"""


def write_in_another_process(folder, namespace):
    """Upsert one document, a teapot, from a process of its own."""
    command = [sys.executable, "-c", WRITE_ONE, ROOT, folder, namespace]
    subprocess.run(list(map(str, command)), check=True, timeout=60)


def test_another_process_writes_and_the_next_search_finds_it(tmp_path):
    """No refresh, no delay."""

    async def act(store, reader):
        request = SearchRequest("shop", query_text="teapot")
        before = await reader.search(request)
        write_in_another_process(tmp_path, "shop")
        after = await reader.search(request)
        return (
            before.hits,
            [hit.id for hit in after.hits],
            after.index_version > before.index_version,
        )

    assert on_index(tmp_path, [document("a")], act) == ([], ["other"], True)


def test_a_namespace_made_by_another_process_is_found(tmp_path):
    """Even one that this reader has looked for in vain before."""

    async def act(store, reader):
        request = SearchRequest("new", query_text="teapot")
        before = await reader.search(request)
        write_in_another_process(tmp_path, "new")
        return before.total_candidates, [hit.id for hit in (await reader.search(request)).hits]

    assert on_index(tmp_path, [document("a")], act) == (0, ["other"])


def test_a_reader_may_open_before_there_is_an_index(tmp_path):
    """Start order of the processes does not matter."""

    async def run():
        reader = await IndexReader.open(str(tmp_path / "later"))
        before = await reader.namespaces(), await reader.count("shop"), await reader.version("shop")
        store = await IndexStore.open(str(tmp_path / "later"))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document("a")])
        return before, await reader.count("shop")

    assert asyncio.run(run()) == (([], 0, 0), 1)


def test_searching_an_unknown_namespace_finds_nothing(tmp_path):
    """It is an empty one: nothing was put there yet."""

    async def act(store, reader):
        return await reader.search(SearchRequest("nowhere", query_text="mug"))

    result = on_index(tmp_path, [], act)
    assert (result.hits, result.total_candidates, result.index_version) == ([], 0, 0)


@pytest.mark.parametrize(("namespace", "id"), [("shop", "b"), ("nowhere", "a")])
def test_reading_what_is_not_there_is_an_error(tmp_path, namespace, id):
    """A document that is missing and a namespace that is missing."""

    async def act(store, reader):
        await reader.get(namespace, id)

    with pytest.raises(errors.NotFound):
        on_index(tmp_path, [document("a")], act)


def test_a_picture_comes_with_its_type(tmp_path):
    """Bytes as they were written."""
    cup = document("cup", picture=b"\x00\xff", picture_mime="image/webp")

    async def act(store, reader):
        return await reader.picture("shop", "cup")

    assert on_index(tmp_path, [cup], act) == (b"\x00\xff", "image/webp")


def test_a_text_has_no_picture(tmp_path):
    """Asking for it is an error and not empty bytes."""

    async def act(store, reader):
        await reader.picture("shop", "a")

    with pytest.raises(errors.NotFound, match="no picture"):
        on_index(tmp_path, [document("a")], act)


def test_pages_cover_every_document_once_in_the_order_of_ids(tmp_path):
    """By continuing after the last id, and by offset alike."""
    ids = [f"d{i:02d}" for i in range(23)]

    async def act(store, reader):
        by_id, last = [], None
        while entries := (await reader.page("shop", 5, after_id=last)).entries:
            by_id += [entry.id for entry in entries]
            last = by_id[-1]
        offsets = [await reader.page("shop", 5, offset=offset) for offset in range(0, 30, 5)]
        return by_id, [e.id for page in offsets for e in page.entries], offsets[0].total

    assert on_index(tmp_path, [document(id) for id in reversed(ids)], act) == (ids, ids, 23)


def test_a_search_that_meets_a_dropped_namespace_finds_nothing(tmp_path):
    """Dropping is no reason for a reader to fail, whatever moment it comes at."""

    async def act(store, reader):
        async def search():
            return (await reader.search(SearchRequest("shop", query_text="mug"))).total_candidates

        await search()
        first, _, *others = await asyncio.gather(
            search(), store.drop_namespace("shop"), search(), search()
        )
        return [first, *others], await search()

    during, after = on_index(tmp_path, [document("a")], act)
    assert set(during) <= {0, 1}
    assert after == 0


def test_readers_of_two_connections_agree(tmp_path):
    """Replicas give the same answer, scores included."""

    async def act(store, reader):
        other = await IndexReader.open(str(tmp_path))
        request = SearchRequest("shop", query_text="a mug number 7")
        return (await reader.search(request)).hits == (await other.search(request)).hits

    assert on_index(tmp_path, [document(f"d{i}", f"mug number {i}") for i in range(40)], act)


def test_the_index_is_usable_after_the_store_was_closed(tmp_path):
    """Closing loses nothing."""

    async def act(store, reader):
        await store.close()
        return await reader.count("shop"), await (await IndexStore.open(str(tmp_path))).namespaces()

    assert on_index(tmp_path, [document("a")], act) == (1, ["shop"])


def test_several_documents_are_read_at_once_in_the_order_asked_for(tmp_path):
    """Each once; ids and namespaces that do not exist are left out."""

    async def act(store, reader):
        found = await reader.entries("shop", ["c", "gone", "a", "c"])
        nothing = await reader.entries("elsewhere", ["a"])
        return [entry.id for entry in found], nothing, await reader.entries("shop", [])

    documents = [document(id) for id in ("a", "b", "c")]
    assert on_index(tmp_path, documents, act) == (["c", "a"], [], [])

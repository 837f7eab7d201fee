"""What becomes of a namespace in memory when bringing it to a version is interrupted."""

import asyncio
import threading

import pytest

from retrieval.store import IndexReader
from retrieval.store.reading.held import following, held_namespaces
from retrieval.store.reading.held.namespace import HeldNamespace
from tests.unit.held.test_following import asked, carried_out, made
from tests.unit.retrieval.retrieval_samples import on_index


def test_a_search_that_is_given_up_leaves_nothing_half_done(tmp_path, monkeypatch):
    """What it had begun to take in is taken in once, and the next search waits for that."""
    monkeypatch.setattr(following, "AT_ONCE", 0)
    entered, go, grown = threading.Event(), threading.Event(), []
    original = HeldNamespace.grown

    def slow(held, table, *spare):
        grown.append(len(table))
        entered.set()
        assert go.wait(30)
        return original(held, table, *spare)

    async def act(store, reader):
        await reader.search(asked()[0])
        await carried_out(store, ("put", [(1, 9), (9, 3)]))
        monkeypatch.setattr(HeldNamespace, "grown", slow)
        given_up = asyncio.create_task(reader.search(asked()[0]))
        await asyncio.to_thread(entered.wait)
        given_up.cancel()
        following_it = asyncio.create_task(reader.search(asked()[0]))
        await asyncio.gather(given_up, return_exceptions=True)
        go.set()
        found = await following_it
        assert grown == [2]
        fresh = await IndexReader.open(str(tmp_path))
        assert found.hits == (await fresh.search(asked()[0])).hits

    on_index(tmp_path, [made("put", id, id) for id in range(5)], act)


def test_what_failed_midway_is_read_anew(tmp_path, monkeypatch):
    """The search says that it failed; the next one finds what there is."""
    original = following.followed

    async def failing(held, table, edition, schema):
        await original(held, table, edition, schema)
        raise MemoryError("no room")

    async def act(store, reader):
        await reader.search(asked()[0])
        await carried_out(store, ("put", [(1, 9), (9, 3)]))
        with monkeypatch.context() as patch:
            patch.setattr(held_namespaces, "followed", failing)
            with pytest.raises(MemoryError):
                await reader.search(asked()[0])
        fresh = await IndexReader.open(str(tmp_path))
        found = await reader.search(asked()[0])
        assert found.hits == (await fresh.search(asked()[0])).hits

    on_index(tmp_path, [made("put", id, id) for id in range(5)], act)

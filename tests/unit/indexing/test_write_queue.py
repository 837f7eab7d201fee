"""Writes that wait travel in one commit, and every caller hears of its own."""

import asyncio
from collections.abc import Sequence

import pytest

from deployments.batching.batch import QueueFull
from deployments.indexing.write_queue import WriteQueue


class Store:
    """Remembers commits; refuses one that holds a ``bad`` item; can be held."""

    def __init__(self) -> None:
        self.commits: list[tuple[str, list[str]]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, key: str, items: Sequence[str]) -> int:
        await self.gate.wait()
        if "bad" in items:
            raise ValueError("a bad item")
        self.commits.append((key, list(items)))
        return len(self.commits)


def test_writes_that_wait_share_a_commit() -> None:
    """Behind a running commit, three writers become one more commit."""

    async def scenario() -> Store:
        store = Store()
        queue = WriteQueue(store.commit, 100, 100)
        store.gate.clear()
        first = asyncio.create_task(queue.write("n", ["a"]))
        await asyncio.sleep(0)
        rest = [asyncio.create_task(queue.write("n", [item])) for item in "bcd"]
        await asyncio.sleep(0)
        store.gate.set()
        await asyncio.gather(first, *rest)
        return store

    assert asyncio.run(scenario()).commits == [("n", ["a"]), ("n", ["b", "c", "d"])]


def test_a_bad_write_takes_no_stranger_with_it() -> None:
    """A joint commit that fails is repeated write by write."""

    async def scenario():
        store = Store()
        queue = WriteQueue(store.commit, 100, 100)
        store.gate.clear()
        writes = [asyncio.create_task(queue.write("n", [i])) for i in ("x", "a", "bad", "c")]
        await asyncio.sleep(0)
        store.gate.set()
        results = await asyncio.gather(*writes, return_exceptions=True)
        return store, results

    store, results = asyncio.run(scenario())
    assert [isinstance(result, ValueError) for result in results] == [False, False, True, False]
    assert sorted(item for _, items in store.commits for item in items) == ["a", "c", "x"]


def test_the_queue_is_bounded() -> None:
    """What does not fit is refused before anything is written."""

    async def scenario() -> None:
        store = Store()
        queue = WriteQueue(store.commit, 100, 2)
        store.gate.clear()
        first = asyncio.create_task(queue.write("n", ["a", "b"]))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await queue.write("n", ["c"])
        store.gate.set()
        assert await first == 1
        assert await queue.write("n", ["c"]) == 2

    asyncio.run(scenario())


def test_a_writer_that_gives_up_does_not_stop_the_others() -> None:
    """Cancelling one caller neither loses its write nor anybody else's."""

    async def scenario() -> Store:
        store = Store()
        queue = WriteQueue(store.commit, 100, 100)
        store.gate.clear()
        gone = asyncio.create_task(queue.write("n", ["a"]))
        stays = asyncio.create_task(queue.write("n", ["b"]))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        store.gate.set()
        await stays
        await queue.drain()
        return store

    assert asyncio.run(scenario()).commits == [("n", ["a", "b"])]


def test_namespaces_do_not_wait_for_each_other() -> None:
    """Each key has a queue of its own, and commits never mix keys."""

    async def scenario() -> Store:
        store = Store()
        queue = WriteQueue(store.commit, 100, 100)
        await asyncio.gather(*(queue.write(key, [key + i]) for key in "mn" for i in "12"))
        return store

    commits = asyncio.run(scenario()).commits
    assert sorted(commits) == [("m", ["m1", "m2"]), ("n", ["n1", "n2"])]


def test_what_is_large_counts_as_several() -> None:
    """In what waits and in what travels together; alone it is written whatever its size."""

    async def scenario() -> tuple[Store, bool]:
        store = Store()
        queue = WriteQueue(store.commit, 4, 6, size=len)
        store.gate.clear()
        writes = [asyncio.create_task(queue.write("n", ["a"]))]
        await asyncio.sleep(0)
        writes += [asyncio.create_task(queue.write("n", [item])) for item in ("bbb", "cc")]
        await asyncio.sleep(0)
        refused = False
        try:
            await queue.write("n", ["d"])
        except QueueFull:
            refused = True
        store.gate.set()
        await asyncio.gather(*writes)
        await queue.write("n", ["eeeeee"])
        assert queue.waiting == 0
        return store, refused

    store, refused = asyncio.run(scenario())
    assert refused
    assert store.commits == [("n", ["a"]), ("n", ["bbb"]), ("n", ["cc"]), ("n", ["eeeeee"])]

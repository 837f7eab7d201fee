"""A commit that fails: a rotten write is found by halving, a broken store is asked once."""

import asyncio
import math
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.batching.batch import QueueFull
from deployments.indexing.write_queue import WriteQueue, most_commits
from retrieval.errors import StorageFull, TooManyFields, WriterReplaced, is_of_input


class Store:
    """Refuses commits that hold a negative number; fails all of them while ``fault`` is set."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.tries = 0
        self.committed: list[int] = []
        self.gate = asyncio.Event()

    async def commit(self, key: str, items: Sequence[int]) -> int:
        await self.gate.wait()
        self.tries += 1
        if self.fault is not None:
            raise self.fault
        if any(item < 0 for item in items):
            raise TooManyFields("too many", "metadata")
        self.committed += items
        return self.tries


def written(store: Store, numbers: Sequence[int], then: Sequence[int] = ()) -> list:
    """Write each number by a call of its own, all waiting for one commit; then some more."""

    async def run() -> list:
        queue = WriteQueue(store.commit, 1000, 1000, is_of_input)
        writes = [asyncio.create_task(queue.write("n", [number])) for number in numbers]
        await asyncio.sleep(0)
        store.gate.set()
        results = await asyncio.gather(*writes, return_exceptions=True)
        store.fault = None
        results += [await queue.write("n", [number]) for number in then]
        assert queue.waiting == 0
        return results

    return asyncio.run(run())


@pytest.mark.parametrize(
    "fault", [StorageFull("full"), OSError(5, "io"), WriterReplaced("another"), MemoryError()]
)
def test_a_fault_of_the_store_is_met_once_by_two_hundred_writes(fault) -> None:
    """Everybody hears of it at once, and what comes after the fault is written."""
    store = Store(fault)
    *results, later = written(store, range(200), [7])
    assert results == [fault] * 200
    assert store.tries == 2
    assert (later, store.committed) == (2, [7])


def test_one_rotten_write_of_two_hundred_is_found_by_halving() -> None:
    """Its neighbours are written, in a few commits."""
    store = Store()
    results = written(store, [*range(137), -1, *range(137, 199)])
    assert [i for i, result in enumerate(results) if isinstance(result, Exception)] == [137]
    assert store.committed == list(range(199))
    assert store.tries <= 2 * math.ceil(math.log2(200)) + 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(-3, 50), min_size=1, max_size=64))
def test_every_write_is_committed_or_refused_and_hears_which(numbers) -> None:
    """In the order of arrival, within the bound; only who may try again is refused unjustly."""
    store = Store()
    results = written(store, numbers)
    done = [n for n, result in zip(numbers, results, strict=True) if isinstance(result, int)]
    assert store.committed == done
    assert store.tries <= most_commits(len(numbers))
    for number, result in zip(numbers, results, strict=True):
        if number >= 0:
            assert isinstance(result, int | QueueFull)
        else:
            assert isinstance(result, TooManyFields | QueueFull)


def test_where_all_are_rotten_the_tries_are_bounded() -> None:
    """Two hundred refusals do not take four hundred commits."""
    store = Store()
    results = written(store, [-1] * 200)
    assert {type(result) for result in results} <= {TooManyFields, QueueFull}
    assert store.tries <= most_commits(200) < 70

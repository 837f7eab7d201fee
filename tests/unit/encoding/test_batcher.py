"""Batches form when the model thread falls free; their members are strangers."""

import asyncio
import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.batching.batch import (
    BatcherClosed,
    BatchLimits,
    BatchWork,
    Precedence,
    QueueFull,
)
from deployments.batching.batcher import Batcher
from deployments.batching.lanes import QUERIES_IN_A_ROW
from sustainability.work import RequestKey
from tests.unit.encoding.model_samples import Model, held, run


def until_idle(batcher: Batcher, threads: int) -> None:
    """Return once so many threads wait for work."""
    while batcher.idle < threads:
        os.sched_yield()


def test_whatever_waits_when_the_thread_falls_free_travels_together(model: Model) -> None:
    """Three callers that queue behind a running batch share the next one."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        others = [asyncio.create_task(batcher.submit("a", [n])) for n in (2, 3, 4)]
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, *others)

    run(model, scenario)
    assert model.batches == [[1], [2, 3, 4]]


def test_one_bad_item_leaves_its_neighbours_alone(model: Model) -> None:
    """A batch that raises is halved until the error belongs to single items."""

    async def scenario(batcher: Batcher):
        return await batcher.submit("a", [1, 2, 13, 4, 5])

    results = run(model, scenario)
    assert [r for r in results if not isinstance(r, Exception)] == [2, 4, 8, 10]
    assert isinstance(results[2], ValueError)


def test_lanes_never_share_a_batch(model: Model) -> None:
    """Texts and pictures go to their own towers, the longest waiting lane first."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        calls = [("b", 2), ("c", 3), ("b", 4)]
        tasks = [asyncio.create_task(batcher.submit(lane, [n])) for lane, n in calls]
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, *tasks)

    run(model, scenario)
    assert model.batches == [[1], [2, 4], [3]]


def test_a_batch_respects_items_and_cost(model: Model) -> None:
    """The cost bound closes a batch; one dearer item travels alone."""

    async def scenario(batcher: Batcher):
        first = await held(model, batcher)
        rest = asyncio.create_task(batcher.submit("a", [4, 5, 6, 99, 1, 1, 1]))
        await asyncio.sleep(0)
        model.open.set()
        await first
        return await rest

    run(model, scenario, max_batch_items=2, max_batch_cost=10)
    assert model.batches == [[1], [4, 5], [6], [99], [1, 1], [1]]


def test_a_full_queue_refuses_at_once(model: Model) -> None:
    """What does not fit is refused whole; what waits is not disturbed."""

    async def scenario(batcher: Batcher):
        first = await held(model, batcher)
        second = asyncio.create_task(batcher.submit("a", [2, 3]))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull, match="2 items wait and 2 came, at most 3"):
            await batcher.submit("a", [4, 5])
        model.open.set()
        await first
        return await second

    assert run(model, scenario, max_queue_items=3) == [4, 6]


def test_a_cancelled_caller_s_items_never_reach_the_model(model: Model) -> None:
    """A client that left costs no forward pass."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        gone = asyncio.create_task(batcher.submit("a", [2]))
        stays = asyncio.create_task(batcher.submit("a", [3]))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, stays)

    run(model, scenario)
    assert model.batches == [[1], [3]]


def test_closing_refuses_what_waits_and_what_comes(model: Model) -> None:
    """Nobody waits for ever on a batcher that ended."""

    async def scenario(batcher: Batcher):
        first = await held(model, batcher)
        waiting = asyncio.create_task(batcher.submit("a", [2]))
        await asyncio.sleep(0)
        # The model opens only once the batcher is closed: its item must not slip through.
        batcher._closed = True
        model.open.set()
        await asyncio.to_thread(batcher.close)
        with pytest.raises(BatcherClosed):
            await batcher.submit("a", [3])
        return await first, await waiting

    first, waiting = run(model, scenario)
    assert first == [2]
    assert isinstance(waiting[0], BatcherClosed)


def test_idle_threads_share_a_call() -> None:
    """A lone call of many items is worked on by every thread that has nothing else to do."""
    model, both = Model(), threading.Barrier(2)

    def run_together(lane: object, batch: list[int]) -> list[int]:
        # Breaks, and the test with it, unless two batches run at the same time.
        both.wait(timeout=10)
        return model.run(lane, batch)

    async def main() -> list:
        batcher = Batcher(run_together, BatchLimits(), threads=2)
        try:
            await asyncio.to_thread(until_idle, batcher, 2)
            return await batcher.submit("a", [1, 2, 3, 4])
        finally:
            await asyncio.to_thread(batcher.close)

    assert asyncio.run(main()) == [2, 4, 6, 8]
    assert sorted(model.batches) == [[1, 2], [3, 4]]


@settings(max_examples=30, deadline=None)
@given(
    calls=st.lists(st.lists(st.integers(0, 20), max_size=6), max_size=12),
    items=st.integers(1, 5),
    cost=st.integers(1, 30),
    threads=st.integers(1, 3),
)
def test_every_item_gets_its_own_result(
    calls: list[list[int]], items: int, cost: int, threads: int
) -> None:
    """However calls are cut and joined, results come back to their items in order."""
    model = Model()

    async def scenario(batcher: Batcher):
        return await asyncio.gather(*(batcher.submit(n % 2, call) for n, call in enumerate(calls)))

    results = run(model, scenario, threads, max_batch_items=items, max_batch_cost=cost)
    for call, result in zip(calls, results, strict=True):
        assert [r if isinstance(r, int) else 26 for r in result] == [2 * item for item in call]
        assert [isinstance(r, ValueError) for r in result] == [item == 13 for item in call]


def test_background_items_wait_for_everyone_else_in_small_batches(model: Model) -> None:
    """A bulk job's items came first and go last, so many at a time as may hold others up."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        bulk = asyncio.create_task(batcher.submit("a", [2, 3, 4, 5, 6], precedence=Precedence.BULK))
        await asyncio.sleep(0)
        user = asyncio.create_task(batcher.submit("a", [7, 8]))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, bulk, user)

    run(model, scenario, max_background_items=2)
    assert model.batches == [[1], [7, 8], [2, 3], [4, 5], [6]]


def test_documents_wait_for_queries_in_small_batches(model: Model) -> None:
    """They came first, and go after the query; a bulk job goes after both."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        bulk = asyncio.create_task(batcher.submit("a", [9], precedence=Precedence.BULK))
        await asyncio.sleep(0)
        write = asyncio.create_task(
            batcher.submit("a", [2, 3, 4, 5, 6], precedence=Precedence.WRITE)
        )
        await asyncio.sleep(0)
        user = asyncio.create_task(batcher.submit("a", [7, 8]))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, bulk, write, user)

    run(model, scenario, max_background_items=2)
    assert model.batches == [[1], [7, 8], [2, 3], [4, 5], [6], [9]]


def test_queries_without_end_do_not_starve_documents(model: Model) -> None:
    """Of nine batches one is theirs, whatever waits; a bulk job has no such share."""

    async def scenario(batcher: Batcher) -> None:
        tasks = [await held(model, batcher)]
        for items, precedence in (
            ([9], Precedence.BULK),
            ([2, 3, 4], Precedence.WRITE),
            ([7] * 20, Precedence.QUERY),
        ):
            tasks.append(asyncio.create_task(batcher.submit("a", items, precedence=precedence)))
            await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(*tasks)

    run(model, scenario, max_background_items=1, max_batch_items=1)
    queries = [[7]] * QUERIES_IN_A_ROW
    assert model.batches[1:] == [*queries, [2], *queries, [3], *[[7]] * 4, [4], [9]]


def test_a_write_that_had_its_turn_waits_its_full_time_again(model: Model) -> None:
    """Queries that passed nobody by count for nothing."""

    async def scenario(batcher: Batcher) -> None:
        tasks = [await held(model, batcher)]
        tasks.append(asyncio.create_task(batcher.submit("a", [7] * QUERIES_IN_A_ROW)))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(*tasks)
        model.open.clear()
        tasks = [await held(model, batcher)]
        for items, precedence in (([2], Precedence.WRITE), ([7], Precedence.QUERY)):
            tasks.append(asyncio.create_task(batcher.submit("a", items, precedence=precedence)))
            await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(*tasks)

    run(model, scenario, max_batch_items=1)
    assert model.batches[-2:] == [[7], [2]]


def of(client: str) -> BatchWork:
    """Work of a client's request."""
    return BatchWork(owner=RequestKey("r", "/embed", client))


def test_what_one_client_piles_up_holds_nobody_else_up(model: Model) -> None:
    """Behind a crowd of one, another client's item is in the next batch."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        crowd = asyncio.create_task(batcher.submit("a", [2] * 20, of("crowd")))
        await asyncio.sleep(0)
        other = asyncio.create_task(batcher.submit("a", [7], of("other")))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, crowd, other)

    run(model, scenario, max_batch_items=4)
    assert model.batches[1] == [2, 7, 2, 2]


def test_one_client_never_has_the_whole_queue(model: Model) -> None:
    """Half of it; the next finds room, and what is nobody's has all of it."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        tasks = [asyncio.create_task(batcher.submit("a", [2] * 5, of("crowd")))]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull, match="5 items of this client wait and 1 came, while 5 of"):
            await batcher.submit("a", [2], of("crowd"))
        tasks.append(asyncio.create_task(batcher.submit("a", [3], of("other"))))
        tasks.append(asyncio.create_task(batcher.submit("a", [4] * 4)))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, *tasks)

    run(model, scenario, max_queue_items=10)
    assert sum(map(len, model.batches)) == 11

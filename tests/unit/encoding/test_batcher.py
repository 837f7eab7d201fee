"""Batches form when the model thread falls free; their members are strangers."""

import asyncio
import os
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.batching.batch import (
    BatcherClosed,
    BatchLimits,
    BatchWork,
    ModelThreadLost,
    QueueFull,
)
from deployments.batching.batcher import Batcher
from deployments.batching.wide_passes import LONELY_PASSES
from sustainability.work import RequestKey


class Model:
    """Doubles numbers, refuses 13 and remembers its batches; can be held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()

    def run(self, lane: object, batch: list[int]) -> list[int]:
        self.entered.set()
        self.open.wait(timeout=10)
        self.batches.append(list(batch))
        if 13 in batch:
            raise ValueError("thirteen")
        return [2 * item for item in batch]


@pytest.fixture
def model() -> Model:
    return Model()


def run(model: Model, scenario, threads: int = 1, **limits):
    """Run a scenario on a fresh batcher and close it."""

    async def main():
        batcher = Batcher(model.run, BatchLimits(**limits), cost=lambda item: item, threads=threads)
        try:
            return await scenario(batcher)
        finally:
            model.open.set()
            await asyncio.to_thread(batcher.close)

    return asyncio.run(main())


async def held(model: Model, batcher: Batcher) -> asyncio.Task:
    """Occupy the model thread with one item until ``model.open`` is set."""
    model.open.clear()
    first = asyncio.create_task(batcher.submit("a", [1]))
    await asyncio.to_thread(model.entered.wait, 10)
    return first


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
        bulk = asyncio.create_task(batcher.submit("a", [2, 3, 4, 5, 6], background=True))
        await asyncio.sleep(0)
        user = asyncio.create_task(batcher.submit("a", [7, 8]))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, bulk, user)

    run(model, scenario, max_background_items=2)
    assert model.batches == [[1], [7, 8], [2, 3], [4, 5], [6]]


class Widths:
    """A model that says how many threads each of its passes had."""

    def __init__(self) -> None:
        self.wide = threading.local()
        self.seen: list[bool] = []
        self.gate: threading.Barrier | None = None

    def widen(self, wide: bool) -> None:
        self.wide.on = wide

    def run(self, lane: object, batch: list[int]) -> list[int]:
        if self.gate is not None:
            self.gate.wait(10)
        self.seen.append(getattr(self.wide, "on", False))
        # Busy, as a forward pass is: a pass that sleeps looks as if others had its cores.
        end_s = time.thread_time() + 0.0005
        while time.thread_time() < end_s:
            pass
        return batch


def widths_of(scenario, threads: int = 2, **limits) -> list[bool]:
    widths = Widths()

    async def main() -> None:
        batcher = Batcher(widths.run, BatchLimits(**limits), threads=threads, widen=widths.widen)
        try:
            await scenario(batcher, widths)
        finally:
            batcher.close()

    asyncio.run(main())
    return widths.seen


async def one_by_one(batcher: Batcher, count: int) -> None:
    for number in range(count):
        await batcher.submit("a", [number])


@pytest.fixture
def long_passes(monkeypatch) -> None:
    """Let the model's short passes count as long ones that nobody held up."""
    monkeypatch.setattr("deployments.batching.wide_passes.HELD_UP", float("inf"))
    monkeypatch.setattr("deployments.batching.wide_passes.WORTH_WIDENING_S", 0.0)


@pytest.mark.usefixtures("long_passes")
def test_callers_that_come_one_at_a_time_are_given_all_cores() -> None:
    """After a few of them; the passes before and between go on one core each."""
    seen = widths_of(lambda batcher, _: one_by_one(batcher, 12))
    assert seen == [False] * LONELY_PASSES + [True] * (12 - LONELY_PASSES)


def test_short_passes_stay_on_a_core() -> None:
    """A barrier costs them more than a second core gains."""
    assert widths_of(lambda batcher, _: one_by_one(batcher, 12)) == [False] * 12


@pytest.mark.usefixtures("long_passes")
def test_two_callers_at_once_are_given_a_core_each() -> None:
    """And for a few batches afterwards, since more of them may come."""

    async def scenario(batcher: Batcher, widths: Widths) -> None:
        await one_by_one(batcher, LONELY_PASSES)
        widths.gate = threading.Barrier(2)
        await asyncio.gather(batcher.submit("a", [1, 2]), batcher.submit("b", [3]))
        widths.gate = None
        await one_by_one(batcher, LONELY_PASSES)

    seen = widths_of(scenario)
    assert sum(seen) <= 1
    assert not any(seen[-LONELY_PASSES:])


@pytest.mark.usefixtures("long_passes")
@pytest.mark.parametrize("limits", [{"max_threads": 2}, {"duty": 0.9}, {"max_wait_s": 1e-6}])
def test_modes_that_save_energy_keep_to_a_core(limits) -> None:
    """All cores are faster, not cheaper."""
    assert widths_of(lambda batcher, _: one_by_one(batcher, 12), **limits) == [False] * 12


@pytest.mark.usefixtures("long_passes")
def test_a_pass_that_others_held_up_was_the_last_wide_one_for_a_while(monkeypatch) -> None:
    """Its threads wait for each other, so one core that is taken holds up all."""
    monkeypatch.setattr("deployments.batching.wide_passes.HELD_UP", 0.0)
    seen = widths_of(lambda batcher, _: one_by_one(batcher, 20))
    assert seen == [False] * LONELY_PASSES + [True] + [False] * (20 - LONELY_PASSES - 1)


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


class Mortal(Model):
    """A model whose thread dies of the number 66."""

    def run(self, lane: object, batch: list[int]) -> list[int]:
        if 66 in batch:
            raise SystemExit("as a thread that something killed")
        return super().run(lane, batch)


def test_a_dead_model_thread_fails_its_callers_and_is_seen() -> None:
    """Nobody hangs: neither whoever was in the batch, nor who waits, nor who comes."""
    model = Mortal()

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        dies = asyncio.create_task(batcher.submit("a", [66]))
        waits = asyncio.create_task(batcher.submit("b", [2]))
        await asyncio.sleep(0)
        batcher.check()
        model.open.set()
        await first
        with pytest.raises(ModelThreadLost, match="model thread 0 died: SystemExit"):
            await dies
        assert isinstance((await waits)[0], ModelThreadLost)
        with pytest.raises(ModelThreadLost):
            await batcher.submit("a", [3])
        with pytest.raises(ModelThreadLost):
            batcher.check()

    run(model, scenario)


def test_the_other_threads_work_on_where_one_died() -> None:
    """Until the replica is replaced, which its health check asks for."""
    model = Mortal()

    async def scenario(batcher: Batcher) -> list[int]:
        with pytest.raises(ModelThreadLost):
            await batcher.submit("a", [66])
        with pytest.raises(ModelThreadLost):
            batcher.check()
        return await batcher.submit("a", [2, 3, 4])

    assert run(model, scenario, threads=2) == [4, 6, 8]


def test_a_thread_that_vanished_without_a_word_is_seen(model: Model) -> None:
    """Whatever ended it: its health check fails those who wait for it."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        waits = asyncio.create_task(batcher.submit("a", [2]))
        await asyncio.sleep(0)

        class Vanished:
            def is_alive(self) -> bool:
                return False

            def join(self) -> None:
                return None

        [thread] = batcher._threads
        batcher._threads[:] = [Vanished()]
        with pytest.raises(ModelThreadLost, match="died"):
            batcher.check()
        with pytest.raises(ModelThreadLost):
            await first
        assert isinstance((await waits)[0], ModelThreadLost)
        model.open.set()
        batcher._threads[:] = [thread]

    run(model, scenario)


def test_a_pass_that_never_ends_counts_as_a_lost_thread(model: Model) -> None:
    """Its callers are told; the process cannot be saved, its health check says so."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        with pytest.raises(ModelThreadLost, match="does not end its forward pass"):
            batcher.check()
        with pytest.raises(ModelThreadLost):
            await first
        with pytest.raises(ModelThreadLost):
            await batcher.submit("a", [1])

    run(model, scenario, stuck_after_s=0.0)

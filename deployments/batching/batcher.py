"""Many callers, few model threads: whatever waits when a thread falls free travels together.

``@serve.batch`` seals tiny batches while the worker is busy; here a batch is formed at the
moment a thread can take it. The threads pull their work themselves, so between two batches
they never wait for the event loop. Why several threads and not one with parallel regions:
docs/decisions/0008-model-threads.md.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar

from deployments.batching.batch import (
    BatchDone,
    BatcherClosed,
    BatchLimits,
    BatchStats,
    BatchWork,
    ModelThreadLost,
    Precedence,
)
from deployments.batching.batch_calls import BatchCall, Item, Queued, settled
from deployments.batching.halving import results_of
from deployments.batching.lanes import LEAST_SHARE_ITEMS, BatchLane, Lanes
from deployments.batching.sleepers import Sleepers
from deployments.batching.wide_passes import AllCoresPasses

Result = TypeVar("Result")

LONGEST_PAUSE_S = 1.0

Charge = Callable[[Sequence[tuple[Any, Any]]], AbstractContextManager[None]]
"""Charges the thread's work inside to the owners of items; gets pairs of both."""


class Batcher(Generic[Item, Result]):
    """Gathers items of many calls into forward passes of its threads.

    Items of different lanes (towers) never share a batch; the lane whose first item has
    waited longest goes next. Queries go before documents, which have a share beside them, and bulk
    jobs when nothing else waits. Within a lane clients take turns. Members of a batch are
    strangers: when a batch raises, it is halved and run again until the error is of single items.

    Where callers come one at a time, a batch is run on all cores instead of one.

    Args:
        run: One forward pass over items of a lane.
        limits: Bounds of batches and of the queue.
        cost: Of an item, in the unit of ``max_batch_cost``.
        thread_setup: Called on each thread before its first batch.
        threads: Batches that run at a time.
        on_batch: Called on the batch's thread after it.
        charge: Charges what a batch takes.
        widen: Called on the batch's thread: gives the passes it runs next all cores, or one.
    """

    def __init__(
        self,
        run: Callable[[Hashable, list[Item]], Sequence[Result]],
        limits: BatchLimits,
        cost: Callable[[Item], int] = lambda item: 1,
        thread_setup: Callable[[], None] = lambda: None,
        threads: int = 1,
        on_batch: Callable[[BatchDone], None] = lambda done: None,
        charge: Charge = lambda members: nullcontext(),
        widen: Callable[[bool], None] | None = None,
    ) -> None:
        self._limits = limits
        self._widen = widen if threads > 1 else None
        self._wide = AllCoresPasses()
        self._on_batch = on_batch
        self._charge = charge
        self.stats = BatchStats()
        self._run = run
        self._lanes: Lanes[Item] = Lanes(cost)
        self._closed = False
        self._lock = threading.Lock()
        self._sleepers = Sleepers(self._lock, threads)
        self._ending = threading.Event()
        # What each thread works on, and since when.
        self._running: dict[int, tuple[list[Queued[Item]], float]] = {}
        self._lost: str | None = None
        self._gone: set[int] = set()
        self._threads = [
            threading.Thread(
                target=self._work, args=(thread_setup, number), name=f"model-{number}", daemon=True
            )
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def limits(self) -> BatchLimits:
        """The bounds; new ones hold from the next batch on."""
        return self._limits

    @limits.setter
    def limits(self, limits: BatchLimits) -> None:
        with self._lock:
            self._limits = limits
            self._sleepers.wake_all()

    @property
    def waiting(self) -> int:
        """Items in the queue now."""
        return self._lanes.waiting

    @property
    def idle(self) -> int:
        """Threads that wait for work now."""
        return self._sleepers.idle

    def check(self) -> None:
        """Fail where a model thread has died or hangs, and tell those who wait for it.

        Raises:
            ModelThreadLost: It did, now or at any time before.
        """
        with self._lock:
            closed = self._closed
            dead = [n for n, thread in enumerate(self._threads) if not thread.is_alive()]
            since_s = time.perf_counter() - self._limits.stuck_after_s
            stuck = [n for n, (_, began_s) in self._running.items() if began_s < since_s]
        for number in [] if closed else {*dead, *stuck}:
            self._lose(number, "died" if number in dead else "does not end its forward pass")
        if self._lost is not None:
            raise ModelThreadLost(self._lost)

    async def submit(
        self,
        lane: Hashable,
        items: Sequence[Item],
        work: BatchWork | None = None,
        precedence: Precedence = Precedence.QUERY,
    ) -> list[Result | Exception]:
        """Return one result or exception for each item, in order.

        A cancelled call's items are dropped before they reach the model. What the
        items took is noted in ``work`` where it is given.

        Raises:
            QueueFull: The queue cannot hold these items as well, or not more of this client's.
            BatcherClosed: ``close`` was called.
            ModelThreadLost: No model thread is left.
        """
        if not items:
            return []
        call = BatchCall(len(items), asyncio.get_running_loop(), work or BatchWork())
        with self._lock:
            self._admit((precedence, lane), items, call)
            if self._limits.max_threads is None:
                self._sleepers.wake(-(-len(items) // LEAST_SHARE_ITEMS))
            else:
                # Some of those that wait may not work.
                self._sleepers.wake_all()
        return await call.done

    def close(self) -> None:
        """Finish the running batches, refuse everything that waits and end the threads."""
        self._ending.set()
        with self._lock:
            self._closed = True
            self._sleepers.wake_all()
        for thread in self._threads:
            thread.join()

    def _admit(self, lane: BatchLane, items: Sequence[Item], call: BatchCall) -> None:
        if self._closed:
            raise BatcherClosed("the batcher is closed")
        if not self._is_one_left():
            raise ModelThreadLost(self._lost or "no model thread is left")
        self._lanes.push(lane, items, call, self._limits)

    def _work(self, thread_setup: Callable[[], None], number: int) -> None:
        try:
            thread_setup()
            self._work_on(number)
        # Whatever ends a model thread ends the calls that it holds; nobody shall hang on it.
        except BaseException as error:
            self._lose(number, f"died: {type(error).__name__}: {error}")
            return
        self._refuse_rest(BatcherClosed("the batcher was closed before this item's turn"))

    def _work_on(self, number: int) -> None:
        while True:
            with self._lock:
                self._sleepers.has_looked(number)
                while not self._closed and not self._may_start(number):
                    self._wait_for_work(number)
                if self._closed:
                    break
                lane, batch = self._lanes.pop(self._limits, self._sleepers.idle)
                if not batch:
                    continue
                # Only the first may: each thread that ever did has a team of threads of its own,
                # and with two of them OpenMP lets none spin.
                wide = self._wide.begin(lane, self._is_alone()) and number == 0
                self._running[number] = (batch, time.perf_counter())
            took_s = self._run_batch(lane, batch, number, wide)
            with self._lock:
                self._running.pop(number, None)
            self._pause(took_s)

    def _lose(self, number: int, why: str) -> None:
        """Fail the calls of a thread that is no more, and all where none is left."""
        with self._lock:
            self._lost = self._lost or f"model thread {number} {why}"
            batch, _ = self._running.pop(number, ([], 0.0))
            error = ModelThreadLost(self._lost)
            calls = {id(ticket.call): ticket.call for ticket in batch}
            self._gone.add(number)
            left = self._is_one_left()
        for call in calls.values():
            call.fail(error)
        if not left:
            self._refuse_rest(error)
        else:
            # Another one may sleep while the work that this one was woken for waits.
            with self._lock:
                self._sleepers.wake_all()

    def _is_one_left(self) -> bool:
        threads = enumerate(self._threads)
        return any(n not in self._gone and thread.is_alive() for n, thread in threads)

    def _is_alone(self) -> bool:
        limits = self._limits
        unbounded = limits.max_threads is None and limits.max_wait_s <= 0 and limits.duty >= 1.0
        return not self._lanes.waiting and unbounded and self._widen is not None

    def _may_start(self, number: int) -> bool:
        unripe_s = self._lanes.unripe_s(self._limits)
        return self._may_work(number) and unripe_s is not None and unripe_s <= 0

    def _may_work(self, number: int) -> bool:
        most = self._limits.max_threads
        return most is None or number < most

    def _wait_for_work(self, number: int) -> None:
        if self._may_work(number):
            self._sleepers.sleep(number, self._lanes.unripe_s(self._limits))
        else:
            self._sleepers.sleep_until_told(number)

    def _pause(self, worked_s: float) -> None:
        duty = self._limits.duty
        if duty < 1.0:
            self._ending.wait(min(LONGEST_PAUSE_S, worked_s * (1.0 / duty - 1.0)))

    def _run_batch(
        self, lane: Hashable, batch: list[Queued[Item]], number: int, wide: bool
    ) -> float:
        # One thread, one pass: what other threads do meanwhile is not this batch's. Helpers of a
        # wide pass are left out here; ``WorkAccount`` gives their time to who is in flight.
        start_s, start_cpu_s = time.perf_counter(), time.thread_time()
        with self._charge([(ticket.call.work.owner, ticket.item) for ticket in batch]):
            results = self._run_as_told(lane, [ticket.item for ticket in batch], wide)
        took_s, cpu_s = time.perf_counter() - start_s, time.thread_time() - start_cpu_s
        waits_s = [start_s - ticket.came_s for ticket in batch]
        done = BatchDone(lane, waits_s, took_s, cpu_s)
        with self._lock:
            # Before its callers hear of it and send the next.
            self._wide.end(lane, wide, took_s, cpu_s)
            if not wide:
                self._lanes.took(lane, batch, took_s)
            if self._limits.duty >= 1.0:
                self._sleepers.looks_again(number)
        self._settle(batch, results, done)
        self._on_batch(done)
        return took_s

    def _run_as_told(
        self, lane: Hashable, items: list[Item], wide: bool
    ) -> list[Result | Exception]:
        if not wide:
            return results_of(self._run, lane, items)
        assert self._widen is not None
        self._widen(True)
        try:
            return results_of(self._run, lane, items)
        finally:
            self._widen(False)

    def _settle(self, batch: list[Queued[Item]], results: Sequence[Any], done: BatchDone) -> None:
        with self._lock:
            self.stats.add(len(batch))
            complete = settled(batch, results, done)
        for call in complete:
            call.finish()

    def _refuse_rest(self, error: BatcherClosed) -> None:
        with self._lock:
            rest = self._lanes.clear()
            complete = [t.call for t in rest if t.call.settle(t.position, error)]
        for call in complete:
            call.finish()

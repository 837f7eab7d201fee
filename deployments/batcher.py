"""Many callers, one model thread: whatever waits when the thread falls free travels together.

``@serve.batch`` seals tiny batches while the worker is busy; here a batch is formed at the
moment the thread can take it. The thread pulls its work itself, so between two batches it
never waits for the event loop.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class QueueFull(Exception):
    """More items wait than the queue may hold; try again later."""


class BatcherClosed(Exception):
    """The batcher was closed before this item's turn."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Bounds of a batch and of the queue."""

    max_batch_items: int = 32
    max_batch_cost: int = 4096
    """Sum of the items' costs (tokens for texts); one dearer item travels alone."""
    max_queue_items: int = 2048


@dataclass(slots=True)
class BatchStats:
    """Totals since the start."""

    batches: int = 0
    items: int = 0
    largest_batch: int = 0


@dataclass(slots=True)
class _Ticket(Generic[Item]):
    sequence: int
    item: Item
    cost: int
    group: "_Group"
    position: int


class _Group:
    """The items of one call and their results."""

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.done: asyncio.Future[list[Any]] = loop.create_future()
        self.results: list[Any] = [None] * size
        self.missing = size

    def settle(self, position: int, result: Any) -> bool:
        """Record one result on the model thread; True when it was the last."""
        self.results[position] = result
        self.missing -= 1
        return self.missing == 0

    def finish(self) -> None:
        """Wake the caller; runs on its event loop."""
        if not self.done.done():
            self.done.set_result(self.results)


class Batcher(Generic[Item, Result]):
    """Gathers items of many calls into forward passes of one thread.

    Items of different lanes (towers) never share a batch; the lane whose first item has
    waited longest goes next. Members of a batch are strangers: when a batch raises, it is
    halved and run again until the exception belongs to single items.
    """

    def __init__(
        self,
        run: Callable[[Hashable, list[Item]], Sequence[Result]],
        limits: BatchLimits,
        cost: Callable[[Item], int] = lambda item: 1,
        thread_setup: Callable[[], None] = lambda: None,
    ) -> None:
        self.limits = limits
        self.stats = BatchStats()
        self._run = run
        self._cost = cost
        self._lanes: dict[Hashable, deque[_Ticket[Item]]] = {}
        self._waiting = 0
        self._sequence = 0
        self._closed = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(
            target=self._work, args=(thread_setup,), name="model", daemon=True
        )
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Items in the queue now."""
        return self._waiting

    async def submit(self, lane: Hashable, items: Sequence[Item]) -> list[Result | Exception]:
        """Return one result or exception for each item, in order.

        A cancelled call's items are dropped before they reach the model.

        Raises:
            QueueFull: The queue cannot hold these items as well.
            BatcherClosed: ``close`` was called.
        """
        if not items:
            return []
        group = _Group(len(items), asyncio.get_running_loop())
        with self._wake:
            self._admit(lane, items, group)
            self._wake.notify()
        return await group.done

    def close(self) -> None:
        """Finish the running batch, refuse everything that waits and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _admit(self, lane: Hashable, items: Sequence[Item], group: _Group) -> None:
        if self._closed:
            raise BatcherClosed("the batcher is closed")
        limit = self.limits.max_queue_items
        if self._waiting + len(items) > limit:
            raise QueueFull(f"{self._waiting} items wait and {len(items)} came, at most {limit}")
        queue = self._lanes.setdefault(lane, deque())
        for position, item in enumerate(items):
            self._sequence += 1
            queue.append(_Ticket(self._sequence, item, self._cost(item), group, position))
        self._waiting += len(items)

    def _work(self, thread_setup: Callable[[], None]) -> None:
        thread_setup()
        while True:
            with self._wake:
                while not self._waiting and not self._closed:
                    self._wake.wait()
                if self._closed:
                    break
                lane, batch = self._next_batch()
            if batch:
                self._settle(batch, self._results(lane, [ticket.item for ticket in batch]))
        self._refuse_rest()

    def _next_batch(self) -> tuple[Hashable, list[_Ticket[Item]]]:
        lane = min(
            (lane for lane, queue in self._lanes.items() if queue),
            key=lambda lane: self._lanes[lane][0].sequence,
        )
        queue, batch, cost = self._lanes[lane], [], 0
        while queue and len(batch) < self.limits.max_batch_items:
            if batch and cost + queue[0].cost > self.limits.max_batch_cost:
                break
            ticket = queue.popleft()
            self._waiting -= 1
            if ticket.group.done.cancelled():
                continue
            batch.append(ticket)
            cost += ticket.cost
        return lane, batch

    def _results(self, lane: Hashable, items: list[Item]) -> list[Result | Exception]:
        try:
            results = list(self._run(lane, items))
            if len(results) != len(items):
                raise RuntimeError(f"{len(items)} items gave {len(results)} results")
            return results
        # Whatever a model raises belongs to items, not to this thread.
        except Exception as error:
            if len(items) == 1:
                return [error]
            middle = len(items) // 2
            return self._results(lane, items[:middle]) + self._results(lane, items[middle:])

    def _settle(self, batch: list[_Ticket[Item]], results: Sequence[Any]) -> None:
        self.stats.batches += 1
        self.stats.items += len(batch)
        self.stats.largest_batch = max(self.stats.largest_batch, len(batch))
        for ticket, result in zip(batch, results, strict=True):
            if ticket.group.settle(ticket.position, result):
                _call(ticket.group)

    def _refuse_rest(self) -> None:
        error = BatcherClosed("the batcher was closed before this item's turn")
        rest = [ticket for queue in self._lanes.values() for ticket in queue]
        for ticket in rest:
            if ticket.group.settle(ticket.position, error):
                _call(ticket.group)


def _call(group: _Group) -> None:
    try:
        group.loop.call_soon_threadsafe(group.finish)
    except RuntimeError:
        # The caller's loop is closed: nobody waits for this any more.
        return

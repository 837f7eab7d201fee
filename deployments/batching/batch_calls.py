"""Calls under way in a batcher: their items, and the results as they come in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from deployments.batching.batch import BatchDone, BatchWork

Item = TypeVar("Item")


@dataclass(slots=True)
class Queued(Generic[Item]):
    """One item in the queue; ``position`` is its place in its call."""

    sequence: int
    item: Item
    cost: int
    call: "BatchCall"
    position: int
    came_s: float


class BatchCall:
    """The items of one call and their results."""

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop, work: BatchWork) -> None:
        self.work = work
        self.loop = loop
        self.done: asyncio.Future[list[Any]] = loop.create_future()
        self.results: list[Any] = [None] * size
        self.missing = size

    def settle(self, position: int, result: Any) -> bool:
        """Record one result, under the batcher's lock; True when it was the last."""
        self.results[position] = result
        self.missing -= 1
        return self.missing == 0

    def spent(self, done: BatchDone, wait_s: float, share: float) -> None:
        """Note one item's part of a forward pass, under the batcher's lock."""
        work = self.work
        work.queue_s = max(work.queue_s, wait_s)
        work.model_s = max(work.model_s, done.took_s)
        work.cpu_s += done.cpu_s * share
        work.batch_items = max(work.batch_items, len(done.waits_s))

    def finish(self) -> None:
        """Wake the caller, from whatever thread."""
        try:
            self.loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            # The caller's loop is closed: nobody waits for this any more.
            return

    def fail(self, error: Exception) -> None:
        """Raise an error where the caller waits, from whatever thread."""
        try:
            self.loop.call_soon_threadsafe(self._raise, error)
        except RuntimeError:
            return

    def _raise(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def _wake(self) -> None:
        if not self.done.done():
            self.done.set_result(self.results)


def settled(
    batch: Sequence[Queued[Any]], results: Sequence[Any], done: BatchDone
) -> list[BatchCall]:
    """Record a batch's results under the batcher's lock; return the calls that are complete.

    A call's items may be spread over batches of several threads.
    """
    cost = sum(ticket.cost for ticket in batch) or 1
    for ticket, wait_s in zip(batch, done.waits_s, strict=True):
        ticket.call.spent(done, wait_s, ticket.cost / cost)
    return [
        ticket.call
        for ticket, result in zip(batch, results, strict=True)
        if ticket.call.settle(ticket.position, result)
    ]

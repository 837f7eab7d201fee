"""What waits in a batcher, lane by lane, and which of it the next batch takes.

All of it is called under the batcher's lock.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from deployments.batching.batch import BatchLimits, Precedence, QueueFull
from deployments.batching.batch_calls import BatchCall, Queued
from deployments.batching.fair_queue import FairQueue

Item = TypeVar("Item")
BatchLane = tuple[Precedence, Hashable]
"""Whose turn it is before others', and the tower."""
QUERIES_IN_A_ROW = 8
"""Batches of queries that may pass a write by; the next one is the write's."""
NEWEST_COUNTS = 0.3
"""Part of the newest pass in what is known of a tower's pace."""
LEAST_SHARE_ITEMS = 2
"""A batch is split among idle threads, but into parts no smaller than this."""


class Lanes(Generic[Item]):
    """Queues by lane; of the first in precedence the one whose first item has waited longest."""

    def __init__(self, cost: Callable[[Item], int]) -> None:
        self._cost = cost
        self._queues: dict[BatchLane, FairQueue[Item]] = {}
        self._paces_s: dict[Hashable, float] = {}
        """By tower: what a unit of cost takes."""
        self._sequence = 0
        self._passed_by = 0
        self.waiting = 0

    def push(
        self, lane: BatchLane, items: Sequence[Item], call: BatchCall, limits: BatchLimits
    ) -> None:
        """Queue a call's items.

        Raises:
            QueueFull: They do not fit, or this client holds its share already.
        """
        client = _client_of(call)
        self._check_room(client, len(items), lane[0], limits.max_queue_items)
        queue = self._queues.setdefault(lane, FairQueue())
        now_s = time.perf_counter()
        for position, item in enumerate(items):
            self._sequence += 1
            ticket = Queued(self._sequence, item, self._cost(item), call, position, now_s)
            queue.push(client, ticket)
        self.waiting += len(items)

    def _check_room(self, client: str, count: int, precedence: Precedence, limit: int) -> None:
        if self.waiting + count > limit:
            raise QueueFull(f"{self.waiting} items wait and {count} came, at most {limit}")
        if not client and precedence is not Precedence.BULK:
            return
        held = sum(queue.held_by(client) for queue in self._queues.values())
        # As long as it holds nothing a client is let in, or a call might never be.
        if held and held + count > limit - self.waiting:
            raise QueueFull(
                f"{held} items of this client wait and {count} came, while "
                f"{limit - self.waiting} of {limit} places are free"
            )

    def unripe_s(self, limits: BatchLimits) -> float | None:
        """Return how long the next batch may still wait for more items; None: nothing waits."""
        if not self.waiting:
            return None
        if limits.max_wait_s <= 0:
            return 0.0
        queue = self._next()[1]
        full = len(queue) >= limits.max_batch_items
        if full or sum(ticket.cost for ticket in queue) >= limits.max_batch_cost:
            return 0.0
        return queue.oldest.came_s + limits.max_wait_s - time.perf_counter()

    def pop(self, limits: BatchLimits, idle: int) -> tuple[Hashable, list[Queued[Item]]]:
        """Take the next batch; cancelled calls' items are dropped, so that it may be empty.

        Args:
            idle: Threads that could take a part of what waits.
        """
        (precedence, lane), queue = self._next()
        batch, cost, share = [], 0, len(queue)
        most_cost = float(limits.max_batch_cost)
        if limits.max_wait_s <= 0:
            share = max(LEAST_SHARE_ITEMS, -(-len(queue) // (1 + idle)))
        most = limits.max_batch_items
        if precedence is not Precedence.QUERY:
            most = min(most, limits.max_background_items)
            most_cost = min(most_cost, self._background_cost(lane, limits))
        while queue and len(batch) < min(share, most):
            if batch and cost + queue.next.cost > most_cost:
                break
            ticket = queue.pop()
            self.waiting -= 1
            if ticket.call.done.cancelled():
                continue
            batch.append(ticket)
            cost += ticket.cost
        self._note_turn(precedence)
        return lane, batch

    def took(self, lane: Hashable, batch: Sequence[Queued[Item]], took_s: float) -> None:
        """Remember what a pass of a tower took on one core."""
        pace_s = took_s / max(1, sum(ticket.cost for ticket in batch))
        before_s = self._paces_s.get(lane, pace_s)
        self._paces_s[lane] = before_s + NEWEST_COUNTS * (pace_s - before_s)

    def _background_cost(self, lane: Hashable, limits: BatchLimits) -> float:
        pace_s = self._paces_s.get(lane, 0.0)
        return limits.max_background_s / pace_s if pace_s > 0.0 else float("inf")

    def _note_turn(self, taken: Precedence) -> None:
        waits = any(queue for lane, queue in self._queues.items() if lane[0] is Precedence.WRITE)
        passes_by = waits and taken is Precedence.QUERY
        self._passed_by = self._passed_by + 1 if passes_by else 0

    def _next(self) -> tuple[BatchLane, FairQueue[Item]]:
        first = Precedence.WRITE if self._passed_by >= QUERIES_IN_A_ROW else Precedence.QUERY
        lane = min(
            (lane for lane, queue in self._queues.items() if queue),
            key=lambda lane: (lane[0] is not first, lane[0], self._queues[lane].oldest.sequence),
        )
        return lane, self._queues[lane]

    def clear(self) -> list[Queued[Item]]:
        """Take everything."""
        rest = [ticket for queue in self._queues.values() for ticket in queue]
        self._queues.clear()
        self.waiting = 0
        return rest


def _client_of(call: BatchCall) -> str:
    owner = call.work.owner
    return "" if owner is None else owner.client

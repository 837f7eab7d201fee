"""One run and what it told so far: readers come and go, each at its own place in the log."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from api.answers.responses import encoded
from api.plan_messages import EventBatch, RunEvent

MAX_BATCH_EVENTS = 256


class PlanRun:
    """The log of one run. A slow reader holds a number, not a queue.

    Args:
        owner: Who may read it.
        namespace: What the run reads.
        max_bytes: Of events kept; the oldest go first, and readers are told of the gap.
        grace_s: A run that nobody reads for so long is cancelled.
    """

    def __init__(self, owner: str, namespace: str, max_bytes: int, grace_s: float) -> None:
        self.id = ""
        self.owner = owner
        self.namespace = namespace
        self.finished = False
        self.finished_s = 0.0
        """On the monotonic clock."""
        self.cancelled = asyncio.Event()
        self.bytes = 0
        self._max_bytes = max_bytes
        self._grace_s = grace_s
        self._events: deque[RunEvent] = deque()
        self._last = 0
        self._readers = 0
        self._changed = asyncio.Event()
        self._abandoning: asyncio.TimerHandle | None = None

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Append an event and wake who waits for it."""
        if name == "run.started":
            self.id = str(data["id"])
        self._last += 1
        event = RunEvent(self._last, name, encoded(data))
        self._events.append(event)
        self.bytes += len(event.data)
        while self.bytes > self._max_bytes and len(self._events) > 1:
            self.bytes -= len(self._events.popleft().data)
        self._wake()

    def finish(self) -> None:
        """Nothing more will be told."""
        self.finished = True
        self.finished_s = time.monotonic()
        if self._abandoning is not None:
            self._abandoning.cancel()
        self._wake()

    async def after(self, seq: int, wait_s: float) -> EventBatch:
        """Return what was told after event ``seq``; wait for it at most ``wait_s``."""
        self._readers += 1
        if self._abandoning is not None:
            self._abandoning.cancel()
        try:
            async with asyncio.timeout(wait_s):
                while self._last <= seq and not self.finished:
                    await self._changed.wait()
        except TimeoutError:
            pass
        finally:
            self._readers -= 1
            if self._readers == 0 and not self.finished:
                loop = asyncio.get_running_loop()
                self._abandoning = loop.call_later(self._grace_s, self._abandon)
        return self._batch(seq)

    def _batch(self, seq: int) -> EventBatch:
        fresh = [event for event in self._events if event.seq > seq][:MAX_BATCH_EVENTS]
        missed = fresh[0].seq - seq - 1 if fresh else 0
        ended = self.finished and (fresh[-1].seq if fresh else seq) >= self._last
        return EventBatch(self.id, self.namespace, tuple(fresh), missed, ended)

    def _abandon(self) -> None:
        if self._readers == 0:
            self.cancelled.set()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

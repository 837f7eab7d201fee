"""Turns at something that few can use at a time: in rotation among clients, with a share each."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairTurns:
    """Hands out turns on one event loop.

    Of the clients that wait the one is next that has the fewest turns now, and of those the one
    that was served longest ago; each in its own order. Where there are several turns, one client
    never has all of them: another one finds one free at once, or as soon as somebody ends one.

    Args:
        turns: That may be taken at a time.
    """

    def __init__(self, turns: int) -> None:
        self.turns = turns
        self.waiting = 0
        self.taken = 0
        self._most_per_client = max(1, turns - 1)
        self._running: dict[str, int] = {}
        self._served: dict[str, int] = {}
        self._count = 0
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Wait for a turn, have it inside."""
        await self._take(client)
        try:
            yield
        finally:
            self._give_back(client)

    async def _take(self, client: str) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(ready)
        self.waiting += 1
        self._hand_out()
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():
                # It was handed over in the very moment in which its caller went.
                self._give_back(client)
            else:
                self._forget(client, ready)
            raise

    def _forget(self, client: str, ready: asyncio.Future[None]) -> None:
        queue = self._queues.get(client, deque())
        if ready in queue:
            queue.remove(ready)
            self.waiting -= 1
            self._tidy(client)

    def _give_back(self, client: str) -> None:
        self.taken -= 1
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        self._hand_out()
        self._tidy(client)

    def _hand_out(self) -> None:
        while self.taken < self.turns:
            client = self._next()
            if client is None:
                return
            queue = self._queues[client]
            ready = queue.popleft()
            self.waiting -= 1
            self._tidy(client)
            if ready.cancelled():
                # Its caller has gone and not yet heard of it.
                continue
            self.taken += 1
            self._running[client] = self._running.get(client, 0) + 1
            self._count += 1
            self._served[client] = self._count
            ready.set_result(None)

    def _next(self) -> str | None:
        running, served = self._running, self._served
        may = [name for name in self._queues if running.get(name, 0) < self._most_per_client]
        return min(may, key=lambda name: (running.get(name, 0), served.get(name, 0)), default=None)

    def _tidy(self, client: str) -> None:
        """Forget a client that has nothing here any more."""
        if not self._queues.get(client, True):
            del self._queues[client]
        if client not in self._queues and client not in self._running:
            self._served.pop(client, None)

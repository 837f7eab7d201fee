"""Slots for calls, as many as the pace allows at the moment."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator

from deployments.bulk.rate_controller import RateController


class Slots:
    """Lets callers through in the order they came; use it on one event loop."""

    def __init__(self, pace: RateController) -> None:
        self._pace = pace
        self._taken = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a slot; where the pace says so, keep it for a pause after the work."""
        await self._take()
        try:
            start_s = time.monotonic()
            yield
            await asyncio.sleep(self._pace.rest_s(time.monotonic() - start_s))
        finally:
            self._taken -= 1
            self.let_in()

    async def _take(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self.let_in()
        try:
            await turn
        except asyncio.CancelledError:
            # It may have been let in at the same moment.
            if turn.done() and not turn.cancelled():
                self._taken -= 1
                self.let_in()
            raise

    def let_in(self) -> None:
        """Admit those for whom there is room now; also called when the pace has changed."""
        while self._queue and self._taken < self._pace.slots:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                self._taken += 1

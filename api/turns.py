"""Long work gives way to what waits on the same event loop."""

import asyncio
import time
from collections.abc import Callable

LONGEST_S = 0.004
"""Of work in one go; the loop then looks at everything else that is ready."""


class Turns:
    """Asked after each step of long work whether to give way, it does when it was long enough."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    async def step(self) -> None:
        """Let others run if this turn has lasted long enough."""
        if time.monotonic() - self._began_s > LONGEST_S:
            await asyncio.sleep(0)
            self._began_s = time.monotonic()


class Rounds:
    """Work of many, of which each round of the event loop does no more than a few milliseconds.

    Sixteen bodies that come in at once would else take sixteen times as long before anybody else
    is served.
    """

    def __init__(self) -> None:
        self._spent_s = 0.0
        self._waiting: list[asyncio.Future[None]] = []

    async def do(self, work: Callable[[bytes], None], piece: bytes) -> None:
        """Do a piece of work in this round, or in the next one that has time for it."""
        loop = asyncio.get_running_loop()
        while self._spent_s > LONGEST_S:
            turn = loop.create_future()
            self._waiting.append(turn)
            await turn
        began_s = time.perf_counter()
        if not self._spent_s:
            loop.call_soon(self._next_round)
        try:
            work(piece)
        finally:
            self._spent_s += max(time.perf_counter() - began_s, 1e-9)

    def _next_round(self) -> None:
        self._spent_s = 0.0
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

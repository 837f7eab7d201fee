"""Long work gives way to what waits on the same event loop."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable

LONGEST_S = 0.002
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
    """Work of many in the order they asked, a few milliseconds of it in each round of the loop.

    Sixteen bodies that come in at once would else take sixteen times as long before anybody else
    is served.
    """

    def __init__(self) -> None:
        self._queue: deque[tuple[Callable[[bytes], None], deque[bytes], asyncio.Future[None]]] = (
            deque()
        )
        self._is_due = False

    async def do(self, work: Callable[[bytes], None], pieces: Iterable[bytes]) -> None:
        """Do the work on each piece when it is its turn; raises what the work raises."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._queue.append((work, deque(pieces), done))
        if not self._is_due:
            self._is_due = True
            loop.call_soon(self._round, loop)
        await done

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        began_s = time.perf_counter()
        while self._queue and time.perf_counter() - began_s < LONGEST_S:
            work, pieces, done = self._queue[0]
            if pieces and not done.done():
                _attempt(work, pieces.popleft(), done)
            if not pieces and not done.done():
                done.set_result(None)
            if done.done():
                self._queue.popleft()
        self._is_due = bool(self._queue)
        if self._is_due:
            loop.call_soon(self._round, loop)


def _attempt(work: Callable[[bytes], None], piece: bytes, done: asyncio.Future[None]) -> None:
    try:
        work(piece)
    except Exception as error:
        done.set_exception(error)

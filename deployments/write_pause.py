"""Writes held off for a while: new ones are refused, those that were admitted end."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.errors import Unavailable


class WritePause:
    """Admits writes, but for the length of a pause; one event loop's."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._until_s = -math.inf
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def paused(self) -> bool:
        """Whether writes are refused now."""
        return self._now_s() < self._until_s

    @contextmanager
    def write(self) -> Iterator[None]:
        """Count a write as long as it takes.

        Raises:
            Unavailable: Writing pauses.
        """
        if self.paused:
            raise Unavailable("writing pauses while the service changes its models")
        self._running += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._quiet.set()

    async def pause(self, seconds: float) -> None:
        """Refuse writes for so long from now, zero: no more; return when those admitted ended."""
        self._until_s = self._now_s() + seconds if seconds > 0 else -math.inf
        if seconds > 0:
            await self._quiet.wait()

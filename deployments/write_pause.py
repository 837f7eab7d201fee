"""Writes held off for a while: new ones are refused, those that were admitted end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from api.errors import Unavailable


class WritePause:
    """Admits writes, but for the length of a pause; one event loop's."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._until: datetime | None = None
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def paused(self) -> bool:
        """Whether writes are refused now."""
        return self._until is not None and self._now() < self._until

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

    async def until(self, moment: datetime | None) -> None:
        """Refuse writes until then, None: no more; return when those admitted have ended."""
        self._until = moment
        if self.paused:
            await self._quiet.wait()

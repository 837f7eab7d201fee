"""Writes held off for a while: new ones are refused, those that were admitted end."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from api.errors import Unavailable
from telemetry.logs import get_logger

LONGEST_S = 1800.0
"""A pause is a lease, and a switch of models asks for no longer one
(``deployments.remote.model_switch``): more is a clock that is wrong."""
log = get_logger()


class WritePause:
    """Admits writes, but for the length of a pause; one event loop's.

    The moment at which a pause ends is read off the wall clock once, when it is told. From then on
    its length counts, so that setting the clock makes no pause longer or shorter.

    Args:
        now: The wall clock.
        clock_s: Seconds that never go back.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._clock_s = clock_s
        self._moment: datetime | None = None
        self._until_s = float("-inf")
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def paused(self) -> bool:
        """Whether writes are refused now."""
        return self._clock_s() < self._until_s

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
        """Refuse writes until then, None: no more; return when those admitted have ended.

        To be told the same moment again, with another setting, is no new pause.
        """
        if moment is None:
            self._until_s = float("-inf")
        elif moment != self._moment:
            length_s = (moment - self._now()).total_seconds()
            if length_s > LONGEST_S:
                log.warning("writes.pause_cut", asked_s=round(length_s), granted_s=LONGEST_S)
            self._until_s = self._clock_s() + min(length_s, LONGEST_S)
        self._moment = moment
        if self.paused:
            await self._quiet.wait()

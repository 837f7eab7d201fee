"""An answer that costs something is made anew once a moment, however many ask for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Fresh(Generic[Value]):
    """The last answer, given at once; made anew in the background when it has aged.

    Who asks waits only for the very first answer, or where the last one is too old to be told.
    Callers that wait share one making.

    Args:
        make: Makes an answer; what it raises reaches whoever waits for it.
        fresh_s: An older answer is made anew.
        stale_s: An older answer is not told any more.
    """

    def __init__(
        self,
        make: Callable[[], Awaitable[Value]],
        fresh_s: float,
        stale_s: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._now_s = now_s
        self._made_s = float("-inf")
        self._value: Value | None = None
        self._making: asyncio.Task[Value] | None = None

    def look(self) -> float:
        """Have the answer made anew where it has aged, and wait for nothing; return its age."""
        age_s = self._now_s() - self._made_s
        if age_s > self._fresh_s and self._making is None:
            self._making = asyncio.create_task(self._remake())
            self._making.add_done_callback(self._made)
        return age_s

    async def get(self) -> Value:
        """Return an answer that is at most ``stale_s`` old."""
        if self.look() > self._stale_s:
            assert self._making is not None
            # One caller that goes away must not take the answer from the others.
            return await asyncio.shield(self._making)
        return self._value  # type: ignore[return-value]

    def forget(self) -> None:
        """Have whoever asks next wait for a new answer."""
        self._made_s = float("-inf")

    async def _remake(self) -> Value:
        # It began now: an answer is as old as the question, not as its arrival.
        began_s = self._now_s()
        self._value = await self._make()
        self._made_s = began_s
        return self._value

    def _made(self, task: asyncio.Task[Value]) -> None:
        self._making = None
        # Looked at, so that a failure nobody waited for is no noise; the next asker hears its own.
        if not task.cancelled():
            task.exception()

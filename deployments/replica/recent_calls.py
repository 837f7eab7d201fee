"""How many calls a replica answered lately, and how many of them took longer than promised."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecentCallCounts:
    """Calls that ended within the window."""

    calls: int
    slow: int
    """Of them, slower than the objective."""


class RecentCalls:
    """Counts calls by the second; takes no lock, so use it on one event loop.

    Args:
        objective_s: A call that takes longer is slow; may be changed at any time.
        window_s: How far back ``recent`` looks.
        clock: Any that does not go back.
    """

    def __init__(
        self,
        objective_s: float,
        window_s: int = 10,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.objective_s = objective_s
        self.total = 0
        self._window_s = window_s
        self._clock = clock
        self._seconds: deque[list[int]] = deque()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count what is done inside as one call, failed or not."""
        start_s = self._clock()
        try:
            yield
        finally:
            self.observe(self._clock() - start_s)

    def observe(self, took_s: float) -> None:
        """Count a call that ended now."""
        second = int(self._clock())
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0, 0])
        bucket = self._seconds[-1]
        bucket[1] += 1
        bucket[2] += took_s > self.objective_s
        self.total += 1
        self._forget(second)

    def recent(self) -> RecentCallCounts:
        """Return what ended within the window."""
        self._forget(int(self._clock()))
        calls = sum(bucket[1] for bucket in self._seconds)
        return RecentCallCounts(calls, sum(bucket[2] for bucket in self._seconds))

    def stats(self) -> dict[str, float]:
        """Return what Serve's autoscaler is told, by the names that the policy reads."""
        recent = self.recent()
        return {"calls": float(recent.calls), "slow": float(recent.slow)}

    def _forget(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second - self._window_s:
            self._seconds.popleft()

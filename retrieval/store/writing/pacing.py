"""How long work has rested, measured by what it took."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pacing:
    """Remembers the last piece of work of one kind.

    Args:
        now_s: A clock that never goes back.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._ended_s = -math.inf
        self._took_s = 0.0

    def rested(self) -> float:
        """Return the time since the work ended in times of what it took; infinite without any."""
        return (self._now_s() - self._ended_s) / self._took_s if self._took_s else math.inf

    @contextmanager
    def after_work(self) -> Iterator[None]:
        """Measure the work inside, also if it fails."""
        start_s = self._now_s()
        try:
            yield
        finally:
            self._ended_s = self._now_s()
            self._took_s = self._ended_s - start_s

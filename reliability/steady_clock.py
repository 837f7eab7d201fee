"""Unix time that never jumps: counted on from where it began, whatever the wall clock is set to.

Windows and budgets are lengths of time. By the wall clock one that is set forward by an hour
would leave the last hour empty, and one that is set back would have the next hour lie in the
past. So time goes on by the monotonic clock, over restarts too as long as the machine runs: a
mark says what both clocks were when state was last written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Mark(NamedTuple):
    """A moment on the monotonic clock of one boot, and what the steady clock said."""

    boot: str
    monotonic_s: float
    unix_s: float


def boot_id() -> str:
    """Return what tells one boot of this machine from another; empty where nothing does."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


@dataclass(slots=True)
class SteadyClock:
    """Returns Unix seconds when it is called."""

    _began_s: float
    _monotonic_s: float
    _clock_s: Callable[[], float]
    _boot: str

    @classmethod
    def started(
        cls,
        clock_s: Callable[[], float],
        wall_s: Callable[[], float],
        boot: str,
        last: Mark | None = None,
    ) -> "SteadyClock":
        """Go on from a mark; after another boot by the wall clock, but never back.

        Args:
            clock_s: Monotonic while the machine runs.
            wall_s: Unix time, however wrong.
            boot: ``boot_id()``; without one every start is another boot.
            last: What was written last.
        """
        monotonic_s, unix_s = clock_s(), wall_s()
        if last is not None:
            unix_s = max(unix_s, last.unix_s)
            if boot and last.boot == boot and monotonic_s >= last.monotonic_s:
                unix_s = last.unix_s + (monotonic_s - last.monotonic_s)
        return cls(unix_s, monotonic_s, clock_s, boot)

    def __call__(self) -> float:
        """Return the time."""
        return self._began_s + (self._clock_s() - self._monotonic_s)

    def mark(self) -> Mark:
        """Return what to write, for the next start."""
        return Mark(self._boot, self._clock_s(), self())

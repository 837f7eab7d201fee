"""What a process may come to hold beyond what it began with, and what is due when it holds more.

Two bounds. Above the first for a while it shall be replaced, which lets what it works on end;
above the second it ends at once, since the machine's memory is at stake by then. Both follow from
what it held when it was ready: a bigger model begins higher and may grow as far.
"""

from dataclasses import dataclass
from enum import Enum

PATIENCE_S = 3.0
"""So long a peak may last."""
HARD_FACTOR = 1.25
"""Of the growth allowed: the second bound."""
SHARE = 0.5
"""Of what the machine had left, the most that any growth may take."""


class MemoryAction(Enum):
    """What the owner of a bound is to do now."""

    NOTHING = "nothing"
    TRIM = "trim"
    """Give back what allocators keep; it may be all that is needed."""
    REPLACE = "replace"
    END = "end"


@dataclass(frozen=True, slots=True)
class Levels:
    """Bytes held above which something is due."""

    replace: int
    end: int


def levels(start_bytes: int, max_growth_bytes: int, machine_bytes: int) -> Levels:
    """Return the bounds of a process.

    Args:
        start_bytes: Held when it was ready.
        max_growth_bytes: What it may grow by, half of the rest of the machine at most.
        machine_bytes: Memory of the machine, or of the container.
    """
    growth = min(max_growth_bytes, int(SHARE * max(0, machine_bytes - start_bytes)))
    return Levels(start_bytes + growth, start_bytes + int(HARD_FACTOR * growth))


class MemoryBound:
    """Says what is due, look by look; asks for a replacement once."""

    def __init__(self, levels: Levels) -> None:
        self.levels = levels
        self._above_since_s: float | None = None
        self._asked = False

    def look(self, held_bytes: int, now_s: float) -> MemoryAction:
        """Return what is due with so much held.

        Args:
            now_s: Seconds of a clock that does not go back.
        """
        if held_bytes > self.levels.end:
            return MemoryAction.END
        if held_bytes <= self.levels.replace:
            self._above_since_s = None
            return MemoryAction.NOTHING
        if self._above_since_s is None:
            self._above_since_s = now_s
            return MemoryAction.TRIM
        if now_s - self._above_since_s < PATIENCE_S or self._asked:
            return MemoryAction.NOTHING
        self._asked = True
        return MemoryAction.REPLACE

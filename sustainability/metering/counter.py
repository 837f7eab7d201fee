"""One energy counter as it is read: what it gained, whatever it says in between.

Counters are reset when a driver is loaded anew, say nothing, zero or nonsense for a moment, or
stand still. What is no number is no reading. What lies where no counter can have got to (below
the last reading, or further above it than any machine draws) is believed only once the next
reading goes on from there; a single odd one changes nothing.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeGuard

MOST_W = 100_000.0
"""No node and no accelerator draws so much."""


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether a value is a number that can be reckoned with."""
    return isinstance(value, int | float) and math.isfinite(value)


def is_amount(value: Any) -> TypeGuard[float]:
    """Return whether a value can be how much there is of something."""
    return is_number(value) and value >= 0


@dataclass(slots=True)
class Counter:
    """Joules since whenever; the first reading only says where it stands."""

    joules: float | None = None
    """At the last reading that was believed."""
    at_s: float = 0.0
    odd_j: float | None = None
    odd_s: float = 0.0

    def gained_j(self, reading_j: Any, now_s: float) -> float | None:
        """Return what was used since the last reading; None for what is no reading."""
        if not is_number(reading_j):
            return None
        if self.joules is None:
            self.joules, self.at_s = reading_j, now_s
            return None
        before_j, goes_on = self.joules, _can_be(reading_j - self.joules, now_s - self.at_s)
        if not goes_on and self.odd_j is not None and reading_j > self.odd_j:
            # Greater, since an odd counter that stands still proves nothing.
            before_j, goes_on = self.odd_j, _can_be(reading_j - self.odd_j, now_s - self.odd_s)
        if goes_on:
            self.joules, self.at_s, self.odd_j = reading_j, now_s, None
            return reading_j - before_j
        self.odd_j, self.odd_s = reading_j, now_s
        return 0.0


def _can_be(gained_j: float, passed_s: float) -> bool:
    # A counter may come in steps of a second while it is read a little sooner.
    return 0.0 <= gained_j <= MOST_W * max(1.0, passed_s)

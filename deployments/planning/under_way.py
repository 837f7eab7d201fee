"""One order under way: what it works within, and how it is counted."""

import time
from dataclasses import dataclass, replace

from agents.budget import Budget
from agents.figures import (
    Figures,
)
from deployments.planning.vocabularies import Pinned


@dataclass(frozen=True, slots=True)
class Bound:
    """What one order works within."""

    pinned: Pinned
    full: Budget
    start_s: float
    deadline_s: float

    def budget(self) -> Budget:
        """Return the budget with the time that is left."""
        left_s = self.deadline_s - (time.monotonic() - self.start_s)
        return replace(self.full, deadline_ms=max(1, int(left_s * 1000)))

    def wall_ms(self) -> float:
        """Return the milliseconds since the order arrived."""
        return round((time.monotonic() - self.start_s) * 1000, 3)


@dataclass(slots=True)
class Counted:
    """A run that is being counted; ``figures`` stay None where it is not answered."""

    start_s: float
    figures: Figures | None = None

    def elapsed_s(self) -> float:
        """Return the seconds since the order arrived."""
        return time.monotonic() - self.start_s

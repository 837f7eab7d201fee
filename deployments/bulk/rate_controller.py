"""How many calls a bulk job may have under way, so that those who wait stay quick.

The pace follows a probe: a small search, made the way a user's is. While strangers use the
service, every probe that took longer than the limit slows the job down, every other one
speeds it up a little; the steps are chosen so that the job settles where nineteen probes of
twenty are within the limit (a Robbins-Monro estimate of the pace at that quantile). While
there are no strangers, the job takes what it can get.
"""

import math
from dataclasses import dataclass

WITHIN = 0.95
"""Of the probes."""


@dataclass(frozen=True, slots=True)
class RateBounds:
    """Calls under way at once. Below one the job pauses between calls for the rest of the time."""

    most: float = 8.0
    least: float = 0.02
    step: float = 0.7
    """Of the logarithm of the pace, from one probe to the next."""


class RateController:
    """Decides from probes; holds no clock and starts nothing."""

    def __init__(self, bounds: RateBounds, slowest_ms: float) -> None:
        self._bounds = bounds
        self._slowest_ms = slowest_ms
        self.calls = bounds.most

    def probed(self, took_ms: float, others: bool) -> None:
        """Take a probe into account.

        Args:
            took_ms: Of the probe.
            strangers: Whether anybody else has used the service of late.
        """
        bounds = self._bounds
        if not others:
            step = bounds.step
        elif took_ms > self._slowest_ms:
            step = -WITHIN * bounds.step
        else:
            step = (1 - WITHIN) * bounds.step
        self.calls = min(bounds.most, max(bounds.least, self.calls * math.exp(step)))

    @property
    def slots(self) -> int:
        """Calls that may be under way."""
        return max(1, int(self.calls))

    @property
    def is_full(self) -> bool:
        """Whether the job takes what it can get."""
        return self.calls >= self._bounds.most

    def rest_s(self, took_s: float) -> float:
        """Return how long to pause after a call that took so long."""
        return 0.0 if self.calls >= 1 else took_s * (1 / self.calls - 1)

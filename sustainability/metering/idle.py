"""The power of an idle node: configured, said by the method itself, or found by watching.

Counters do not say what idle is. It is the least mean power over ten quiet seconds in a row,
as far as any were seen: nobody can wait for a node to fall quiet before serving.
"""

from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 10.0
QUIET_LOAD = 0.1
"""Share of busy cores below which a tick counts as quiet."""


@dataclass(slots=True)
class IdleCalibration:
    """Finds one domain's idle power.

    Args:
        power_w: What is known already, from settings or from an earlier run.
        fixed: Do not look for a lower one.
    """

    power_w: float | None = None
    fixed: bool = False
    _quiet: deque[tuple[float, float]] = field(default_factory=deque)

    def observe(self, energy_j: float, length_s: float, load: float) -> None:
        """Take in a tick; ``load`` is the share of busy cores, 0 to 1.

        A tick without energy is a counter that stands still: no machine idles at 0 W.
        """
        if self.fixed:
            return
        if load >= QUIET_LOAD or energy_j <= 0:
            self._quiet.clear()
            return
        self._quiet.append((energy_j, length_s))
        if sum(length for _, length in self._quiet) < WINDOW_S:
            return
        energy_j, length_s = map(sum, zip(*self._quiet, strict=True))
        self._quiet.popleft()
        found_w = energy_j / length_s
        self.power_w = found_w if self.power_w is None else min(self.power_w, found_w)

    def or_least(self, seen_w: float) -> float:
        """Return the idle power; before it was found, the least power of any tick so far."""
        return seen_w if self.power_w is None else self.power_w

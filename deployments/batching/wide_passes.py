"""When a forward pass is given all cores instead of one: while callers come one at a time.

Why passes run on one core each otherwise: docs/decisions/0008-model-threads.md.
"""

from collections.abc import Hashable

LONELY_PASSES = 4
"""After so many passes that met no other, the next may be wide."""
WORTH_WIDENING_S = 0.03
"""Shorter passes lose as much by waiting for a second core as they gain by having it."""
HELD_UP = 1.5
"""Wide passes that take so many times their own CPU time wait for cores that others use."""
OF_ONE_PASS = 0.2
"""Weight of the last pass in that average, in which none counts for more than ``OUTLIER``: now
and then any pass is held up, two in a row say something."""
OUTLIER = 2.5
NARROW_PASSES = 256
"""After those, so many passes are narrow before a wide one is tried again."""


class AllCoresPasses:
    """Decides from what it saw; the caller sees to it that one thread at a time asks."""

    def __init__(self) -> None:
        self._running = 0
        self._lonely = 0
        self._held_up = 1.0
        # The CPU time that a pass of a tower needed last on one core. Not how long it took: a
        # short pass that others held up is no long one.
        self._narrow_s: dict[Hashable, float] = {}

    def begin(self, lane: Hashable, alone: bool) -> bool:
        """Note that a pass begins; True where it should be wide.

        Args:
            lane: Its tower.
            alone: Nothing else waits, and nothing asks for less than all cores.
        """
        self._running += 1
        lonely = alone and self._running == 1
        self._lonely = self._lonely + 1 if lonely else min(0, self._lonely)
        long = self._narrow_s.get(lane, 0.0) >= WORTH_WIDENING_S
        return long and self._lonely > LONELY_PASSES

    def end(self, lane: Hashable, wide: bool, took_s: float, cpu_s: float) -> None:
        """Note how a pass went.

        Args:
            lane: Its tower.
            wide: As ``begin`` said, or less.
            took_s: From begin to end.
            cpu_s: CPU time of the thread that ran it.
        """
        self._running -= 1
        if not wide:
            self._narrow_s[lane] = cpu_s
            return
        # Its threads wait for each other: where one has no core, all stand still.
        held_up = min(OUTLIER, took_s / max(cpu_s, 1e-9))
        self._held_up += OF_ONE_PASS * (held_up - self._held_up)
        if self._held_up > HELD_UP:
            self._held_up, self._lonely = 1.0, -NARROW_PASSES

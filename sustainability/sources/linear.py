"""A stated power model for machines without sensors: a straight line from idle to full load.

P = idle + (max - idle) * u, u the share of busy cores. A CPU second then costs the same at any
load, so that savings are neither hidden (as by a constant) nor exaggerated (as by a cubic).
"""

import time
from collections.abc import Callable

from sustainability.sources.node_cpu import busy_cpu_s, core_count
from sustainability.sources.readings import NODE, EnergyReading, MeasuringMethod


class LinearSource:
    """Implements ``readings.Source`` from CPU seconds.

    Args:
        idle_w: Power of the idle node, memory included.
        max_w: Power with every core busy.
    """

    def __init__(
        self,
        idle_w: float,
        max_w: float,
        clock: Callable[[], float] = time.monotonic,
        busy_s: Callable[[], float] = busy_cpu_s,
        cores: int | None = None,
    ) -> None:
        self._idle_w = idle_w
        self._max_w = max_w
        self._clock = clock
        self._busy_s = busy_s
        self._cores = cores or core_count()
        self._start_s = self._start_busy_s = 0.0

    @property
    def joules_per_cpu_s(self) -> float:
        """Return the energy of a CPU second above idle."""
        return (self._max_w - self._idle_w) / self._cores

    def begin(self) -> None:
        """Start counting."""
        self._start_s, self._start_busy_s = self._clock(), self._busy_s()

    def read(self) -> EnergyReading:
        """Return the model's joules."""
        passed_s = self._clock() - self._start_s
        busy_s = self._busy_s() - self._start_busy_s
        return EnergyReading({NODE: self._idle_w * passed_s + self.joules_per_cpu_s * busy_s})

    def methods(self) -> dict[str, MeasuringMethod]:
        """Say that it is a model, and which."""
        detail = f"{self._idle_w:g} W idle to {self._max_w:g} W at full load, linear in CPU load"
        return {NODE: MeasuringMethod("linear", detail)}

    def idle_power_w(self) -> dict[str, float]:
        """Return the model's own idle power."""
        return {NODE: self._idle_w}

    def end(self) -> None:
        """Hold nothing."""

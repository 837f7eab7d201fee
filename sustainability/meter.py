"""The one reader of a node's power: sources side by side, PUE, idle power, ticks.

Starting takes seconds (the hardware is looked up), so that ``begin`` belongs on a thread of its
own; until it is done there are no ticks, and nobody waits.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sustainability.idle import IdleCalibration
from sustainability.ledger import Tick
from sustainability.node_cpu import busy_cpu_s, core_count
from sustainability.readings import NODE, Method, Reading, Source

log = logging.getLogger("brainwav.energy")


@dataclass(slots=True)
class _Domain:
    """One counter's state."""

    idle: IdleCalibration
    energy_j: float = 0.0
    busy_s: float = 0.0
    least_w: float = float("inf")


@dataclass(slots=True)
class Meter:
    """Turns readings into ticks.

    Args:
        sources: Each with domains of its own; one that fails to begin is left out.
        pue: Power usage effectiveness: the building's energy for a joule of the machine's.
        idle_w: The node's idle power before PUE, where it is known.
    """

    sources: Sequence[Source]
    pue: float = 1.0
    idle_w: float | None = None
    clock: Callable[[], float] = time.monotonic
    busy_cpu_s: Callable[[], float] = busy_cpu_s
    cores: int = field(default_factory=core_count)
    measured_j: float = 0.0
    """All that was read since ``begin``, PUE included: what a ledger must add up to."""
    _begun: list[Source] = field(default_factory=list)
    _domains: dict[str, _Domain] = field(default_factory=dict)
    _last_s: float = 0.0

    def begin(self, calibrated: Mapping[str, float] | None = None) -> None:
        """Start every source; ``calibrated`` are idle powers of an earlier run."""
        for source in self.sources:
            try:
                source.begin()
                self._begun.append(source)
            # A machine may lack any of them; the others still measure.
            except Exception:
                log.exception("energy.source_failed %s", type(source).__name__)
        stated = {k: w for source in self._begun for k, w in source.idle_power_w().items()}
        for name, energy_j in self._read().energy_j.items():
            known_w = (calibrated or {}).get(name)
            fixed_w = self.idle_w if name == NODE and self.idle_w is not None else stated.get(name)
            idle = IdleCalibration(known_w) if fixed_w is None else IdleCalibration(fixed_w, True)
            self._domains[name] = _Domain(idle, energy_j)
        reading = self._read()
        for name, domain in self._domains.items():
            domain.energy_j = reading.energy_j.get(name, domain.energy_j)
            domain.busy_s = self._busy_s(name, reading)
        self._last_s = self.clock()

    def tick(self) -> dict[str, Tick]:
        """Return what each domain used since the last tick."""
        reading, now_s = self._read(), self.clock()
        length_s, start_s = now_s - self._last_s, self._last_s
        self._last_s = now_s
        if length_s <= 0:
            return {}
        return {
            name: self._tick(domain, name, reading, start_s, now_s)
            for name, domain in self._domains.items()
            if name in reading.energy_j
        }

    def methods(self) -> dict[str, Method]:
        """Say how each domain is read."""
        return {name: m for source in self._begun for name, m in source.methods().items()}

    def idle_powers_w(self) -> dict[str, float]:
        """Return idle powers that were found, for a later run."""
        found = {name: domain.idle.power_w for name, domain in self._domains.items()}
        return {name: power_w for name, power_w in found.items() if power_w is not None}

    def end(self) -> None:
        """Let go of the hardware."""
        for source in self._begun:
            source.end()

    def _tick(
        self, domain: _Domain, name: str, reading: Reading, start_s: float, end_s: float
    ) -> Tick:
        # A counter that was reset (a driver loaded anew) must not give energy back.
        energy_j = max(0.0, reading.energy_j[name] - domain.energy_j)
        busy_now_s = self._busy_s(name, reading)
        busy_s = max(0.0, busy_now_s - domain.busy_s)
        domain.energy_j, domain.busy_s = reading.energy_j[name], busy_now_s
        length_s = end_s - start_s
        domain.least_w = min(domain.least_w, energy_j / length_s)
        domain.idle.observe(energy_j, length_s, busy_s / length_s / self._width(name))
        idle_w = domain.idle.or_least(domain.least_w)
        self.measured_j += energy_j * self.pue
        return Tick(start_s, end_s, energy_j * self.pue, idle_w * self.pue, busy_s)

    def _busy_s(self, name: str, reading: Reading) -> float:
        return self.busy_cpu_s() if name == NODE else reading.busy_s.get(name, 0.0)

    def _width(self, name: str) -> int:
        return self.cores if name == NODE else 1

    def _read(self) -> Reading:
        readings = [source.read() for source in self._begun]
        return Reading(
            {name: j for reading in readings for name, j in reading.energy_j.items()},
            {name: s for reading in readings for name, s in reading.busy_s.items()},
        )

"""The one reader of a node's power: sources side by side, PUE, idle power, ticks.

Starting takes seconds (the hardware is looked up), so that ``begin`` belongs on a thread of its
own; until it is done there are no ticks, and nobody waits.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sustainability.metering.counter import Counter, is_amount
from sustainability.metering.idle import IdleCalibration
from sustainability.metering.ledger import Tick
from sustainability.sources.node_cpu import busy_cpu_s, core_count
from sustainability.sources.readings import NODE, EnergyReading, EnergySource, MeasuringMethod

log = logging.getLogger("brainwav.energy")


@dataclass(slots=True)
class _Domain:
    """One counter's state."""

    idle: IdleCalibration
    counter: Counter = field(default_factory=Counter)
    until_s: float = 0.0
    """End of the last tick."""
    busy_s: float = 0.0
    least_w: float = math.inf


@dataclass(slots=True)
class Meter:
    """Turns readings into ticks.

    Args:
        sources: Each with domains of its own; one that fails to begin is left out, and one that
            cannot be read for a while goes on where it was.
        pue: Power usage effectiveness: the building's energy for a joule of the machine's.
        idle_w: The node's idle power before PUE, where it is known.
    """

    sources: Sequence[EnergySource]
    pue: float = 1.0
    idle_w: float | None = None
    clock: Callable[[], float] = time.monotonic
    busy_cpu_s: Callable[[], float] = busy_cpu_s
    cores: int = field(default_factory=core_count)
    measured_j: float = 0.0
    """All that was read since ``begin``, PUE included: what a ledger must add up to."""
    _begun: list[EnergySource] = field(default_factory=list)
    _domains: dict[str, _Domain] = field(default_factory=dict)
    _calibrated: Mapping[str, float] = field(default_factory=dict)
    _failing: set[int] = field(default_factory=set)

    def begin(self, calibrated: Mapping[str, float] | None = None) -> None:
        """Start every source; ``calibrated`` are idle powers of an earlier run."""
        for source in self.sources:
            try:
                source.begin()
                self._begun.append(source)
            # A machine may lack any of them; the others still measure.
            except Exception:
                log.exception("energy.source_failed %s", type(source).__name__)
        self._calibrated = dict(calibrated or {})
        # Twice: the first reading of some sources takes long, and is none of the first tick's.
        for reading in (self._read(), self._read()):
            now_s = self.clock()
            for name in reading.energy_j:
                self._domains.pop(name, None)
                self._begin_domain(name, reading, now_s)

    def tick(self) -> dict[str, Tick]:
        """Return what each domain used since its last tick; none where it cannot be read."""
        reading, now_s = self._read(), self.clock()
        ticks = {}
        for name in reading.energy_j:
            if name not in self._domains:
                self._begin_domain(name, reading, now_s)
            tick = self._tick(name, reading, now_s)
            if tick is not None:
                ticks[name] = tick
        return ticks

    def methods(self) -> dict[str, MeasuringMethod]:
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

    def _begin_domain(self, name: str, reading: EnergyReading, now_s: float) -> None:
        stated_w = {k: w for source in self._begun for k, w in source.idle_power_w().items()}
        fixed_w = self.idle_w if name == NODE and self.idle_w is not None else stated_w.get(name)
        known_w = self._calibrated.get(name)
        if is_amount(fixed_w):
            idle = IdleCalibration(fixed_w, True)
        else:
            idle = IdleCalibration(known_w if is_amount(known_w) and known_w > 0 else None)
        domain = self._domains[name] = _Domain(idle, until_s=now_s)
        domain.counter.gained_j(reading.energy_j[name], now_s)
        domain.busy_s = self._busy_s(name, reading, 0.0)

    def _tick(self, name: str, reading: EnergyReading, now_s: float) -> Tick | None:
        domain = self._domains[name]
        start_s, length_s = domain.until_s, now_s - domain.until_s
        if length_s <= 0:
            return None
        energy_j = domain.counter.gained_j(reading.energy_j[name], now_s)
        if energy_j is None:
            # The next reading is of this time too.
            return None
        busy_now_s = self._busy_s(name, reading, domain.busy_s)
        busy_s = max(0.0, busy_now_s - domain.busy_s)
        domain.busy_s, domain.until_s = busy_now_s, now_s
        if energy_j > 0:
            # A counter that stands still says nothing of what an idle machine draws.
            domain.least_w = min(domain.least_w, energy_j / length_s)
        domain.idle.observe(energy_j, length_s, busy_s / length_s / self._width(name))
        least_w = domain.least_w if math.isfinite(domain.least_w) else 0.0
        idle_w = domain.idle.or_least(least_w)
        self.measured_j += energy_j * self.pue
        return Tick(start_s, now_s, energy_j * self.pue, idle_w * self.pue, busy_s)

    def _busy_s(self, name: str, reading: EnergyReading, before_s: float) -> float:
        busy_s = self.busy_cpu_s() if name == NODE else reading.busy_s.get(name, before_s)
        return busy_s if is_amount(busy_s) else before_s

    def _width(self, name: str) -> int:
        return self.cores if name == NODE else 1

    def _read(self) -> EnergyReading:
        readings = [self._read_source(source) for source in self._begun]
        return EnergyReading(
            {name: j for reading in readings for name, j in reading.energy_j.items()},
            {name: s for reading in readings for name, s in reading.busy_s.items()},
        )

    def _read_source(self, source: EnergySource) -> EnergyReading:
        try:
            reading = source.read()
        # A sensor that fails for a moment must not take the others along.
        except Exception:
            if id(source) not in self._failing:
                self._failing.add(id(source))
                log.exception("energy.source_not_read %s", type(source).__name__)
            return EnergyReading({})
        self._failing.discard(id(source))
        return reading

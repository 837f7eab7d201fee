"""What a request will have cost, said before it is known.

joules = units x CPU seconds per unit x joules per CPU second. The first factor belongs to the
endpoint and what was asked of it, changes slowly and is learnt from settled requests. The
second belongs to the node at this moment: the power model is not linear, so that it moves
with the load, and the last ticks say best what it is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sustainability.units import grams

WorkName = tuple[str, str]
"""Endpoint and kind."""

FALLBACK_CPU_S = 0.02
"""Of a unit nobody has asked for yet, on any endpoint."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What an estimate is made of; replicas get it anew with every tick."""

    cpu_s_per_unit: Mapping[WorkName, float] = field(default_factory=dict)
    joules_per_cpu_s: float = 0.0
    joules_per_unit_elsewhere: Mapping[WorkName, float] = field(default_factory=dict)
    """On accelerators."""
    intensity_g_per_kwh: float = 0.0

    def energy_j(self, endpoint: str, kind: str, units: float) -> float:
        """Return the energy of so many units."""
        name = (endpoint, kind)
        cpu_s = self.cpu_s_per_unit.get(name)
        if cpu_s is None:
            cpu_s = self._unseen_cpu_s(endpoint)
        elsewhere_j = self.joules_per_unit_elsewhere.get(name, 0.0)
        return units * (cpu_s * self.joules_per_cpu_s + elsewhere_j)

    def emissions_g(self, energy_j: float) -> float:
        """Return the emissions of some energy now."""
        return grams(energy_j, self.intensity_g_per_kwh)

    def _unseen_cpu_s(self, endpoint: str) -> float:
        same = [value for (name, _), value in self.cpu_s_per_unit.items() if name == endpoint]
        return sum(same) / len(same) if same else FALLBACK_CPU_S


class Average:
    """A ratio that forgets: old pairs fade with a half-life counted in ``weight``."""

    def __init__(self, half_life: float) -> None:
        self._half_life = half_life
        self.above = 0.0
        self.below = 0.0

    def add(self, above: float, below: float) -> None:
        """Take in a pair."""
        if below <= 0:
            return
        fade = math.exp2(-below / self._half_life)
        self.above = self.above * fade + above
        self.below = self.below * fade + below

    @property
    def ratio(self) -> float | None:
        """Return the average, None before the first pair."""
        return self.above / self.below if self.below > 0 else None


UNITS_HALF_LIFE = 200.0
TICKS_HALF_LIFE_S = 2.0


class Estimator:
    """Learns coefficients from what was settled, and how far estimates were off."""

    def __init__(self) -> None:
        self._cpu_s: dict[WorkName, Average] = {}
        self._elsewhere_j: dict[WorkName, Average] = {}
        self._joules_per_cpu_s = Average(TICKS_HALF_LIFE_S)
        self.estimated_j = 0.0
        self.settled_j = 0.0

    def tick(self, dynamic_j: float, cpu_s: float) -> None:
        """Learn what a CPU second costs now."""
        self._joules_per_cpu_s.add(dynamic_j, cpu_s)

    def settled(
        self,
        name: WorkName,
        units: float,
        cpu_s: float,
        elsewhere_j: float,
        energy_j: float,
        estimate_j: float,
    ) -> None:
        """Learn from a request that will cost nothing more."""
        self._cpu_s.setdefault(name, Average(UNITS_HALF_LIFE)).add(cpu_s, units)
        self._elsewhere_j.setdefault(name, Average(UNITS_HALF_LIFE)).add(elsewhere_j, units)
        self.settled_j += energy_j
        self.estimated_j += estimate_j

    @property
    def bias_ratio(self) -> float | None:
        """Return all that was estimated over all that was settled; 1 is unbiased."""
        return self.estimated_j / self.settled_j if self.settled_j > 0 else None

    def coefficients(self, intensity_g_per_kwh: float) -> Coefficients:
        """Return what the next estimates are made of."""
        return Coefficients(
            _ratios(self._cpu_s),
            self._joules_per_cpu_s.ratio or 0.0,
            {name: value for name, value in _ratios(self._elsewhere_j).items() if value > 0},
            intensity_g_per_kwh,
        )

    def state(self) -> dict:
        """Return what a restart needs, fit for JSON."""
        return {
            "cpu_s": _rows(self._cpu_s),
            "elsewhere_j": _rows(self._elsewhere_j),
            "joules_per_cpu_s": [self._joules_per_cpu_s.above, self._joules_per_cpu_s.below],
            "estimated_j": self.estimated_j,
            "settled_j": self.settled_j,
        }

    def restore(self, state: Mapping) -> None:
        """Take over what ``state`` returned."""
        self._cpu_s = _averages(state["cpu_s"])
        self._elsewhere_j = _averages(state["elsewhere_j"])
        self._joules_per_cpu_s.above, self._joules_per_cpu_s.below = state["joules_per_cpu_s"]
        self.estimated_j, self.settled_j = state["estimated_j"], state["settled_j"]


def _ratios(averages: Mapping[WorkName, Average]) -> dict[WorkName, float]:
    return {name: a.ratio for name, a in averages.items() if a.ratio is not None}


def _rows(averages: Mapping[WorkName, Average]) -> list[list]:
    return [[*name, average.above, average.below] for name, average in averages.items()]


def _averages(rows: list[list]) -> dict[WorkName, Average]:
    averages = {}
    for endpoint, kind, above, below in rows:
        average = averages[endpoint, kind] = Average(UNITS_HALF_LIFE)
        average.above, average.below = above, below
    return averages

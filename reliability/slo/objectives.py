"""Service level objectives: what is promised of which route, and when somebody is called.

Every kind is a share of requests: of those that count, at least ``target`` must be good.
Kinds differ in what counts and what is bad; ``reliability.slo.tally`` decides it.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

ObjectiveKind = Literal["availability", "latency", "energy", "carbon"]
AlertSeverity = Literal["page", "ticket"]

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400

BURN_WINDOWS_S: Mapping[str, int] = {
    "5m": 5 * MINUTE_S,
    "30m": 30 * MINUTE_S,
    "1h": HOUR_S,
    "2h": 2 * HOUR_S,
    "6h": 6 * HOUR_S,
    "1d": DAY_S,
    "3d": 3 * DAY_S,
}
"""Windows that burn rates are told over."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a route template; HEAD is GET."""

    method: str
    endpoint: str

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """An alert on two windows: the long one says that it matters, the short one that it lasts.

    Source: Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
    """

    name: str
    severity: AlertSeverity
    factor: float
    """Burn rate above which both windows must be."""
    long_s: int
    short_s: int
    for_s: int
    """How long it must hold."""
    least_bad: int
    """Bad requests in the long window below which nobody is called."""

    def budget_share(self, window_s: int) -> float:
        """Return the part of the budget that is gone when the long window burnt at ``factor``."""
        return self.factor * self.long_s / window_s


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise about one route."""

    name: str
    title: str
    service: str
    """The group that dashboards show it under."""
    route: Route
    kind: ObjectiveKind
    target: float
    """Share of good requests, in (0, 1)."""
    most: float | None
    """The most a good request takes: seconds, joules or grams by ``kind``; none for
    availability."""
    window_s: int
    """Rolling window of the error budget."""
    alerts: tuple[BurnAlert, ...]

    @property
    def budget(self) -> float:
        """Share of requests that may be bad."""
        # 1 - 0.9999 is 1.0000000000000286e-4 in doubles; rules and reports show the number.
        return float(f"{1.0 - self.target:.10g}")

    def can_fire(self, alert: BurnAlert) -> bool:
        """Return whether any traffic at all can burn that fast: at most all requests are bad."""
        return alert.factor * self.budget < 1.0 and not math.isclose(
            alert.factor * self.budget, 1.0
        )


@dataclass(frozen=True)
class Objectives:
    """The promises of a service; at most one of a kind for a route."""

    all: tuple[Objective, ...]

    def __iter__(self) -> Iterator[Objective]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @cached_property
    def by_route(self) -> Mapping[Route, Mapping[ObjectiveKind, Objective]]:
        """The objectives of each route, in the file's order."""
        routes: dict[Route, dict[ObjectiveKind, Objective]] = {}
        for objective in self.all:
            routes.setdefault(objective.route, {})[objective.kind] = objective
        return routes

    def latency_thresholds_s(self) -> tuple[float, ...]:
        """Return every latency threshold once, ascending: histograms need them as bounds.

        A count below a threshold is exact only where the threshold is a bucket's bound.
        """
        return tuple(sorted({o.most for o in self.all if o.kind == "latency" and o.most}))

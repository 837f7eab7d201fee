"""What is counted of a route's requests, and what each kind of objective makes of it.

Who counts: every answered request but client errors (4xx) and refusals by a limit (429); a
client that hung up is 499. What failed: 5xx, so timeouts (504) and sheds (503) too. Latency,
energy and carbon are judged on the answers that succeeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from reliability.slo.latency_sketch import LatencySketch
from reliability.slo.objectives import ObjectiveKind

LIMITED, SHED, TIMED_OUT = 429, 503, 504
MOST_COUNT = 2**53
"""Beyond this a sum no longer knows single requests. What is no number is no count either."""


class Share(NamedTuple):
    """How many requests an objective judged, and how many of them it found bad."""

    valid: int
    bad: int


@dataclass(slots=True)
class Tally:
    """Counts of one route over some time; a difference of two is a tally again."""

    requests: int = 0
    refused: int = 0
    """4xx but 429: the client's own."""
    limited: int = 0
    """429."""
    failed: int = 0
    """5xx, the next two among them."""
    shed: int = 0
    timed_out: int = 0
    slow: int = 0
    """Succeeded, but later than the latency objective allows."""
    energy_known: int = 0
    """Succeeded with an estimate of its energy."""
    energy_over: int = 0
    energy_j: float = 0.0
    carbon_known: int = 0
    carbon_over: int = 0
    carbon_g: float = 0.0

    @property
    def valid(self) -> int:
        """Requests that count for availability."""
        return self.requests - self.refused - self.limited

    @property
    def succeeded(self) -> int:
        """Answered with what was asked for."""
        return self.valid - self.failed

    def share(self, kind: ObjectiveKind) -> Share:
        """Return what an objective of that kind judged and found bad."""
        if kind == "availability":
            return Share(self.valid, self.failed)
        if kind == "latency":
            return Share(self.succeeded, self.slow)
        if kind == "energy":
            return Share(self.energy_known, self.energy_over)
        return Share(self.carbon_known, self.carbon_over)

    def add(self, other: "Tally") -> None:
        """Add what the other counted.

        Spelled out: a report adds thousands, and this is four times as fast as a loop.
        """
        self.requests += other.requests
        self.refused += other.refused
        self.limited += other.limited
        self.failed += other.failed
        self.shed += other.shed
        self.timed_out += other.timed_out
        self.slow += other.slow
        self.energy_known += other.energy_known
        self.energy_over += other.energy_over
        self.energy_j += other.energy_j
        self.carbon_known += other.carbon_known
        self.carbon_over += other.carbon_over
        self.carbon_g += other.carbon_g

    def less(self, earlier: "Tally") -> "Tally":
        """Return what was counted since an earlier state of this tally."""
        return Tally(*(getattr(self, name) - getattr(earlier, name) for name in COUNTS))

    def packed(self) -> list[float]:
        """Return the counts in order, for JSON."""
        return [getattr(self, name) for name in COUNTS]

    @classmethod
    def unpacked(cls, packed: list[float]) -> "Tally":
        """Return the tally that ``packed`` came from.

        Raises:
            ValueError: Not what this version packs.
        """
        if len(packed) != len(COUNTS):
            raise ValueError("counts of another version")
        if not all(isinstance(n, int | float) and 0 <= n <= MOST_COUNT for n in packed):
            raise ValueError("a count that cannot be")
        return cls(*packed)  # type: ignore[arg-type]

    @property
    def fell(self) -> bool:
        """Whether a difference of two states has less of anything than none."""
        return any(getattr(self, name) < 0 for name in COUNTS)


COUNTS: Sequence[str] = tuple(field.name for field in fields(Tally))


@dataclass(slots=True)
class RouteCounts:
    """A tally and the latencies of the answers that succeeded."""

    tally: Tally
    latencies: LatencySketch

    @classmethod
    def none(cls) -> "RouteCounts":
        """Return the counts of no request."""
        return cls(Tally(), LatencySketch())

    def add(self, other: "RouteCounts") -> None:
        """Add what the other counted."""
        self.tally.add(other.tally)
        self.latencies.add(other.latencies)

    def less(self, earlier: "RouteCounts") -> "RouteCounts":
        """Return what was counted since an earlier state of these counts."""
        return RouteCounts(self.tally.less(earlier.tally), self.latencies.less(earlier.latencies))

    def packed(self) -> list[list]:
        """Return plain lists, for JSON."""
        return [self.tally.packed(), *self.latencies.packed()]

    @classmethod
    def unpacked(cls, packed: list[list]) -> "RouteCounts":
        """Return the counts that ``packed`` came from.

        Raises:
            ValueError: Not what this version packs.
        """
        tally, *latencies = packed
        return cls(Tally.unpacked(tally), LatencySketch.unpacked(latencies))

"""Judges each request as it ends, in the process that answered it, and counts from its start."""

from typing import Any, Literal, TypeGuard

from reliability.slo.objectives import ObjectiveKind, Objectives, Route
from reliability.slo.tally import LIMITED, SHED, TIMED_OUT, RouteCounts, Tally

RequestVerdict = Literal[
    "good", "failed", "slow", "over_energy", "over_carbon", "excluded", "unjudged"
]
"""``excluded``: the client's own error or a limit. ``unjudged``: a route without objectives."""

_NEVER = float("inf")


class _Book:
    """A route's counts beside the most that a good answer may take."""

    __slots__ = ("counts", "most_carbon_g", "most_energy_j", "most_latency_s")

    def __init__(self, most: dict[ObjectiveKind, float]) -> None:
        self.counts = RouteCounts.none()
        self.most_latency_s = most.get("latency", _NEVER)
        self.most_energy_j = most.get("energy", _NEVER)
        self.most_carbon_g = most.get("carbon", _NEVER)


class SloRecorder:
    """Cumulative counts of this process; not for several threads at once."""

    def __init__(self, objectives: Objectives) -> None:
        self._books = {
            (route.method, route.endpoint): _Book(
                {kind: o.most for kind, o in kinds.items() if o.most is not None}
            )
            for route, kinds in objectives.by_route.items()
        }
        self._requests = 0

    def observe(
        self,
        endpoint: str,
        method: str,
        status: int,
        seconds: float,
        energy_j: float | None = None,
        carbon_g: float | None = None,
    ) -> RequestVerdict:
        """Count one request that has ended; about a microsecond.

        Args:
            endpoint: The route's template, such as ``/documents/{document_id}``.
            status: As the client got it; 499 for one that hung up first.
            seconds: The unrounded latency.
            energy_j: The request's estimate; without one energy objectives skip it.
            carbon_g: The same in grams.

        Returns:
            The worst that an objective finds, failure before slowness before cost.
        """
        book = self._books.get(("GET" if method == "HEAD" else method, endpoint))
        if book is None:
            return "unjudged"
        self._requests += 1
        tally = book.counts.tally
        tally.requests += 1
        if status >= 400:
            return _count_error(tally, status)
        book.counts.latencies.observe(seconds)
        verdict: RequestVerdict = "good"
        if _is_amount(carbon_g) and _over_carbon(tally, carbon_g, book.most_carbon_g):
            verdict = "over_carbon"
        if _is_amount(energy_j) and _over_energy(tally, energy_j, book.most_energy_j):
            verdict = "over_energy"
        # Not "greater": a latency that is no number is no fast one.
        if not seconds <= book.most_latency_s:
            tally.slow += 1
            verdict = "slow"
        return verdict

    def snapshot(self) -> dict[str, Any]:
        """Return everything counted since the start, as plain JSON.

        ``requests`` only grows, so of two snapshots it tells the later one.
        """
        return {
            "requests": self._requests,
            "routes": {
                str(Route(*key)): book.counts.packed()
                for key, book in self._books.items()
                if book.counts.tally.requests
            },
        }


def _is_amount(value: float | None) -> TypeGuard[float]:
    # One estimate that is no number would spoil the sum for good.
    return value is not None and 0.0 <= value < _NEVER


def _count_error(tally: Tally, status: int) -> RequestVerdict:
    if status >= 500:
        tally.failed += 1
        tally.shed += status == SHED
        tally.timed_out += status == TIMED_OUT
        return "failed"
    if status == LIMITED:
        tally.limited += 1
    else:
        tally.refused += 1
    return "excluded"


def _over_energy(tally: Tally, energy_j: float, most_j: float) -> bool:
    over = energy_j > most_j
    tally.energy_known += 1
    tally.energy_over += over
    tally.energy_j += energy_j
    return over


def _over_carbon(tally: Tally, carbon_g: float, most_g: float) -> bool:
    over = carbon_g > most_g
    tally.carbon_known += 1
    tally.carbon_over += over
    tally.carbon_g += carbon_g
    return over

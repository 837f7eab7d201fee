"""What each answer counts as."""

import pytest

from reliability.slo.recorder import SloRecorder
from reliability.slo.tally import COUNTS, RouteCounts, Tally
from tests.unit.reliability.slo_examples import OBJECTIVES, ROUTE

FAST_S, SLOW_S = 0.1, 0.10000001


def tally_of(recorder: SloRecorder) -> Tally:
    routes = recorder.snapshot()["routes"]
    return RouteCounts.unpacked(routes[str(ROUTE)]).tally


@pytest.mark.parametrize(
    ("status", "seconds", "verdict", "valid", "failed", "slow"),
    [
        (200, FAST_S, "good", 1, 0, 0),
        (204, FAST_S, "good", 1, 0, 0),
        (304, FAST_S, "good", 1, 0, 0),
        (200, SLOW_S, "slow", 1, 0, 1),
        (400, SLOW_S, "excluded", 0, 0, 0),
        (422, FAST_S, "excluded", 0, 0, 0),
        (429, FAST_S, "excluded", 0, 0, 0),
        (499, SLOW_S, "excluded", 0, 0, 0),
        (500, FAST_S, "failed", 1, 1, 0),
        (503, FAST_S, "failed", 1, 1, 0),
        (504, SLOW_S, "failed", 1, 1, 0),
        (200, float("nan"), "slow", 1, 0, 1),
    ],
)
def test_only_the_service_s_own_failures_count_against_it(
    status: int, seconds: float, verdict: str, valid: int, failed: int, slow: int
) -> None:
    """A threshold is kept to the digit, and a failure is not counted as slow as well."""
    recorder = SloRecorder(OBJECTIVES)
    assert recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds) == verdict
    tally = tally_of(recorder)
    assert (tally.valid, tally.failed, tally.slow) == (valid, failed, slow)


def test_limits_sheds_and_timeouts_are_told_apart() -> None:
    """An operator sees why requests were refused or failed."""
    recorder = SloRecorder(OBJECTIVES)
    for status in (429, 429, 503, 504, 500, 404):
        recorder.observe(ROUTE.endpoint, ROUTE.method, status, FAST_S)
    tally = tally_of(recorder)
    assert (tally.limited, tally.refused, tally.shed, tally.timed_out) == (2, 1, 1, 1)


def test_the_worst_finding_is_the_verdict() -> None:
    """Failure before slowness before joules before grams."""
    recorder = SloRecorder(OBJECTIVES)

    def verdict(status: int, seconds: float, energy_j: float, carbon_g: float) -> str:
        return recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds, energy_j, carbon_g)

    assert verdict(200, FAST_S, 2.0, 0.5) == "good"
    assert verdict(200, FAST_S, 2.0, 0.6) == "over_carbon"
    assert verdict(200, FAST_S, 2.1, 0.6) == "over_energy"
    assert verdict(200, SLOW_S, 2.1, 0.6) == "slow"
    assert verdict(500, SLOW_S, 2.1, 0.6) == "failed"
    tally = tally_of(recorder)
    assert (tally.energy_known, tally.energy_over) == (4, 2)
    assert (tally.carbon_known, tally.carbon_over) == (4, 3)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.0, None])
def test_an_estimate_that_is_no_amount_is_left_out(odd: float | None) -> None:
    """One such number would spoil the sum for good."""
    recorder = SloRecorder(OBJECTIVES)
    assert recorder.observe(ROUTE.endpoint, ROUTE.method, 200, FAST_S, odd, odd) == "good"
    assert tally_of(recorder).energy_known == tally_of(recorder).carbon_known == 0


def test_a_route_without_objectives_is_not_kept() -> None:
    """Whatever clients ask for, memory stays bounded."""
    recorder = SloRecorder(OBJECTIVES)
    assert recorder.observe("/no/such", "GET", 404, FAST_S) == "unjudged"
    assert recorder.snapshot() == {"requests": 0, "routes": {}}


def test_head_counts_as_get() -> None:
    """They are one route."""
    recorder = SloRecorder(OBJECTIVES)
    assert recorder.observe("/documents/{document_id}", "HEAD", 200, FAST_S) == "good"


def test_every_count_is_added_and_subtracted() -> None:
    """``Tally.add`` is spelled out; a new count must not be forgotten there."""
    one, two = Tally(*range(1, len(COUNTS) + 1)), Tally(*range(100, len(COUNTS) + 100))
    total = Tally(*one.packed())
    total.add(two)
    assert total.packed() == [a + b for a, b in zip(one.packed(), two.packed(), strict=True)]
    assert total.less(two) == one

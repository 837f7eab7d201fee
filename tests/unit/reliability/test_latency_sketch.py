"""The sketch against exact quantiles of what it counted."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reliability.slo.latency_sketch import ACCURACY, LEAST_S, MOST_S, LatencySketch

SHARES = (0.50, 0.95, 0.99)
N = 50_000

latencies = st.lists(st.floats(LEAST_S, MOST_S), max_size=60)


def sketch_of(seconds: list[float]) -> LatencySketch:
    sketch = LatencySketch()
    for one in seconds:
        sketch.observe(one)
    return sketch


def exact(seconds: list[float], share: float) -> float:
    return sorted(seconds)[max(1, math.ceil(share * len(seconds))) - 1]


def merged(*parts: LatencySketch) -> LatencySketch:
    total = LatencySketch()
    for part in parts:
        total.add(part)
    return total


def lognormal(draw: random.Random) -> float:
    return draw.lognormvariate(math.log(0.012), 0.6)


def bimodal(draw: random.Random) -> float:
    # Nineteen of twenty from a cache, the twentieth 60 times slower: P95 lies on the cliff.
    return draw.gauss(0.004, 0.0004) if draw.random() < 0.95 else draw.lognormvariate(-1.4, 0.3)


def pareto(draw: random.Random) -> float:
    return 0.002 * draw.paretovariate(1.2)


def uniform(draw: random.Random) -> float:
    return draw.uniform(0.001, 1.0)


@pytest.mark.parametrize("shape", [lognormal, bimodal, pareto, uniform])
def test_quantiles_are_within_one_percent_on_any_shape(shape) -> None:
    """P50, P95 and P99 of fifty thousand latencies."""
    draw = random.Random(7)
    seconds = [shape(draw) for _ in range(N)]
    found = sketch_of(seconds).quantiles_s(SHARES)
    for share, quantile_s in zip(SHARES, found, strict=True):
        assert quantile_s == pytest.approx(exact(seconds, share), rel=0.01)


@given(seconds=st.lists(st.floats(LEAST_S, MOST_S), min_size=1, max_size=60))
def test_no_quantile_is_ever_further_off_than_the_accuracy(seconds: list[float]) -> None:
    """Also of few and of extreme latencies; the smallest and the greatest too."""
    shares = (0.0, *SHARES, 1.0)
    for share, found in zip(shares, sketch_of(seconds).quantiles_s(shares), strict=True):
        assert found == pytest.approx(exact(seconds, share), rel=ACCURACY * (1 + 1e-9))


@given(one=latencies, two=latencies, three=latencies)
def test_merging_is_counting_together_in_any_order(
    one: list[float], two: list[float], three: list[float]
) -> None:
    """Commutative and associative, so replicas may report in any order."""
    a, b, c = sketch_of(one), sketch_of(two), sketch_of(three)
    together = sketch_of([*one, *two, *three])
    assert merged(a, merged(b, c)) == merged(merged(a, b), c) == merged(c, a, b) == together


@given(before=latencies, after=latencies)
def test_a_difference_is_what_came_in_between(before: list[float], after: list[float]) -> None:
    """Cumulative snapshots can be taken apart again."""
    later = sketch_of([*before, *after])
    assert later.less(sketch_of(before)) == sketch_of(after)


@given(seconds=latencies)
def test_packing_loses_nothing(seconds: list[float]) -> None:
    """To JSON and back."""
    sketch = sketch_of(seconds)
    assert LatencySketch.unpacked(sketch.packed()) == sketch


def test_an_empty_sketch_knows_no_quantile() -> None:
    """No request is no data."""
    assert LatencySketch().quantiles_s(SHARES) == [None, None, None]


@pytest.mark.parametrize("odd", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_impossible_latencies_are_counted_and_bounded(odd: float) -> None:
    """A clock that jumps makes no bucket of its own and raises nothing."""
    found = sketch_of([odd]).quantiles_s([0.5])[0]
    assert found is not None
    assert LEAST_S * (1 - ACCURACY) <= found <= MOST_S * (1 + ACCURACY)

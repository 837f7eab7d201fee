"""Latencies slot by slot against a plain list of every request and when it was told."""

import math
import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.slo.history import WINDOWS_S, HistoryWindow
from tests.unit.reliability.slo_examples import ROUTE
from tests.unit.reliability.slo_world import World, requests

AHEAD_S = 86_400.0


@given(seed=st.integers(0, 9999), over=st.sampled_from(sorted(WINDOWS_S)))
@settings(max_examples=40, deadline=None)
def test_each_slot_tells_what_a_list_of_its_requests_tells(seed: int, over: HistoryWindow) -> None:
    """Requests, failures and quantiles; slots without a request are left out; restarts too."""
    draw, world = random.Random(seed), World()
    told: list[tuple[float, int, float]] = []
    for _ in range(60):
        world.now_s += draw.choice([1, 20, 90, 1000, 5000])
        for status, seconds in requests(draw, draw.randrange(5)):
            world.recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds)
            told.append((world.now_s, status, seconds))
        world.push()
    world.restart()
    history = world.tracker.history(world.now_s, world.now_s + AHEAD_S, over)
    step = 60 if over in ("1h", "2h") else 3600
    assert (history["step_s"], history["over"]) == (step, over)
    first = world.now_s // step - WINDOWS_S[over] // step + 1
    slots: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for at_s, status, seconds in told:
        if at_s // step >= first:
            slots[int(at_s // step)].append((status, seconds))
    points = [point for one in history["endpoints"] for point in one["points"]]
    assert [point["at"] for point in points] == [at * step + AHEAD_S for at in sorted(slots)]
    for point, at in zip(points, sorted(slots), strict=True):
        inside = slots[at]
        assert point["requests"] == len(inside)
        assert point["failed"] == sum(status >= 500 for status, _ in inside)
        assert point["limited"] == sum(status == 429 for status, _ in inside)
        good = sorted(seconds for status, seconds in inside if status == 200)
        for share, name in ((0.5, "p50_ms"), (0.95, "p95_ms"), (0.99, "p99_ms")):
            exact = good[math.ceil(share * len(good)) - 1] * 1000 if good else None
            assert point[name] == (None if exact is None else pytest.approx(exact, rel=0.01))


def test_a_route_that_nobody_asked_has_no_series() -> None:
    """Neither before its first request nor when the last one is longer ago than the window."""
    world = World()
    assert world.tracker.history(world.now_s, world.now_s, "3d")["endpoints"] == []
    world.serve(1)
    world.push()
    [one] = world.tracker.history(world.now_s, world.now_s, "3d")["endpoints"]
    assert (one["method"], one["endpoint"]) == (ROUTE.method, ROUTE.endpoint)
    later_s = world.now_s + WINDOWS_S["3d"] + 3600
    assert world.tracker.history(later_s, later_s, "3d")["endpoints"] == []

"""The tracker against a plain list of every request and when it was told."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.slo import rows as slo_rows
from reliability.slo.objectives import BURN_WINDOWS_S, Objectives
from reliability.slo.recorder import SloRecorder
from reliability.slo.rows import SloRow
from reliability.slo.tracker import SloTracker
from tests.unit.reliability.slo_examples import DAY_S, OBJECTIVES, OTHER, ROUTE, objective
from tests.unit.reliability.slo_world import World, requests


@given(seed=st.integers(0, 9999))
@settings(max_examples=40, deadline=None)
def test_every_window_counts_what_a_list_of_all_requests_counts(seed: int) -> None:
    """To the minute: a window is its last whole minutes, the running one among them."""
    draw, world, told = random.Random(seed), World(), []
    for _ in range(60):
        world.now_s += draw.choice([1, 20, 90, 1000, 5000, 20_000])
        for status, seconds in requests(draw, draw.randrange(5)):
            world.recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds)
            told.append((world.now_s, status))
        world.push()
    rates = world.figures()["burn_rates"]
    for name, length_s in BURN_WINDOWS_S.items():
        first = world.now_s // 60 - length_s // 60 + 1
        inside = [s for at, s in told if at // 60 >= first and s not in (404, 429)]
        bad = sum(status >= 500 for status in inside)
        expected = bad / len(inside) / 0.01 if inside else None
        assert rates[name] == (None if expected is None else pytest.approx(expected))


def test_no_traffic_is_no_data_and_never_compliance() -> None:
    """Neither at the start nor when the last request is longer ago than the window."""
    world = World()
    for _ in range(2):
        figures = world.figures()
        assert figures["status"] == "no_data"
        unknown = ("compliance", "budget_left", "exhaustion_s", "exhausts_at")
        assert [figures[key] for key in unknown] == [None] * 4
        assert set(figures["burn_rates"].values()) == {None}
        assert world.endpoint()["latency_ms"]["1h"] == {"p50": None, "p95": None, "p99": None}
        world.serve(5)
        world.push()
        world.now_s += 32 * DAY_S
        world.push("b", SloRecorder(OBJECTIVES).snapshot())


def test_client_errors_and_limits_alone_are_no_data() -> None:
    """A service that refused everything rightly has kept nothing yet."""
    world = World()
    world.serve(5, 429)
    world.serve(5, 422)
    world.push()
    assert world.figures()["status"] == "no_data"
    assert world.endpoint()["requests"]["all"] == 10


def test_the_figures_follow_the_formulas() -> None:
    """Target 99 %, 5 of 1,000 bad: half the budget, gone in 30 days at half its speed."""
    world = World()
    world.serve(995)
    world.serve(5, 500)
    world.push()
    figures = world.figures()
    assert figures["compliance"] == pytest.approx(0.995)
    assert figures["budget_left"] == pytest.approx(0.5)
    assert figures["burn_rates"]["1h"] == pytest.approx(0.5)
    assert figures["exhaustion_s"] == pytest.approx(0.5 * 30 * DAY_S / 0.5)
    assert figures["exhausts_at"] == round(world.now_s + figures["exhaustion_s"])
    assert figures["status"] == "kept"


def test_an_overspent_budget_is_negative_and_exhausted_now() -> None:
    """20 of 100 bad at 99 %: twenty times the budget."""
    world = World()
    world.serve(80)
    world.serve(20, 503)
    world.push()
    figures = world.figures()
    assert figures["budget_left"] == pytest.approx(-19.0)
    assert (figures["status"], figures["exhaustion_s"]) == ("exhausted", 0.0)


def test_slowness_is_judged_on_successes_only() -> None:
    """Quick failures do not make a service fast."""
    world = World()
    world.serve(90, seconds=0.05)
    world.serve(10, seconds=0.2)
    world.serve(100, 500, seconds=0.001)
    world.push()
    figures = world.figures("latency")
    assert (figures["valid"], figures["bad"]) == (100, 10)
    assert figures["max_seconds"] == 0.1
    assert world.endpoint()["latency_ms"]["5m"]["p50"] == pytest.approx(50, rel=0.01)


def test_latencies_of_long_windows_come_from_the_hours() -> None:
    """An hour-old minute has lost its latencies to none of the windows that reach it."""
    world = World()
    world.serve(100, seconds=0.02)
    world.push()
    world.now_s += 10 * 3600
    world.serve(1, seconds=0.5)
    world.push()
    latency = world.endpoint()["latency_ms"]
    assert latency["1h"]["p50"] == pytest.approx(500, rel=0.01)
    assert latency["1d"]["p50"] == pytest.approx(20, rel=0.01)


def test_a_page_needs_both_windows_and_ten_bad_requests() -> None:
    """Few failures of a quiet route are a ticket; a burst that is over pages nobody."""
    world = World()
    world.serve(9, 500)
    world.push()
    assert {a["severity"] for a in world.figures()["alerts"]} == {"ticket"}
    world.serve(1, 500)
    world.push()
    assert "page-1h" in [a["name"] for a in world.figures()["alerts"]]
    world.now_s += 400
    world.serve(30)
    world.push()
    assert "page-1h" not in [a["name"] for a in world.figures()["alerts"]]


def test_old_slots_are_dropped_from_memory_and_file() -> None:
    """A year of traffic takes no more rows than the windows need."""
    world = World()
    for _ in range(40):
        world.serve(3)
        world.push()
        world.now_s += DAY_S
    world.push()
    kinds = [row.kind for row in slo_rows.load(world.db)]
    assert kinds.count("minute") <= 3
    assert kinds.count("hour") <= 31
    assert world.figures()["valid"] == 3 * kinds.count("hour")


def test_rows_of_another_version_are_left_out_and_told() -> None:
    """An upgrade starts, with what it can read."""
    world = World()
    world.serve(4)
    world.push()
    bad = [
        SloRow("hour", str(ROUTE), 1, b"[[1,2],[],[]]"),
        SloRow("minute", str(ROUTE), 1, b"not json"),
    ]
    tracker = SloTracker(OBJECTIVES, world.now_s, [*slo_rows.load(world.db), *bad])
    assert tracker.unreadable == 2
    assert tracker.report(world.now_s)["endpoints"][0]["requests"]["all"] == 4


def test_a_snapshot_of_another_version_is_refused_whole() -> None:
    """Half of it counted would be worse than none."""
    world = World()
    world.serve(4)
    snapshot = world.recorder.snapshot()
    snapshot["routes"][str(OTHER)] = [[1, 2, 3], [], []]
    with pytest.raises(ValueError, match="another version"):
        world.push(snapshot=snapshot)
    assert world.endpoint()["requests"]["all"] == 0


def test_a_route_that_lost_its_objectives_is_ignored() -> None:
    """Rows and snapshots of it may still come for a while."""
    world = World()
    world.serve(4)
    world.push()
    fewer = Objectives((objective("availability", route=OTHER),))
    tracker = SloTracker(fewer, world.now_s, slo_rows.load(world.db))
    world.serve(4)
    tracker.apply("a", "1", world.recorder.snapshot(), world.now_s)
    assert [e["endpoint"] for e in tracker.report(world.now_s)["endpoints"]] == [OTHER.endpoint]

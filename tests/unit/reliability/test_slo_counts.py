"""Counts of replicas: never twice, never lost, through restarts."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.slo import rows as slo_rows
from reliability.slo.recorder import SloRecorder
from tests.unit.reliability.slo_examples import DAY_S, OBJECTIVES, ROUTE
from tests.unit.reliability.slo_world import World, requests


@given(order=st.lists(st.integers(0, 9), max_size=40), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_snapshots_that_come_twice_or_late_never_count_twice(order: list[int], seed: int) -> None:
    """Any sequence of a replica's snapshots is worth the latest one in it."""
    draw = random.Random(seed)
    recorder, snapshots = SloRecorder(OBJECTIVES), []
    for _ in range(10):
        for status, seconds in requests(draw, draw.randrange(4)):
            recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds)
        snapshots.append(recorder.snapshot())
    jumbled, plain = World(), World()
    for at in order:
        jumbled.push(snapshot=snapshots[at])
        jumbled.now_s += 0.5
    plain.now_s = jumbled.now_s
    if order:
        plain.push(snapshot=snapshots[max(order)])
    assert jumbled.tracker.totals() == plain.tracker.totals()
    assert jumbled.endpoint()["requests"] == plain.endpoint()["requests"]


@given(seed=st.integers(0, 999), restarts=st.sets(st.integers(0, 29), max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_restart_changes_no_figure(seed: int, restarts: set[int]) -> None:
    """The hub may end at any moment; the budget is unchanged to the request."""
    steady, restarted = World(), World()
    draw = random.Random(seed)
    for step in range(30):
        events = list(requests(draw, draw.randrange(6)))
        gap_s = draw.choice([1, 30, 300, 7200, DAY_S])
        for world in (steady, restarted):
            for status, seconds in events:
                world.recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds)
            world.now_s += gap_s
            world.push()
        if step in restarts:
            restarted.restart()
    assert restarted.tracker.report(steady.now_s) == steady.tracker.report(steady.now_s)
    assert restarted.tracker.totals() == steady.tracker.totals()


def test_a_push_that_was_not_written_is_made_again() -> None:
    """The hub dies between counting and writing; the replica's next push repairs it."""
    world = World()
    world.serve(7, 500)
    world.tracker.apply("a", "1", world.recorder.snapshot(), world.now_s)
    world.restart()
    assert world.figures()["bad"] == 0
    world.push()
    assert world.figures()["bad"] == 7


def test_a_replica_that_begins_again_counts_from_zero() -> None:
    """Its counters fall, its epoch changes, and nothing is lost or counted twice."""
    world = World()
    world.serve(10)
    world.push()
    second = SloRecorder(OBJECTIVES)
    second.observe(ROUTE.endpoint, ROUTE.method, 500, 0.1)
    world.write(world.tracker.apply("a", "2", second.snapshot(), world.now_s))
    # The last word of the first life comes late.
    world.serve(1)
    world.push()
    assert (world.figures()["valid"], world.figures()["bad"]) == (12, 1)


def test_what_a_dead_replica_counted_stays() -> None:
    """Long after it was forgotten as a source, until the window ends."""
    world = World()
    world.serve(10, 500)
    world.push()
    world.now_s += 5 * DAY_S
    world.push("b", SloRecorder(OBJECTIVES).snapshot())
    assert world.figures()["bad"] == 10
    sources = [row for row in slo_rows.load(world.db) if row.kind == "source"]
    assert [row.name for row in sources] == ['["b","1"]']


def test_a_replica_that_was_idle_for_days_is_not_counted_anew_after_a_restart() -> None:
    """It pushes every second, but rows are written only when something happened."""
    world = World()
    world.serve(10)
    idle = world.recorder.snapshot()
    world.push("idle", idle)
    for _ in range(60):
        world.now_s += 3600
        world.push("idle", idle)
    world.restart()
    world.push("other", SloRecorder(OBJECTIVES).snapshot())
    world.push("idle", idle)
    assert world.figures()["valid"] == 10

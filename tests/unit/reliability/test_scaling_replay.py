"""The replay of a load curve counts what it says it counts."""

import pytest

from reliability.scaling.policy import Load, PolicyMemory, ScalingGoal, decide
from reliability.scaling.replay import Plant, replay

STEADY = [20.0] * 120


def always(number: int):
    return lambda load, running, wanted, now_s: number


def test_enough_replicas_are_late_for_hardly_anybody() -> None:
    """Twenty requests a second of 20 ms are four tenths of one replica: with two, no queue."""
    plant = Plant(startup_s=0)
    done = replay(STEADY, always(2), plant)
    assert done.requests == pytest.approx(2400, rel=0.1)
    assert done.late_share < 0.001
    assert done.replica_s == pytest.approx(2 * 120 - 1)
    assert done.bad_minutes == 0


def test_too_few_replicas_are_late_for_nearly_everybody() -> None:
    """Two hundred a second on one replica that does fifty: the queue only grows."""
    done = replay([200.0] * 60, always(1), Plant())
    assert done.late_share > 0.95
    assert done.bad_minutes == 1


def test_a_replica_that_starts_is_paid_for_and_does_not_serve() -> None:
    """Sixty seconds of start-up: as bad as none, and dearer."""
    slow_start = replay([80.0] * 50, always(3), Plant(startup_s=60))
    alone = replay([80.0] * 50, always(1), Plant())
    assert slow_start.late == alone.late
    assert slow_start.replica_s > 2.9 * alone.replica_s


def test_the_same_seed_gives_the_same_replay() -> None:
    """And another one another."""
    assert replay(STEADY, always(1), Plant(), 1) == replay(STEADY, always(1), Plant(), 1)
    assert replay(STEADY, always(1), Plant(), 1) != replay(STEADY, always(1), Plant(), 2)


def test_the_policy_follows_a_wave_and_comes_back() -> None:
    """A quiet minute, three busy ones, three quiet ones: it ends where it began."""
    goal, memory = ScalingGoal(full=2.0, calm_s=10, settle_s=4), [PolicyMemory()]

    def policy(load: Load, running: int, wanted: int, now_s: float) -> int:
        number, memory[0] = decide(load, wanted, goal, memory[0], now_s)
        return number

    rates = [10.0] * 60 + [150.0] * 180 + [10.0] * 180
    done = replay(rates, policy, Plant(startup_s=2))
    assert done.decisions[50] == 1
    assert max(done.decisions) >= 4
    assert done.decisions[-1] == 1
    assert done.late_share < 0.08

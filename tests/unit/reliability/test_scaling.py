"""The fewest replicas that hold the objective: up while it burns, down when it is safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reliability.scaling.policy import Load, PolicyMemory, ScalingGoal, burn, decide

GOAL = ScalingGoal(full=10, target=0.95, eco=0.0, calm_s=20)


def load(ongoing: float, slow: float = 0, calls: float = 100) -> Load:
    return Load(ongoing, calls, slow)


def test_work_that_waits_calls_for_replicas_before_anybody_is_late() -> None:
    """Sixty requests at six a replica; one step at most doubles."""
    assert decide(load(60), 8, GOAL, PolicyMemory(), 0) == (10, PolicyMemory(raised_s=0))
    assert decide(load(60), 4, GOAL, PolicyMemory(), 0)[0] == 8
    assert decide(load(60), 1, GOAL, PolicyMemory(), 0)[0] == 3


@pytest.mark.parametrize(("slow", "wanted"), [(5, 4), (6, 5), (10, 5), (25, 8), (100, 8)])
def test_a_burning_budget_calls_for_more_in_proportion(slow: float, wanted: int) -> None:
    """Five of a hundred may be late; the number at most doubles in one step."""
    assert decide(load(20, slow), 4, GOAL, PolicyMemory(), 0)[0] == wanted


def test_nothing_is_added_until_the_last_step_up_can_be_seen() -> None:
    """Late calls of before are still in the window while new replicas start."""
    wanted, memory = decide(load(20, slow=50), 4, GOAL, PolicyMemory(), 100)
    assert wanted == 8
    assert decide(load(99, slow=50), 8, GOAL, memory, 114)[0] == 8
    assert decide(load(20, slow=50), 8, GOAL, memory, 115)[0] == 16


def test_replicas_are_given_up_only_after_it_was_safe_for_a_while() -> None:
    """Half of what is too much at a time, and a single late second starts the wait anew."""
    wanted, memory = decide(load(5), 9, GOAL, PolicyMemory(), 100)
    assert wanted == 9
    assert decide(load(5), 9, GOAL, memory, 119)[0] == 9
    assert decide(load(5, slow=3), 9, GOAL, memory, 119)[1] == PolicyMemory()
    assert decide(load(5), 9, GOAL, memory, 120) == (5, PolicyMemory())
    assert decide(load(5), 2, GOAL, memory, 120) == (1, PolicyMemory())


def test_without_traffic_the_last_replica_stays() -> None:
    """Nothing is known of speed then, which is no reason to keep the others."""
    assert burn(load(0, calls=0), GOAL) is None
    assert decide(load(0, calls=0), 3, GOAL, PolicyMemory(0), 20)[0] == 2
    assert decide(load(0, calls=0), 1, GOAL, PolicyMemory(0), 20)[0] == 1


def test_thrift_fills_replicas_further() -> None:
    """The same queue, fewer replicas; a burning budget overrules it."""
    thrifty = ScalingGoal(full=10, eco=1.0)
    assert decide(load(57), 6, GOAL, PolicyMemory(), 0)[0] == 10
    assert decide(load(57), 6, thrifty, PolicyMemory(), 0)[0] == 6
    assert decide(load(9, slow=20), 6, thrifty, PolicyMemory(), 0)[0] > 6


@given(
    ongoing=st.floats(0, 1e4),
    calls=st.floats(0, 1e5),
    share=st.floats(0, 1),
    replicas=st.integers(1, 200),
    calm_since_s=st.one_of(st.none(), st.floats(0, 100)),
    raised_s=st.floats(0, 100),
    eco=st.floats(0, 1),
)
def test_no_load_makes_it_do_something_foolish(
    ongoing, calls, share, replicas, calm_since_s, raised_s, eco
) -> None:
    """At least one, at most double, and never fewer while the budget burns."""
    goal = ScalingGoal(eco=eco)
    seen = Load(ongoing, calls, calls * share)
    wanted, _ = decide(seen, replicas, goal, PolicyMemory(calm_since_s, raised_s), 100)
    assert max(1, replicas // 2) <= wanted <= max(2 * replicas, replicas + 2)
    if (burn(seen, goal) or 0) > 1:
        assert wanted >= replicas

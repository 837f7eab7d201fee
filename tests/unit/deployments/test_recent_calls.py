"""What a replica tells the autoscaler is of the last seconds only."""

from hypothesis import given
from hypothesis import strategies as st

from deployments.replica.recent_calls import RecentCallCounts, RecentCalls


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def test_old_calls_are_forgotten_and_stay_in_the_total() -> None:
    """A window of ten seconds, looked at a minute later; a failed call is a call."""
    clock = Clock(1.0)
    calls = RecentCalls(objective_s=0.1, clock=clock)
    with calls.timed():
        clock.now_s = 1.05
    try:
        with calls.timed():
            clock.now_s = 2.5
            raise ValueError
    except ValueError:
        pass
    assert calls.stats() == {"calls": 2.0, "slow": 1.0}
    clock.now_s = 11.5
    assert calls.recent() == RecentCallCounts(1, 1)
    clock.now_s = 60.0
    assert (calls.recent(), calls.total) == (RecentCallCounts(0, 0), 2)


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1)), max_size=60))
def test_the_window_agrees_with_a_list_of_all_calls(steps: list[tuple[float, float]]) -> None:
    """Whole seconds: the window ends with the running one."""
    clock, seen = Clock(100.0), []
    calls = RecentCalls(objective_s=0.5, clock=clock)
    for step_s, took_s in steps:
        clock.now_s += step_s
        calls.observe(took_s)
        seen.append((int(clock.now_s), took_s))
        within = [took for second, took in seen if second > int(clock.now_s) - 10]
        assert calls.recent() == RecentCallCounts(len(within), sum(took > 0.5 for took in within))

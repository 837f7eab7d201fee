"""Recency: gentle, bounded, and independent of the clock."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.search.fusion import scored
from retrieval.search.recency import bonus, prefer_recent
from tests.unit.retrieval.retrieval_samples import later


def times(*seconds):
    """Return times so many seconds after one and the same moment."""
    return np.array([later(s).replace(tzinfo=None) for s in seconds], "datetime64[us]")


def test_of_two_equals_the_newer_comes_first():
    """That is what the option is for."""
    hits = prefer_recent(scored({"a": 1.0, "b": 1.0}), times(0, 60), 60)
    assert hits.ids.tolist() == ["b", "a"]


def test_after_one_half_life_half_of_the_bonus_is_left():
    """The formula of the docstring: 0.5 + 0.5 / 2."""
    assert bonus(np.array([60.0]), 60) == 0.75


def test_the_newest_candidate_keeps_its_score():
    """Age is measured against it and not against the clock."""
    assert prefer_recent(scored({"a": 0.8}), times(-1e9), 1).scores.tolist() == [0.8]


@given(st.floats(0, 1e12), st.floats(1e-6, 1e9))
def test_no_age_takes_more_than_half(age_s, half_life_s):
    """Recency reorders what is relevant; it cannot bury it."""
    assert 0.5 <= bonus(np.array([age_s]), half_life_s)[0] <= 1


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=6), st.floats(1, 1e6))
def test_moving_all_times_changes_nothing(ages, shift_s):
    """The same index gives the same pages tomorrow."""
    hits = scored(dict.fromkeys(range(len(ages)), 1.0))
    now = prefer_recent(hits, times(*[-round(age) for age in ages]), 3600)
    moved = prefer_recent(hits, times(*[round(shift_s) - round(age) for age in ages]), 3600)
    assert moved.ids.tolist() == now.ids.tolist()
    assert moved.scores.tolist() == now.scores.tolist()


def test_the_future_counts_as_now():
    """One document dated 2062 leaves the order of all others as it is."""
    hits = scored({"future": 0.5, "month": 1.0, "day": 0.9})
    created = times(1e9, -30 * 86_400, -86_400)
    now = times(0)[0]
    assert prefer_recent(hits, created, 86_400, now).ids.tolist() == ["day", "month", "future"]
    without = prefer_recent(scored({"month": 1.0, "day": 0.9}), created[1:], 86_400, now)
    assert without.ids.tolist() == ["day", "month"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=6), st.floats(1, 1e9))
def test_how_far_in_the_future_does_not_matter(ages, ahead_s):
    """A wrong year is worth as much as a clock that is a second fast."""
    hits = scored(dict.fromkeys(range(len(ages) + 1), 1.0))
    past, now = [-round(age) for age in ages], times(0)[0]
    far = prefer_recent(hits, times(*past, round(ahead_s)), 3600, now)
    near = prefer_recent(hits, times(*past, 1), 3600, now)
    assert far.ids.tolist() == near.ids.tolist()
    assert far.scores.tolist() == near.scores.tolist()


def test_nothing_found_stays_nothing():
    """An empty list has no newest."""
    assert len(prefer_recent(scored({}), times(), 60)) == 0


@pytest.mark.parametrize("half_life_s", [60, 86_400])
def test_much_better_and_old_beats_worse_and_new(half_life_s):
    """A score twice as good survives any age."""
    hits = scored({"old": 1.0, "new": 0.45})
    ordered = prefer_recent(hits, times(-1e9, 0), half_life_s)
    assert ordered.ids[0] == "old"

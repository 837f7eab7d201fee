"""Recency: gentle, bounded, and independent of the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retrieval_samples import later

from retrieval.fusion import Hit
from retrieval.recency import bonus, prefer_recent


def test_of_two_equals_the_newer_comes_first():
    """That is what the option is for."""
    hits = [Hit("a", 1.0), Hit("b", 1.0)]
    times = {"a": later(0), "b": later(60)}
    assert [hit.id for hit in prefer_recent(hits, times, 60)] == ["b", "a"]


def test_after_one_half_life_half_of_the_bonus_is_left():
    """The formula of the docstring: 0.5 + 0.5 / 2."""
    assert bonus(60, 60) == 0.75


def test_the_newest_candidate_keeps_its_score():
    """Age is measured against it and not against the clock."""
    hits = prefer_recent([Hit("a", 0.8)], {"a": later(-1e9)}, 1)
    assert hits == [Hit("a", 0.8)]


@given(st.floats(0, 1e12), st.floats(1e-6, 1e9))
def test_no_age_takes_more_than_half(age_s, half_life_s):
    """Recency reorders what is relevant; it cannot bury it."""
    assert 0.5 <= bonus(age_s, half_life_s) <= 1


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=6), st.floats(1, 1e6))
def test_moving_all_times_changes_nothing(ages, shift_s):
    """The same index gives the same pages tomorrow."""
    hits = [Hit(str(i), 1.0) for i in range(len(ages))]
    now = prefer_recent(hits, {str(i): later(-round(age)) for i, age in enumerate(ages)}, 3600)
    moved = {str(i): later(round(shift_s) - round(age)) for i, age in enumerate(ages)}
    assert prefer_recent(hits, moved, 3600) == now


def test_nothing_found_stays_nothing():
    """An empty list has no newest."""
    assert prefer_recent([], {}, 60) == []


@pytest.mark.parametrize("half_life_s", [60, 86_400])
def test_much_better_and_old_beats_worse_and_new(half_life_s):
    """A score twice as good survives any age."""
    hits = [Hit("old", 1.0), Hit("new", 0.45)]
    ordered = prefer_recent(hits, {"old": later(-1e9), "new": later(0)}, half_life_s)
    assert ordered[0].id == "old"

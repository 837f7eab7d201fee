"""Fusion: min-max weights, reciprocal ranks, ties."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch
from retrieval.fusion import Fusion, Hit, Leg, fuse, ranked, rrf, scaled, weighted

SCORES = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-3, 3).map(float)
HITS = st.dictionaries(st.sampled_from("abcdefgh"), SCORES, max_size=8).map(
    lambda scores: [Hit(id, score) for id, score in scores.items()]
)
WEIGHTS = st.floats(0, 1)
LEGS = st.lists(st.builds(Leg, HITS, WEIGHTS), max_size=3)
TAME = st.dictionaries(
    st.sampled_from("abcdefgh"), st.integers(-50, 50).map(float), max_size=8
).map(lambda scores: [Hit(id, score) for id, score in scores.items()])


def ids(hits):
    """Return the ids in order."""
    return [hit.id for hit in hits]


def test_weighted_adds_scaled_scores():
    """The best of a leg counts 1, the worst 0, the middle in proportion."""
    semantic = Leg([Hit("a", 0.9), Hit("b", 0.7), Hit("c", 0.5)], 0.6)
    keyword = Leg([Hit("b", 12), Hit("d", 2)], 0.4)
    fused = {hit.id: hit.score for hit in weighted([semantic, keyword])}
    assert fused == pytest.approx({"a": 0.6, "b": 0.3 + 0.4, "c": 0, "d": 0})


def test_a_single_hit_counts_fully():
    """Being the only one found must not make a document worthless."""
    assert weighted([Leg([Hit("a", 0.1)], 0.4)]) == [Hit("a", 0.4)]


def test_equal_scores_count_fully():
    """A leg that cannot tell its hits apart still found them."""
    assert scaled([Hit("a", 2), Hit("b", 2)]) == {"a": 1, "b": 1}


def test_rrf_adds_reciprocal_ranks():
    """The figures of the paper with k = 60."""
    legs = [Leg([Hit("a", 9), Hit("b", 1)], 1), Leg([Hit("b", 5)], 1)]
    fused = {hit.id: hit.score for hit in rrf(legs)}
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61})


def test_no_legs_fuse_to_nothing():
    """An empty search is not an error."""
    assert weighted([]) == rrf([]) == []


@given(TAME, TAME, WEIGHTS)
def test_weighted_agrees_with_the_obvious_version(one, other, weight):
    """Written once more, document by document, straight from the definition."""

    def part(hits, id):
        scores = [hit.score for hit in hits]
        mine = [hit.score for hit in hits if hit.id == id]
        if not mine:
            return 0.0
        if max(scores) == min(scores):
            return 1.0
        return (mine[0] - min(scores)) / (max(scores) - min(scores))

    obvious = {
        id: weight * part(one, id) + (1 - weight) * part(other, id)
        for id in {*ids(one), *ids(other)}
    }
    fused = {hit.id: hit.score for hit in weighted([Leg(one, weight), Leg(other, 1 - weight)])}
    assert fused == pytest.approx(obvious)


@given(TAME, TAME)
def test_rrf_agrees_with_the_obvious_version(one, other):
    """Ranks counted by comparing every pair."""

    def part(hits, id):
        for hit in hits:
            if hit.id == id:
                above = sum((-o.score, o.id) < (-hit.score, hit.id) for o in hits)
                return 1 / (61 + above)
        return 0.0

    fused = {hit.id: hit.score for hit in rrf([Leg(one, 1), Leg(other, 1)])}
    assert fused == pytest.approx(
        {id: part(one, id) + part(other, id) for id in {*ids(one), *ids(other)}}
    )


@given(LEGS, st.sampled_from(["weighted", "rrf"]), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(legs, method, shuffler: random.Random):
    """Replicas that get the hits in another order produce the same list."""
    shuffled = [Leg(shuffler.sample(leg.hits, len(leg.hits)), leg.weight) for leg in legs]
    assert fuse(shuffled, method) == fuse(legs, method)


@given(LEGS, st.sampled_from(["weighted", "rrf"]))
def test_fused_scores_are_numbers_and_sorted(legs, method):
    """NaN and infinities of a leg never reach the caller."""
    fused = fuse(legs, method)
    assert all(math.isfinite(hit.score) and hit.score >= 0 for hit in fused)
    assert fused == sorted(fused, key=lambda hit: (-hit.score, hit.id))


@given(TAME, st.floats(0.01, 100), st.floats(-100, 100))
def test_weighted_ignores_the_scale_of_a_leg(hits, factor, shift):
    """An increasing affine change of a leg's scores changes nothing."""
    moved = [Hit(hit.id, hit.score * factor + shift) for hit in hits]
    before = {hit.id: hit.score for hit in weighted([Leg(hits, 1)])}
    assert {hit.id: hit.score for hit in weighted([Leg(moved, 1)])} == pytest.approx(
        before, abs=1e-6
    )


def test_a_broken_score_ranks_last():
    """A leg that returns NaN or infinity does not win by it."""
    hits = [Hit("nan", math.nan), Hit("inf", math.inf), Hit("ok", -5)]
    assert ids(ranked(hits)) == ["ok", "inf", "nan"]


def test_ties_are_broken_by_id():
    """Two replicas agree on the order of equals."""
    assert ids(ranked([Hit("b", 1), Hit("a", 1)])) == ["a", "b"]


@pytest.mark.parametrize("weights", [(0.6, 0.6), (-0.1, 1.1), (0, 0), (math.nan, 1)])
def test_weights_that_do_not_sum_to_one_are_refused(weights):
    """The message names both values."""
    with pytest.raises(InvalidSearch, match=str(weights[0])):
        Fusion("weighted", *weights)


def test_an_unknown_method_is_refused():
    """There are two."""
    with pytest.raises(InvalidSearch, match="magic"):
        Fusion("magic")

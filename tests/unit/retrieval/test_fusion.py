"""Fusion: scores scaled from a floor, reciprocal ranks, ties."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch
from retrieval.search.fusion import (
    FOUND,
    Fusion,
    Scored,
    WeightedHits,
    fuse,
    places_of,
    ranked,
    rrf,
    scaled,
    scored,
    weighted,
)

SCORES = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-3, 3).map(float)
HITS = st.dictionaries(st.sampled_from("abcdefgh"), SCORES, max_size=8).map(scored)
WEIGHTS = st.floats(0, 1)
FLOORS = st.integers(-3, 3).map(float)
LEGS = st.lists(st.builds(WeightedHits, HITS, WEIGHTS, FLOORS), max_size=3)
TAME = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-50, 50).map(float), max_size=8)


def ids(hits: Scored):
    """Return the ids in order."""
    return hits.ids.tolist()


def pairs(hits: Scored):
    """Return ids and scores in order."""
    return list(zip(hits.ids.tolist(), hits.scores.tolist(), strict=True))


def test_weighted_adds_scaled_scores():
    """The best of a leg counts 1, one at the floor next to nothing, the middle in proportion."""
    semantic = WeightedHits(scored({"a": 0.9, "b": 0.7, "c": 0.5}), 0.6, 0.5)
    keyword = WeightedHits(scored({"b": 12, "d": 3}), 0.4)
    fused = dict(pairs(weighted([semantic, keyword])))
    half, quarter = 0.5 + 0.5 * FOUND, 0.25 + 0.75 * FOUND
    wanted = {"a": 0.6, "b": 0.6 * half + 0.4, "c": 0.6 * FOUND, "d": 0.4 * quarter}
    assert fused == pytest.approx(wanted)


def test_a_rare_word_lifts_every_document_that_holds_it():
    """Also the one in which it weighs least: the others do not scale it to nothing."""
    near = {f"near {at}": 6.0 - 0.01 * at for at in range(48)}
    semantic = WeightedHits(scored(near | dict.fromkeys("abcd", 1.0)), 0.6)
    keyword = WeightedHits(scored({"a": 9, "b": 8, "c": 7, "d": 6}), 0.4)
    without = dict(pairs(weighted([semantic])))
    fused = dict(pairs(weighted([semantic, keyword])))
    assert fused["d"] - without["d"] > 0.4 * 6 / 9


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-40, 40), min_size=1),
    st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-40, 40), min_size=1),
    st.floats(0.05, 0.95),
    st.floats(-10, 10),
)
def test_a_found_document_ranks_above_an_equal_one_that_was_not(one, other, weight, floor):
    """Equal in the other leg, whatever else either leg found and however low it stands there."""
    for id in one:
        # Where scores tie, the one that was not found has the better name.
        rest = {o: score for o, score in other.items() if o != id}
        equal = rest | {"A": 0.5, id: 0.5}
        order = ids(
            weighted(
                [WeightedHits(scored(one), weight, floor), WeightedHits(scored(equal), 1 - weight)]
            )
        )
        assert order.index(id) < order.index("A")


def test_a_single_hit_counts_fully():
    """Being the only one found must not make a document worthless."""
    assert pairs(weighted([WeightedHits(scored({"a": 0.1}), 0.4)])) == [("a", 0.4)]


def test_equal_scores_count_fully():
    """A leg that cannot tell its hits apart still found them."""
    assert scaled(np.array([2.0, 2.0]), 0.0).tolist() == [1, 1]


@given(st.lists(st.floats(-30, 30).map(lambda score: round(score, 9)), max_size=8), FLOORS)
def test_scaling_keeps_the_order_and_never_reaches_zero(scores, floor):
    """Above the floor and below; only what is above it counts in full."""
    before, after = np.array(scores), scaled(np.array(scores), floor)
    assert ((after > 0) & (after <= 1)).all()
    assert (after[before < floor] < 1).all()
    for at, score in enumerate(before):
        assert (after[before < score] <= after[at]).all()


def test_rrf_adds_reciprocal_ranks():
    """The figures of the paper with k = 60."""
    legs = [WeightedHits(scored({"a": 9, "b": 1}), 1), WeightedHits(scored({"b": 5}), 1)]
    fused = dict(pairs(rrf(legs)))
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61})


def test_no_legs_fuse_to_nothing():
    """An empty search is not an error."""
    assert pairs(weighted([])) == pairs(rrf([])) == []


@given(TAME, TAME, WEIGHTS)
def test_weighted_agrees_with_the_obvious_version(one, other, weight):
    """Written once more, document by document, straight from the definition."""

    def part(hits, id):
        if id not in hits:
            return 0.0
        low, high = min(0, *hits.values()), max(0, *hits.values())
        return FOUND + (1 - FOUND) * ((hits[id] - low) / (high - low) if high > low else 0)

    obvious = {id: weight * part(one, id) + (1 - weight) * part(other, id) for id in {*one, *other}}
    fused = weighted([WeightedHits(scored(one), weight), WeightedHits(scored(other), 1 - weight)])
    assert dict(pairs(fused)) == pytest.approx(obvious)


@given(TAME, TAME)
def test_rrf_agrees_with_the_obvious_version(one, other):
    """Ranks counted by comparing every pair."""

    def part(hits, id):
        if id not in hits:
            return 0.0
        above = sum((-score, o) < (-hits[id], id) for o, score in hits.items())
        return 1 / (61 + above)

    fused = rrf([WeightedHits(scored(one), 1), WeightedHits(scored(other), 1)])
    assert dict(pairs(fused)) == pytest.approx(
        {id: part(one, id) + part(other, id) for id in {*one, *other}}
    )


@given(LEGS, st.sampled_from(["weighted", "rrf"]), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(legs, method, shuffler: random.Random):
    """Replicas that get the hits in another order produce the same list."""
    shuffled = [
        WeightedHits(
            leg.hits[np.array(shuffler.sample(range(len(leg.hits)), len(leg.hits)), int)],
            leg.weight,
            leg.floor,
        )
        for leg in legs
    ]
    assert pairs(fuse(shuffled, method)) == pairs(fuse(legs, method))


@given(LEGS, st.sampled_from(["weighted", "rrf"]))
def test_fused_scores_are_numbers_and_sorted(legs, method):
    """NaN and infinities of a leg never reach the caller."""
    fused = pairs(fuse(legs, method))
    assert all(math.isfinite(score) and score >= 0 for _, score in fused)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


@given(TAME, st.floats(0.01, 100), st.floats(-100, 100))
def test_weighted_ignores_the_scale_of_a_leg(hits, factor, shift):
    """An increasing affine change of scores above the floor, and of the floor, changes nothing."""
    above = {id: abs(score) for id, score in hits.items()}
    moved = {id: score * factor + shift for id, score in above.items()}
    before = dict(pairs(weighted([WeightedHits(scored(above), 1, 0.0)])))
    after = dict(pairs(weighted([WeightedHits(scored(moved), 1, shift)])))
    assert after == pytest.approx(before, abs=1e-6)


def test_a_broken_score_ranks_last():
    """A leg that returns NaN or infinity does not win by it."""
    hits = scored({"nan": math.nan, "inf": math.inf, "ok": -5})
    assert ids(ranked(hits)) == ["ok", "inf", "nan"]


def test_ties_are_broken_by_id():
    """Two replicas agree on the order of equals."""
    assert ids(ranked(scored({"b": 1, "a": 1}))) == ["a", "b"]


@pytest.mark.parametrize("weights", [(0.6, 0.6), (-0.1, 1.1), (0, 0), (math.nan, 1)])
def test_weights_that_do_not_sum_to_one_are_refused(weights):
    """The message names both values."""
    with pytest.raises(InvalidSearch, match=str(weights[0])):
        Fusion("weighted", *weights)


def test_an_unknown_method_is_refused():
    """There are two."""
    with pytest.raises(InvalidSearch, match="magic"):
        Fusion("magic")


@given(st.sets(st.integers(0, 40)), st.lists(st.integers(0, 40)), st.randoms())
def test_places_are_where_ids_stand(known, wanted, order):
    """In any order; what does not stand there has the place -1."""
    ids = sorted(known)
    order.shuffle(ids)
    places = places_of(np.array(ids, np.int64), np.array(wanted, np.int64))
    assert places.tolist() == [ids.index(one) if one in known else -1 for one in wanted]

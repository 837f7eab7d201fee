"""The structures of a namespace in memory, each against the obvious way."""

import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.store.reading.held.best import LEAST_GUESSED, at_least, best
from retrieval.store.reading.held.growing import Growing
from retrieval.store.reading.held.vectors import no_vectors
from retrieval.store.reading.held.words import K1, B, no_words

WORDS = st.lists(st.sampled_from("abcde"), max_size=6).map(" ".join)
TEXTS = st.lists(st.one_of(st.none(), WORDS), max_size=12)


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 12), st.integers(0, 9))
def test_the_best_are_those_that_sorting_finds(scores, limit, seed):
    """Best first, equal ones by their keys."""
    keys = np.random.default_rng(seed).permutation(len(scores))
    found = best(np.array(scores, np.float64), keys, limit)
    expected = sorted(range(len(scores)), key=lambda at: (-scores[at], keys[at]))[:limit]
    assert found.tolist() == expected


@pytest.mark.parametrize("order", ["random", "rising", "alike", "high where it is not looked"])
def test_a_guessed_bound_leaves_nobody_out(order):
    """However the scores lie, the best are among those kept."""
    rng = np.random.default_rng(1)
    scores = rng.normal(size=2 * LEAST_GUESSED)
    if order == "rising":
        scores.sort()
    elif order == "alike":
        scores[:] = 1.0
    elif order == "high where it is not looked":
        scores[::64] -= 100
    kept = at_least(scores, 200)
    assert len(kept) >= 200
    assert np.sort(scores[kept])[::-1][:200].tolist() == np.sort(scores)[::-1][:200].tolist()


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=8), st.integers(0, 4))
def test_an_earlier_state_of_an_array_stays(parts, capacity):
    """Also where two states follow the same one."""
    states, expected = [Growing(np.empty(0, np.int64), capacity)], [[]]
    for part in parts:
        for base in (0, -1):
            states.append(states[base].extended(np.array(part, np.int64)))
            expected.append(expected[base] + part)
    assert [state.values.tolist() for state in states] == expected


def brute_bm25(texts, terms, alive):
    """Return the score of each text that lives, by the formula as it is written."""
    cut = [Counter((text or "").split()) for text in texts]
    living = [words for words, lives in zip(cut, alive, strict=True) if lives and words]
    mean = sum(map(Counter.total, living)) / max(len(living), 1)
    scores = []
    for words in cut:
        score = 0.0
        for term in terms:
            holding = sum(term in other for other in living)
            rarity = math.log(1 + (len(living) - holding + 0.5) / (holding + 0.5))
            norm = K1 * (1 - B + B * words.total() / (mean or 1))
            if words[term]:
                score += rarity * words[term] * (K1 + 1) / (words[term] + norm)
        scores.append(score)
    return scores


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=20), st.sets(st.sampled_from("abcdx")), st.integers(0, 99))
def test_words_score_as_the_formula_says(parts, terms, seed):
    """However many writes they came by, and whichever rows are gone."""
    texts = [text for part in parts for text in part]
    alive = np.random.default_rng(seed).random(len(texts)) < 0.7
    words = no_words()
    for part in parts:
        words = words.grown(pa.chunked_array([part], pa.utf8()))
    for one in (words, words.as_one()):
        scores = one.counted(alive).scores(sorted(terms), alive)
        expected = brute_bm25(texts, sorted(terms), alive)
        assert scores[alive] == pytest.approx(np.array(expected)[alive], abs=1e-5)


def clustered(rng, rows, dimension):
    """Return unit vectors round a few centres."""
    centres = rng.normal(size=(20, dimension))
    found = centres[rng.integers(20, size=rows)] + rng.normal(size=(rows, dimension))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_a_sketch_finds_the_nearest(share):
    """Of all vectors, and of those that a filter leaves; those that came later too."""
    rng = np.random.default_rng(2)
    vectors = clustered(rng, 20_000, 128)
    held = no_vectors(128).grown(np.arange(18_000), vectors[:18_000]).sketched()
    held = held.grown(np.arange(18_000, 20_000), vectors[18_000:])
    assert held.sketch is not None
    passing = rng.random(20_000) < share
    found = 0
    for query in vectors[rng.integers(20_000, size=20)]:
        cosines = vectors @ query
        exact = [at for at in np.argsort(-cosines) if passing[at]][:10]
        likely = held.likely(query, 200, None if share == 1.0 else passing)
        assert passing[likely].all()
        found += len(set(exact) & set(likely.tolist()))
    assert found >= 0.99 * 20 * 10


def test_equal_vectors_have_equal_cosines():
    """Wherever they stand and with whomever they are compared."""
    rng = np.random.default_rng(3)
    vectors = clustered(rng, 101, 384)
    vectors[[7, 50, 100]] = vectors[0]
    held = no_vectors(384).grown(np.arange(101), vectors)
    cosines = held.exact(vectors[3], np.arange(101))
    assert len({cosines[at] for at in (0, 7, 50, 100)}) == 1
    assert held.exact(vectors[3], np.array([50]))[0] == cosines[0]

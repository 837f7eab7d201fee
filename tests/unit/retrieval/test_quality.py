"""Quality measures against hand-computed values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.evaluation import mean, ndcg_at, recall_at, reciprocal_rank


def test_ndcg_of_a_hand_computed_ranking():
    """Gains 3, 0, 2 found of ideal 3, 2, 1, each divided by log2(rank + 1)."""
    grades = {"a": 3, "b": 2, "c": 1}
    found = 3 / 1 + 2 / math.log2(4)
    ideal = 3 / 1 + 2 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(["a", "x", "b"], grades, 10) == pytest.approx(found / ideal)


def test_ndcg_looks_no_deeper_than_k():
    """What stands below the cut is not there, in the ideal list either."""
    assert ndcg_at(["x", "a"], {"a": 1}, 1) == 0
    assert ndcg_at(["a", "x"], {"a": 1, "b": 1}, 1) == 1


def test_recall_counts_relevant_documents_found():
    """Grade 0 is a judgement too: not relevant."""
    assert recall_at(["a", "x", "b"], {"a": 1, "b": 2, "c": 1, "x": 0}, 2) == pytest.approx(1 / 3)


def test_the_reciprocal_rank_is_that_of_the_first_relevant():
    """Third place gives a third."""
    assert reciprocal_rank(["x", "y", "a", "b"], {"a": 1, "b": 3}) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"], {"a": 1}) == 0


def test_a_query_without_relevant_documents_scores_nothing():
    """No division by zero, as in trec_eval."""
    assert (
        ndcg_at(["a"], {"a": 0}, 10) == recall_at(["a"], {}, 10) == reciprocal_rank(["a"], {}) == 0
    )


def test_a_repeated_document_counts_once():
    """A list that repeats its best hit must not beat the ideal."""
    assert ndcg_at(["a", "a"], {"a": 1, "b": 1}, 10) < 1
    assert recall_at(["a", "a"], {"a": 1, "b": 1}, 10) == 0.5


@given(st.dictionaries(st.text(max_size=2), st.integers(0, 3)), st.integers(1, 20))
def test_the_ideal_order_scores_one(grades, k):
    """Sorting by grade is the best there is."""
    ideal = sorted(grades, key=lambda id: -grades[id])
    expected = 1 if any(grades.values()) else 0
    assert ndcg_at(ideal, grades, k) == pytest.approx(expected)


def test_the_mean_of_no_queries_is_refused():
    """An empty evaluation is a mistake and not a zero."""
    with pytest.raises(ValueError, match="no queries"):
        mean([])

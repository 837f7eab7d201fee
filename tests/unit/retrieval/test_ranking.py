"""Ranking: which leg's score counts, and how deep the semantic leg is."""

import numpy as np

from retrieval.search.fusion import Fusion, scored
from retrieval.search.ranking import LegHits, best_score_per_document, deep_enough, explain, rank
from retrieval.search.request import CANDIDATES, LegScore, SearchRequest
from tests.unit.retrieval.retrieval_samples import later


def leg(scores, times=(), side="semantic"):
    """Return a leg of named rows whose raw scores are a tenth of the calibrated ones."""
    hits = scored(scores)
    moments = np.array([time.replace(tzinfo=None) for time in times], "datetime64[us]")
    return LegHits(hits.ids, hits.scores / 10, hits.scores, moments, side)


def test_a_document_gets_the_better_of_its_two_vector_scores():
    """A captioned picture is found by caption or by content."""
    hits = best_score_per_document([leg({"a": 1.0, "b": 3.0}), leg({"a": 2.0})])
    assert hits.ids.tolist() == ["b", "a"]
    assert hits.scores.tolist() == [3.0, 2.0]


def test_two_vector_legs_are_together_as_deep_as_one():
    """Misses of the second leg do not stretch the scale of the first."""
    texts = {f"t{i:03d}": 1000.0 - i for i in range(CANDIDATES)}
    pictures = {f"p{i:03d}": -1000.0 - i for i in range(CANDIDATES)}
    hits = deep_enough(best_score_per_document([leg(texts), leg(pictures)]), np.array([], str))
    assert hits.ids.tolist() == list(texts)


def test_what_the_keyword_leg_found_keeps_its_semantic_score():
    """However deep it lies."""
    hits = scored({i: -float(i) for i in range(CANDIDATES + 2)})
    kept = deep_enough(hits, np.array([CANDIDATES + 1]))
    assert kept.ids.tolist() == [*range(CANDIDATES), CANDIDATES + 1]


def test_modes_use_only_their_legs():
    """Keyword mode ignores vectors and the other way round."""
    found = {"keyword": leg({"a": 1.0}, side="keyword"), "text_vector": leg({"b": 1.0})}
    by_mode = {
        mode: rank(SearchRequest("n", mode=mode), found).order.ids.tolist()
        for mode in ("keyword", "semantic", "hybrid")
    }
    assert by_mode == {"keyword": ["a"], "semantic": ["b"], "hybrid": ["b", "a"]}


def test_weights_decide_between_the_legs():
    """All weight on the words puts the best keyword hit first."""
    found = {"keyword": leg({"a": 1.0}, side="keyword"), "text_vector": leg({"b": 1.0})}
    request = SearchRequest("n", fusion=Fusion("weighted", 0.0, 1.0))
    order = rank(request, found).order
    assert order.ids.tolist() == ["a", "b"]
    assert order.scores.tolist() == [1.0, 0.0]


def test_recency_reorders_equals():
    """The newer of two equal hits comes first."""
    found = {"keyword": leg({"a": 1.0, "b": 1.0}, [later(0), later(60)], "keyword")}
    request = SearchRequest("n", prefer_recent=True, recency_half_life_s=60)
    assert rank(request, found).order.ids.tolist() == ["b", "a"]


def test_an_explanation_holds_raw_score_calibrated_score_and_rank():
    """Per leg, ties ranked by id, legs that missed it absent."""
    found = {"keyword": leg({"b": 2.0, "a": 2.0}), "text_vector": leg({"b": 5.0})}
    assert explain(found, np.array(["a", "b"])) == [
        {"keyword": LegScore(0.2, 2.0, 1)},
        {"keyword": LegScore(0.2, 2.0, 2), "text_vector": LegScore(0.5, 5.0, 1)},
    ]

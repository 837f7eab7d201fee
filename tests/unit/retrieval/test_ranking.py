"""Ranking: which leg's score counts, and how deep the semantic leg is."""

from retrieval_samples import later

from retrieval.fusion import Fusion, Hit
from retrieval.ranking import LegHits, better_of, deep_enough, explain, rank
from retrieval.search import CANDIDATES, LegScore, SearchRequest


def leg(scores, times=()):
    """Return a leg of named rows whose raw scores are a tenth of the calibrated ones."""
    numbers = list(scores.values())
    return LegHits(list(scores), [n / 10 for n in numbers], numbers, list(times))


def test_a_document_gets_the_better_of_its_two_vector_scores():
    """A captioned picture is found by caption or by content."""
    hits = better_of([leg({"a": 1.0, "b": 3.0}), leg({"a": 2.0})])
    assert hits == [Hit("b", 3.0), Hit("a", 2.0)]


def test_two_vector_legs_are_together_as_deep_as_one():
    """Misses of the second leg do not stretch the scale of the first."""
    texts = {f"t{i:03d}": 1000.0 - i for i in range(CANDIDATES)}
    pictures = {f"p{i:03d}": -1000.0 - i for i in range(CANDIDATES)}
    hits = deep_enough(better_of([leg(texts), leg(pictures)]), ())
    assert [hit.id for hit in hits] == list(texts)


def test_what_the_keyword_leg_found_keeps_its_semantic_score():
    """However deep it lies."""
    hits = [Hit(f"d{i:03d}", -float(i)) for i in range(CANDIDATES + 2)]
    assert deep_enough(hits, {"d201"}) == [*hits[:CANDIDATES], hits[201]]


def test_modes_use_only_their_legs():
    """Keyword mode ignores vectors and the other way round."""
    found = {"keyword": leg({"a": 1.0}), "text_vector": leg({"b": 1.0})}
    by_mode = {
        mode: [hit.id for hit in rank(SearchRequest("n", mode=mode), found).order]
        for mode in ("keyword", "semantic", "hybrid")
    }
    assert by_mode == {"keyword": ["a"], "semantic": ["b"], "hybrid": ["b", "a"]}


def test_weights_decide_between_the_legs():
    """All weight on the words puts the best keyword hit first."""
    found = {"keyword": leg({"a": 1.0}), "text_vector": leg({"b": 1.0})}
    request = SearchRequest("n", fusion=Fusion("weighted", 0.0, 1.0))
    assert rank(request, found).order == [Hit("a", 1.0), Hit("b", 0.0)]


def test_recency_reorders_equals():
    """The newer of two equal hits comes first."""
    found = {"keyword": leg({"a": 1.0, "b": 1.0}, [later(0), later(60)])}
    request = SearchRequest("n", prefer_recent=True, recency_half_life_s=60)
    assert [hit.id for hit in rank(request, found).order] == ["b", "a"]


def test_an_explanation_holds_raw_score_calibrated_score_and_rank():
    """Per leg, ties ranked by id, legs that missed it absent."""
    found = {"keyword": leg({"b": 2.0, "a": 2.0}), "text_vector": leg({"b": 5.0})}
    assert explain(found, {"a", "b"}) == {
        "a": {"keyword": LegScore(0.2, 2.0, 1)},
        "b": {"keyword": LegScore(0.2, 2.0, 2), "text_vector": LegScore(0.5, 5.0, 1)},
    }

"""Sets of different origin are compared from zero to their best, as a search fuses its legs."""

import math

from hypothesis import given
from hypothesis import strategies as st

from agents.tools.evidence import DocSet, ScoredDocument
from agents.tools.operators import exclude, intersect, ranked, scaled

SCORES = st.dictionaries(
    st.sampled_from("abcdefgh"), st.floats(0, 30).map(lambda score: round(score, 6)), max_size=8
)


@given(SCORES)
def test_a_document_counts_the_same_whoever_comes_after_it(scores: dict[str, float]) -> None:
    """Scaled from the least of the set, the last would count nothing and all others more."""
    docs = ranked(scores)
    whole = scaled(docs)
    for end in range(1, len(docs.hits)):
        assert scaled(DocSet(docs.hits[:end])) == {id: whole[id] for id in docs.ids[:end]}


@given(SCORES)
def test_whoever_was_found_counts_and_the_best_counts_in_full(scores: dict[str, float]) -> None:
    """In the order of the scores; a set without any is none."""
    shares = scaled(ranked(scores))
    assert set(shares) == set(scores)
    assert all(0 < share <= 1 for share in shares.values())
    for one in scores:
        assert all(shares[one] <= shares[other] for other in scores if scores[one] < scores[other])
    if any(scores.values()):
        assert max(shares.values()) == 1


def test_the_last_of_two_sets_is_worth_more_than_nothing() -> None:
    """Both sets hold it: it scores the mean of its shares."""
    one, other = ranked({"a": 4.0, "b": 2.0}), ranked({"b": 1.0, "c": 2.0})
    assert [(hit.id, round(hit.score, 3)) for hit in intersect([one, other]).hits] == [("b", 0.505)]


def test_a_broken_score_counts_nothing_and_leaves_the_others_as_they_are() -> None:
    """It must not become the end from which all others are measured."""
    shares = scaled(ranked({"a": 4.0, "b": 2.0, "broken": math.nan}))
    assert shares["broken"] == 0
    assert shares["a"] == 1
    assert round(shares["b"], 3) == 0.505


def test_the_last_that_is_nearer_to_the_unwanted_goes_too() -> None:
    """Being the last of the wanted protects from nothing."""
    wanted = DocSet((ScoredDocument("a", 4.0), ScoredDocument("b", 1.0)))
    unwanted = DocSet((ScoredDocument("b", 3.0), ScoredDocument("c", 2.0)))
    assert exclude(wanted, {}, (), unwanted).ids == ("a",)

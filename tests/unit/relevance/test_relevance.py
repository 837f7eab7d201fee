"""Hits say how likely it is that they stand out of what a namespace holds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch
from retrieval.search.fusion import Scored
from retrieval.search.ranking import Ranking
from retrieval.search.relevance import STANDS_OUT, relevance_of
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from tests.unit.retrieval.retrieval_samples import (
    TEXT_DIMENSION,
    document,
    on_index,
    random_unit,
)

NOTHING = Scored(np.empty(0, np.int64), np.empty(0))
FIGURES = st.lists(st.floats(-8, 8), min_size=1, max_size=8)
ROWS = 200
QUERY = random_unit(np.random.default_rng(9), TEXT_DIMENSION)


def scored(scores):
    """Return documents 0, 1, … with these scores, in no order of their ids."""
    ids = np.arange(len(scores))[::-1]
    return Scored(ids, np.array(scores, np.float64)[::-1])


@settings(deadline=None)
@given(FIGURES, st.floats(0.1, 9))
def test_more_sigmas_or_more_words_are_never_less_relevant(figures, attainable):
    """By meaning, by words, and by both."""
    raised = np.sort(figures)
    ids = np.arange(len(raised))
    words = scored(np.maximum(raised, 0))
    for ranking in (
        Ranking(scored(raised), scored(raised), NOTHING),
        Ranking(words, NOTHING, words, attainable),
        Ranking(words, scored(np.zeros(len(raised))), words, attainable),
        Ranking(words, scored(raised), words, attainable),
    ):
        chances = relevance_of(ids, ranking)
        assert (np.diff(chances) >= 0).all()
        assert ((chances >= 0) & (chances <= 1)).all()


def test_all_words_count_as_all_however_often_they_stand():
    """Beyond what a text with each word once scores there is nothing more."""
    once, often = (Ranking(NOTHING, NOTHING, scored([score]), 4.0) for score in (4.0, 40.0))
    assert relevance_of(np.array([0]), once) == relevance_of(np.array([0]), often)


def test_where_nothing_tells_there_is_no_relevance():
    """Neither side found it; or words did of which nobody knows how rare they are."""
    found = Ranking(NOTHING, scored([3.0]), NOTHING)
    assert np.isnan(relevance_of(np.array([0, 5]), found)).tolist() == [False, True]
    by_table = Ranking(NOTHING, NOTHING, scored([3.0]))
    assert np.isnan(relevance_of(np.array([0]), by_table)).all()


def test_a_picture_without_words_goes_by_its_meaning():
    """Words cannot find it, and tell nothing of it."""
    found = Ranking(NOTHING, scored([5.0, 5.0]), NOTHING, 4.0, wordless=np.array([1]))
    text, picture = relevance_of(np.array([0, 1]), found)
    assert picture > text


def shop():
    """Return documents about nothing in particular, and one that is near the query."""
    rng = np.random.default_rng(8)
    texts = [
        document(f"d{n:03d}", f"plain thing {n}", text_vector=random_unit(rng, TEXT_DIMENSION))
        for n in range(ROWS)
    ]
    return [*texts, document("near", "a copper kettle", text_vector=QUERY)]


BASE = SearchRequest("shop", "copper kettle", text_query_vector=QUERY, limit=ROWS)


def searched(folder, *requests, held_bytes=None):
    """Return what searches of the shop find."""

    async def act(*_):
        reader = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return [await reader.search(request) for request in requests]

    return on_index(folder, shop(), act)


def test_what_is_asked_for_stands_out_and_the_rest_does_not(tmp_path):
    """And `min_relevance` leaves the rest out."""
    found, cut = searched(tmp_path, BASE, replace(BASE, min_relevance=STANDS_OUT))
    assert found.hits[0].id == "near"
    assert found.hits[0].relevance > 0.9
    rest = [hit.relevance for hit in found.hits[1:]]
    assert len(rest) > 100
    assert max(rest) < STANDS_OUT
    assert [hit.id for hit in cut.hits] == ["near"]
    assert cut.total_candidates == 1
    assert cut.warnings == ()


def test_a_question_about_nothing_there_is_said(tmp_path):
    """The best noise is shown with what it is worth, or left out on wish."""
    other = random_unit(np.random.default_rng(1), TEXT_DIMENSION)
    asked = replace(BASE, query_text="quantum tariffs", text_query_vector=other)
    asked = replace(asked, mode="hybrid")
    for result in searched(tmp_path, asked, replace(asked, min_relevance=STANDS_OUT)):
        [warning] = result.warnings
        assert warning.code == "nothing_relevant"
    assert result.hits == []


def test_by_the_table_words_do_not_count_and_that_is_said(tmp_path):
    """Hits by words alone have no relevance, and none is left out for it."""
    words = replace(BASE, mode="keyword", min_relevance=0.9)
    both, by_words = searched(tmp_path, BASE, words, held_bytes=0)
    assert both.hits[0].relevance > both.hits[1].relevance
    assert [hit.relevance for hit in by_words.hits] == [None]
    for result in (both, by_words):
        assert result.warnings[0].code == "relevance_by_meaning"


def test_words_alone_tell_it_in_memory(tmp_path):
    """All words of a query are much, one of four little."""
    all_of_them = replace(BASE, mode="keyword")
    few = replace(all_of_them, query_text="copper wire gauge tables")
    found, little = searched(tmp_path, all_of_them, few)
    assert found.hits[0].relevance > STANDS_OUT
    assert little.hits[0].relevance < STANDS_OUT


@pytest.mark.parametrize("bound", [-0.1, 1.1, float("nan")])
def test_bounds_outside_of_zero_to_one_are_refused(bound):
    """As are bounds of what has no query."""
    with pytest.raises(InvalidSearch):
        replace(BASE, min_relevance=bound)
    with pytest.raises(InvalidSearch):
        SearchRequest("shop", mode="filter", min_relevance=0.5)

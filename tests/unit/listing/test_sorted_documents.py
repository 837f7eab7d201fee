"""Documents that a filter takes, by their fields: as sorting all of them by hand would put them."""

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch, TypeMismatch, UnknownFilterField
from retrieval.filtering.parse import parse
from retrieval.filtering.python import matches
from retrieval.search.fusion import Fusion
from retrieval.search.order import SortKey
from retrieval.search.request import SearchRequest
from retrieval.times import time_in
from tests.unit.listing.listing_samples import SHOP, both_ways

SORTABLE = ("price", "colour", "sold", "on", "note", "id", "source", "created_at")
FILTERS = (
    None,
    {"field": "sold", "op": "eq", "value": True},
    {"field": "price", "op": "gt", "value": 1},
    {"not": {"field": "colour", "op": "exists", "value": True}},
    {
        "and": [
            {"field": "source", "op": "eq", "value": "STM"},
            {"field": "id", "op": "lt", "value": "d1"},
        ]
    },
)
KEYS = st.lists(
    st.builds(SortKey, st.sampled_from(SORTABLE), st.booleans(), st.booleans()), max_size=3
)


def value(document, field):
    """Return what a document is sorted by."""
    if field in ("id", "source", "created_at"):
        return getattr(document, field)
    found = document.metadata.get(field)
    return time_in(found) if field == "on" and found is not None else found


def by_hand(keys, node):
    """Return the ids of the documents that pass, sorted one pair at a time."""

    def compare(a, b):
        for key in keys:
            left, right = value(a, key.field), value(b, key.field)
            if left is None or right is None:
                if (left is None) != (right is None):
                    return -1 if (left is None) == key.missing_first else 1
            elif left != right:
                return -1 if (left < right) != key.descending else 1
        return -1 if a.id < b.id else 1

    passing = [one for one in SHOP if node is None or matches(node, one)]
    return [one.id for one in sorted(passing, key=functools.cmp_to_key(compare))]


@settings(max_examples=30, deadline=None)
@given(KEYS, st.sampled_from(FILTERS))
def test_order_is_that_of_sorting_by_hand(folder, keys, data):
    """Each field decides where those before it agree, at last the id, in memory and on disk."""
    node = None if data is None else parse(data)
    asked = SearchRequest("shop", mode="filter", filter=node, sort=tuple(keys), limit=1000)
    wanted = by_hand(keys, node)
    for [found] in both_ways(folder, asked):
        assert [hit.id for hit in found.hits] == wanted
        assert found.total_candidates == len(wanted)
        assert {hit.score for hit in found.hits} <= {1.0}


def test_pages_are_slices_of_the_sorted_list(folder):
    """No document is on two pages, none on no page."""
    key = (SortKey("colour"),)
    pages = [
        SearchRequest("shop", mode="filter", sort=key, limit=40, offset=at)
        for at in range(0, 160, 40)
    ]
    for found in both_ways(folder, *pages):
        assert [hit.id for page in found for hit in page.hits] == by_hand(key, None)


def test_what_a_query_found_is_sorted_too(folder):
    """The same documents with the same scores, in another order."""
    query = SearchRequest("shop", "mug", mode="keyword", limit=1000)
    cheap = SearchRequest("shop", "mug", mode="keyword", limit=1000, sort=(SortKey("price"),))
    for best, sorted_ in both_ways(folder, query, cheap):
        assert [hit.id for hit in sorted_.hits] == by_hand(cheap.sort, None)
        assert {hit.id: hit.score for hit in sorted_.hits} == {
            hit.id: hit.score for hit in best.hits
        }


@pytest.mark.parametrize("field", ["mixed", "tags"])
def test_a_field_without_an_order_is_refused(folder, field):
    """Numbers beside strings, and lists."""
    asked = SearchRequest("shop", mode="filter", sort=(SortKey(field, where="sort.0"),))
    with pytest.raises(TypeMismatch) as refused:
        both_ways(folder, asked)
    assert refused.value.where == "sort.0.field"


@pytest.mark.parametrize("field", ["prize", "text"])
def test_an_unknown_field_is_refused_with_the_known_ones(folder, field):
    """The message names them."""
    asked = SearchRequest("shop", mode="filter", sort=(SortKey(field, where="sort.1"),))
    with pytest.raises(UnknownFilterField, match="price") as refused:
        both_ways(folder, asked)
    assert refused.value.where == "sort.1.field"


def test_times_among_other_strings_are_sorted_as_strings_and_said(folder):
    """Nobody takes the order for one by time."""
    asked = SearchRequest("shop", mode="filter", sort=(SortKey("some_times", where="sort.0"),))
    for [found] in both_ways(folder, asked):
        assert [(said.code, said.where) for said in found.warnings] == [
            ("mixed_types", "sort.0.field")
        ]


def test_a_least_score_cuts_the_list(folder):
    """Hits of that score and more stay, and are counted."""
    query = SearchRequest("shop", "mug 7", mode="keyword", limit=1000)
    [[whole]] = both_ways(folder, query)[:1]
    least = sorted(hit.score for hit in whole.hits)[len(whole.hits) // 2]
    asked = SearchRequest("shop", "mug 7", mode="keyword", limit=1000, min_score=least)
    wanted = [hit.id for hit in whole.hits if hit.score >= least]
    [[cut]] = both_ways(folder, asked)[:1]
    assert [hit.id for hit in cut.hits] == wanted
    assert cut.total_candidates == len(wanted) < len(whole.hits)


def test_only_the_fields_asked_for_come_back(folder):
    """Of each document those that it has."""
    asked = SearchRequest("shop", mode="filter", fields=("price", "nothing"), limit=1000)
    metadata = {one.id: one.metadata for one in SHOP}
    for [found] in both_ways(folder, asked):
        for hit in found.hits:
            wanted = {k: v for k, v in metadata[hit.id].items() if k == "price"}
            assert hit.metadata == wanted


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ("min_score", {"mode": "filter", "min_score": 0.5}),
        ("min_score", {"query_text": "mug", "min_score": 0.5, "fusion": Fusion("rrf")}),
        ("min_score", {"query_text": "mug", "min_score": 1.5}),
        ("prefer_recent", {"mode": "filter", "prefer_recent": True}),
        ("mode", {"mode": "filter", "query_text": "mug"}),
        ("sort", {"mode": "filter", "sort": (SortKey("id"),) * 9}),
    ],
)
def test_what_a_mode_cannot_use_is_refused(where, asked):
    """By the place in the request."""
    with pytest.raises(InvalidSearch) as refused:
        SearchRequest("shop", **asked)
    assert refused.value.where == where

"""The first of each group are those that going through the list by hand leaves."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch, TypeMismatch, UnknownFilterField
from retrieval.search.groups import GroupBy
from retrieval.search.order import SortKey
from retrieval.search.request import SearchRequest
from tests.unit.listing.listing_samples import SHOP, both_ways

FIELDS = ("colour", "sold", "price", "mixed", "note", "on", "source")
BY_HAND = {one.id: one for one in SHOP}
LISTED = SearchRequest("shop", mode="filter", sort=(SortKey("price"),), limit=1000)
FOUND = SearchRequest("shop", "mug 7", mode="keyword", limit=1000)


def value(id, field):
    """Return what a document is grouped by; a number and a truth are never the same."""
    one = BY_HAND[id]
    held = one.source if field == "source" else one.metadata.get(field)
    return type(held) is bool, held


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FIELDS), st.integers(1, 5), st.sampled_from([LISTED, FOUND]))
def test_the_first_of_each_group_stay(folder, field, limit, base):
    """In the order that they had, with their scores; the list is as long as what stayed."""
    grouped = replace(base, group_by=GroupBy(field, limit))
    for whole, cut in both_ways(folder, base, grouped):
        seen = Counter()
        wanted = []
        for hit in whole.hits:
            seen[value(hit.id, field)] += 1
            if seen[value(hit.id, field)] <= limit:
                wanted.append((hit.id, hit.score))
        assert [(hit.id, hit.score) for hit in cut.hits] == wanted
        assert cut.total_candidates == len(wanted)


@pytest.mark.parametrize(
    ("field", "error"), [("tags", TypeMismatch), ("prize", UnknownFilterField)]
)
def test_a_field_that_cannot_group_is_refused(folder, field, error):
    """Lists, and what no document has."""
    with pytest.raises(error) as refused:
        both_ways(folder, replace(LISTED, group_by=GroupBy(field)))
    assert refused.value.where == "group_by.field"


@pytest.mark.parametrize("limit", [0, 101])
def test_a_group_has_bounds(limit):
    """At least one document, at most a hundred."""
    with pytest.raises(InvalidSearch):
        replace(LISTED, group_by=GroupBy("colour", limit))

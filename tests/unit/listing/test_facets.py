"""Facets are what counting every document by hand gives, in memory and on disk."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch, TypeMismatch, UnknownFilterField
from retrieval.filtering.parse import parse
from retrieval.filtering.python import matches
from retrieval.search.facets import FacetOrder, ValueRange, without_field
from retrieval.search.request import SearchRequest
from retrieval.times import time_in
from tests.unit.listing.listing_samples import SHOP, both_ways

FIELDS = ("price", "colour", "sold", "on", "mixed", "tags", "note", "source", "metadata.price")
RED = {"field": "colour", "op": "eq", "value": "red"}
SOLD = {"field": "sold", "op": "eq", "value": True}
FILTERS = (None, RED, {"and": [RED, SOLD]}, {"field": "price", "op": "gt", "value": 90})
WHEN = datetime(2026, 1, 10, tzinfo=UTC)


def held(document, field):
    """Return what a document holds in a field, None for nothing."""
    if field == "source":
        return document.source
    return document.metadata.get(field.removeprefix("metadata."))


def written(value):
    """Return a value as the ties are broken by: numbers as floats."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return json.dumps(float(value) + 0.0 if is_number else value)


def by_hand(field, documents):
    """Return the documents of each value, by how it is written."""
    counts = Counter()
    for one in documents:
        value = held(one, field)
        values = value if isinstance(value, list) else [value]
        counts.update({written(each) for each in values if each is not None})
    return counts


def taken(node):
    """Return the documents that pass."""
    return [one for one in SHOP if node is None or matches(node, one)]


def asked(*orders, node=None, **more):
    """Return a search for facets."""
    more = {"mode": "filter"} | more
    return SearchRequest("shop", facets=orders, filter=node, **more)


def _numbers(field, documents):
    """Return the numbers of a field."""
    values = [held(one, field) for one in documents]
    return [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FIELDS), st.integers(1, 60), st.sampled_from(FILTERS))
def test_values_are_counted_as_by_hand(folder, field, limit, data):
    """Of most documents first, of as many by how they are written; the rest is said."""
    node = None if data is None else parse(data)
    wanted = by_hand(field, taken(node))
    most = sorted(wanted.items(), key=lambda item: (-item[1], item[0]))[:limit]
    missing = sum(held(one, field) is None for one in taken(node))
    numbers = sorted(_numbers(field, taken(node)))
    for [found] in both_ways(folder, asked(FacetOrder(field, limit, where="facets.0"), node=node)):
        [facet] = found.facets
        assert [(written(value), count) for value, count in facet.values] == most
        assert (facet.distinct, facet.missing) == (len(wanted), missing)
        cuts = [said.where for said in found.warnings if said.code == "facet_cut"]
        assert cuts == (["facets.0"] if len(wanted) > limit else [])
        assert (facet.statistics is None) == (not numbers)
        if facet.statistics is not None:
            assert facet.statistics.count == len(numbers)
            assert (facet.statistics.least, facet.statistics.greatest) == (numbers[0], numbers[-1])
            assert facet.statistics.total == pytest.approx(sum(numbers), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.one_of(st.none(), st.floats(-2, 9)), st.one_of(st.none(), st.floats(-2, 9)))
def test_ranges_hold_their_lower_end_and_not_their_upper(folder, low, high):
    """An end that is left out is none."""
    wanted = sum(
        (low is None or value >= low) and (high is None or value < high)
        for value in _numbers("price", SHOP)
    )
    order = FacetOrder("price", ranges=(ValueRange(low, high), ValueRange(None, None)))
    for [found] in both_ways(folder, asked(order)):
        assert found.facets[0].ranges == (wanted, len(_numbers("price", SHOP)))


def test_times_are_counted_in_ranges_as_the_moments_they_are(folder):
    """Whatever zone they were written in."""
    moments = [time_in(held(one, "on")) for one in SHOP if held(one, "on") is not None]
    order = FacetOrder("on", ranges=(ValueRange(WHEN, None), ValueRange(None, WHEN)))
    before = sum(moment < WHEN for moment in moments)
    for [found] in both_ways(folder, asked(order)):
        assert found.facets[0].ranges == (len(moments) - before, before)


def test_a_disjunctive_facet_counts_as_if_the_filter_did_not_speak_of_it(folder):
    """What the others say holds; a facet beside it counts within the whole filter."""
    node = parse({"and": [RED, SOLD]})
    apart = FacetOrder("colour", 50, disjunctive=True, where="facets.0")
    within = FacetOrder("colour", 50, where="facets.1")
    for [found] in both_ways(folder, asked(apart, within, node=node)):
        all_sold, red_sold = found.facets
        assert {written(v): n for v, n in all_sold.values} == by_hand("colour", taken(parse(SOLD)))
        assert {written(v): n for v, n in red_sold.values} == by_hand("colour", taken(node))


def test_a_filter_that_cannot_be_taken_apart_is_said(folder):
    """The field stands in an `or` with another one."""
    node = parse({"or": [RED, SOLD]})
    order = FacetOrder("colour", 50, disjunctive=True, where="facets.0")
    for [found] in both_ways(folder, asked(order, node=node)):
        assert [(said.code, said.where) for said in found.warnings] == [
            ("facet_not_disjunctive", "facets.0")
        ]
        assert {written(v): n for v, n in found.facets[0].values} == by_hand("colour", taken(node))


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (RED, (None, True)),
        (SOLD, (parse(SOLD), True)),
        ({"and": [RED, {"not": RED}]}, (None, True)),
    ],
)
def test_what_a_filter_says_of_a_field_alone_can_be_left_out(data, rest):
    """Be it denied or not."""
    assert without_field(parse(data), "metadata.colour") == rest


def test_facets_of_a_query_count_what_the_filter_takes(folder):
    """Not what was found: by meaning everything is found."""
    query = asked(FacetOrder("source"), query_text="mug 7", mode="keyword")
    alone = asked(FacetOrder("source"))
    for searched, listed in both_ways(folder, query, alone):
        assert searched.facets == listed.facets


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (FacetOrder("prize"), UnknownFilterField),
        (FacetOrder("colour", ranges=(ValueRange(1, None),)), TypeMismatch),
        (FacetOrder("price", ranges=(ValueRange(WHEN, None),)), TypeMismatch),
    ],
)
def test_what_cannot_be_counted_is_refused(folder, order, error):
    """Naming the facet."""
    with pytest.raises(error) as refused:
        both_ways(folder, asked(order))
    assert refused.value.where.startswith("facets")


def test_too_many_facets_are_refused():
    """And too many of their values."""
    with pytest.raises(InvalidSearch):
        asked(*[FacetOrder("price")] * 17)
    with pytest.raises(InvalidSearch):
        asked(FacetOrder("price", 1001))

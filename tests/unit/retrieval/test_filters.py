"""Filters: their grammar, their meaning, and the index's agreement with it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.errors import InvalidFilter, UnknownFilterField
from retrieval.filtering.parse import And, Condition, Not, Or, check_fields, parse, walk
from retrieval.filtering.python import matches
from tests.unit.retrieval.retrieval_samples import NEW_YEAR, document, found_by_index, later


def condition(field, op, value):
    """Return a condition as JSON."""
    return {"field": field, "op": op, "value": value}


PRICE = condition("price", "lt", 20)


def nested(depth):
    """Return a filter with ``depth`` levels."""
    data = PRICE
    for _ in range(depth - 1):
        data = {"not": data}
    return data


def test_a_filter_parses_to_its_tree():
    """And, or, not and conditions become their own types."""
    data = {"and": [PRICE, {"or": [{"not": PRICE}, condition("ok", "eq", True)]}]}
    price = Condition("price", "lt", 20)
    assert parse(data) == And((price, Or((Not(price), Condition("ok", "eq", True)))))


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, "filter"),
        ([], "filter"),
        ({}, "filter"),
        ({"and": []}, "filter.and"),
        ({"and": PRICE}, "filter.and"),
        ({"and": [PRICE], "or": [PRICE]}, "filter"),
        ({"and": [PRICE, condition("a", "like", 1)]}, "filter.and.1.op"),
        ({"not": condition(3, "eq", 1)}, "filter.not.field"),
        ({"or": [condition("metadata.", "eq", 1)]}, "filter.or.0.field"),
        (condition("a", "eq", None), "filter.value"),
        (condition("a", "eq", [1]), "filter.value"),
        (condition("a", "eq", float("nan")), "filter.value"),
        (condition("a", "eq", 2**64), "filter.value"),
        (condition("a", "eq", "\ud800"), "filter.value"),
        (condition("a", "lt", True), "filter.value"),
        (condition("a", "exists", 1), "filter.value"),
        (condition("a", "in", []), "filter.value"),
        (condition("a", "in", ["x", {}]), "filter.value.1"),
        (condition("a", "in", "xyz"), "filter.value"),
        (condition("created_at", "lt", "yesterday"), "filter.value"),
        (condition("created_at", "lt", 5), "filter.value"),
        (condition("created_at", "contains", "2026"), "filter.op"),
        (condition("due", "lt", "2026-01-31T12:00:00.1234567Z"), "filter.value"),
        (condition("due", "in", ["x", "2026-01-31T12:00:00.1234567Z"]), "filter.value.1"),
        ({**PRICE, "boost": 2}, "filter"),
        (nested(9), "filter" + ".not" * 8),
        ({"and": [PRICE] * 64}, "filter"),
        ({"and": [PRICE] * 65}, "filter.and"),
    ],
)
def test_a_bad_filter_is_refused_at_its_place(data, place):
    """The caller learns where in the tree the mistake is."""
    with pytest.raises(InvalidFilter) as caught:
        parse(data)
    assert caught.value.where == place


def test_a_filter_at_the_limits_passes():
    """Eight levels and 64 nodes are allowed."""
    assert len([node for node in walk(parse(nested(8))) if isinstance(node, Condition)]) == 1
    assert len(list(walk(parse({"and": [PRICE] * 63})))) == 64


def test_an_unknown_field_is_named_with_its_place_and_the_known_ones():
    """A misspelt field is an error and not an empty result."""
    filter = parse({"and": [PRICE, condition("metadata.prise", "lt", 1)]})
    with pytest.raises(UnknownFilterField, match=r"metadata\.prise.*price") as caught:
        check_fields(filter, ["price"])
    assert caught.value.where == "filter.and.1.field"


def test_built_in_fields_are_always_known():
    """No document needs to have been written for them."""
    assert not unknown_of(condition("created_at", "lt", "2026-01-01"))
    for field in ("id", "modality", "source", "text"):
        assert not unknown_of(condition(field, "eq", "x"))
    assert unknown_of(condition("metadata.x", "eq", "x"))


def unknown_of(data):
    """Say whether a filter names a field that nothing has."""
    try:
        check_fields(parse(data), [])
    except UnknownFilterField:
        return True
    return False


CUP = document(
    "cup",
    "A Striped Mug",
    metadata={"price": 5, "brand": "O'Neil", "ok": True, "tags": ["a", 1, True], "none": None},
)


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("price", "lt", 20, True),
        ("price", "lt", "20", False),
        ("price", "eq", 5.0, True),
        ("price", "eq", "5", False),
        ("price", "eq", True, False),
        ("price", "contains", 5, False),
        ("metadata.price", "gte", 5, True),
        ("brand", "eq", "O'Neil", True),
        ("brand", "contains", "o'n", True),
        ("brand", "gt", "A", True),
        ("ok", "eq", True, True),
        ("ok", "eq", 1, False),
        ("ok", "ne", False, True),
        ("tags", "contains", "a", True),
        ("tags", "contains", 1.0, True),
        ("tags", "contains", "1", False),
        ("tags", "contains", False, False),
        ("tags", "eq", "a", False),
        ("tags", "exists", True, True),
        ("none", "exists", True, False),
        ("none", "ne", 1, True),
        ("missing", "ne", 1, True),
        ("missing", "eq", 1, False),
        ("missing", "exists", False, True),
        ("brand", "in", [5, "O'Neil"], True),
        ("price", "in", ["5", True], False),
        ("text", "contains", "striped", True),
        ("id", "eq", "cup", True),
        ("modality", "eq", "TEXT", True),
        ("created_at", "gte", "2026-01-01T01:00:00+01:00", True),
        ("created_at", "lt", "2026-01-01", False),
        ("created_at", "in", ["2025-01-01", "2026-01-01T00:00:00Z"], True),
    ],
)
def test_a_condition_means_what_its_name_says(field, op, value, expected):
    """Kinds never mix, missing fields are false, ne is the complement of eq."""
    assert matches(parse(condition(field, op, value)), CUP) is expected


VALUES = (
    st.sampled_from([0, 1, -1, 5, 0.5, -0.0, 5e-324, 1e300, -1e308, True, False])
    | st.sampled_from([2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)])
    | st.sampled_from([float(2**53), float(2**63), 1e17, 1.8e19])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "a", "A", "ab", "5", "true", "O'x", 'q"u', "%", "_", "\\", "\x1f", "ß", "É"]
    )
    | st.text(st.characters(codec="utf-8"), max_size=3)
    | st.sampled_from(
        [
            "2026-01-31",
            "2026-01-31T00:00:00Z",
            "2026-01-31t01:00:00+01:00",
            "2026-01-31 00:00:00.000001",
            "2026-01-30T23:59:59,999999Z",
            "2026-02-30",
            "2016-12-31T23:59:60Z",
            "0001-01-01",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59-00:01",
            "-0001-01-01",
            "20260131",
        ]
    )
)
KEYS = st.sampled_from(["a", "A", "b.c", "b_c", "b-c"])
METADATA = st.dictionaries(
    KEYS, VALUES | st.none() | st.lists(VALUES | st.none(), max_size=3), max_size=4
)
TIMES = st.integers(0, 5).map(later) | st.sampled_from(
    [moment.replace(tzinfo=UTC) for moment in (datetime.min, datetime.max)]
)
DOCUMENTS = st.lists(
    st.builds(
        lambda text, has_picture, metadata, source, created_at: {
            "text": text if has_picture else text or "",
            "picture": b"x" if has_picture else None,
            "metadata": metadata,
            "source": source,
            "created_at": created_at,
        },
        st.none() | st.sampled_from(["", "a", "Mug", "x'y"]),
        st.booleans(),
        METADATA,
        st.sampled_from(["STM", "LTM"]),
        TIMES,
    ),
    min_size=1,
    max_size=8,
)


def conditions():
    """Return conditions that parse, on fields and values that documents have too."""
    field = (
        KEYS
        | KEYS.map("metadata.{}".format)
        | st.sampled_from(["text", "source", "modality", "id"])
    )
    scalar = VALUES | st.sampled_from(["STM", "IMAGE", "d1", "mug"])
    ordered = scalar.filter(lambda value: not isinstance(value, bool))
    time = TIMES.map(datetime.isoformat)
    return st.one_of(
        st.builds(condition, field, st.sampled_from(["eq", "ne", "contains"]), scalar),
        st.builds(condition, field, st.sampled_from(["lt", "lte", "gt", "gte"]), ordered),
        st.builds(condition, field, st.just("in"), st.lists(scalar, min_size=1, max_size=3)),
        st.builds(condition, field | st.just("created_at"), st.just("exists"), st.booleans()),
        st.builds(
            condition,
            st.just("created_at"),
            st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]),
            time,
        ),
    )


FILTERS = st.recursive(
    conditions(),
    lambda inner: (
        st.builds(lambda items: {"and": items}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda items: {"or": items}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda item: {"not": item}, inner)
    ),
    max_leaves=6,
).filter(lambda data: _parses(data))


def _parses(data):
    try:
        return bool(parse(data))
    except InvalidFilter:
        return False


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rows=DOCUMENTS, filters=st.lists(FILTERS, min_size=3, max_size=8))
def test_the_index_finds_exactly_what_matches(tmp_path_factory, rows, filters):
    """The compiled filter and the obvious evaluator agree on every document."""
    documents = [document(f"d{i}", **row) for i, row in enumerate(rows)]
    parsed = [parse(data) for data in filters]
    folder = tmp_path_factory.mktemp("index")
    answers = asyncio.run(found_by_index(folder, documents, parsed))
    assert len(answers) == len(filters)
    for filter, answer in zip(parsed, answers, strict=True):
        assert answer == {d.id for d in documents if matches(filter, d)}, filter


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=DOCUMENTS, data=FILTERS)
def test_not_is_the_complement(rows, data):
    """A filter and its negation split any documents in two."""
    documents = [document(f"d{i}", **row) for i, row in enumerate(rows)]
    found = [matches(parse(data), item) for item in documents]
    assert [matches(Not(parse(data)), item) for item in documents] == [not is_in for is_in in found]


def test_times_without_a_zone_are_read_as_utc():
    """They mean the same on every machine."""
    assert parse(condition("created_at", "eq", "2026-01-01")) == Condition(
        "created_at", "eq", NEW_YEAR
    )
    offset = parse(condition("created_at", "eq", "2026-01-01T05:00:00+05:00"))
    assert offset.value == NEW_YEAR.astimezone(UTC) == NEW_YEAR + timedelta(0)

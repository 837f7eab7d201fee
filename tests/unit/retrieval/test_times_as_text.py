"""A text that looks like a time and is none is said to be compared as a text."""

import pytest

from retrieval.filtering.parse import parse
from retrieval.filtering.times_as_text import times_as_text


def places(op: str, value: object, field: str = "due") -> list[str]:
    """Return where something is said."""
    made = parse({"not": {"field": field, "op": op, "value": value}})
    return [where for where, _ in times_as_text(made)]


@pytest.mark.parametrize(
    "value",
    ["2026-02-30", "2026-01-31T25:00", "2016-12-31T23:59:60Z", "9999-12-31T23:59:59-01:00"],
)
def test_a_time_that_does_not_exist_is_named_where_the_order_counts(value: str) -> None:
    """By its place; equal it is only to itself."""
    assert places("lt", value) == ["filter.not"]
    assert places("eq", value) == places("in", ["x", value]) == []


def test_what_is_a_time_or_looks_like_none_needs_no_word() -> None:
    """Times in any form, other texts, numbers, and the text of a document."""
    for value in ("2026-01-31", "2026-01-31 12:00+02:00", "words", "2026-02", "20260230", 5):
        assert places("gte", value) == []
    assert places("gte", "2026-02-30", "text") == places("contains", "2026-02-30") == []

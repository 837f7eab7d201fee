"""A time in another form than the one that sorts is said to be compared as a text."""

import pytest

from retrieval.filtering.parse import parse
from retrieval.filtering.times_as_text import times_as_text


def places(op: str, value: object, field: str = "due") -> list[str]:
    """Return where something is said."""
    made = parse({"not": {"field": field, "op": op, "value": value}})
    return [where for where, _ in times_as_text(made)]


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00+02:00",
        "2026-01-31 12:00:00",
        "2026-01-31T12:00",
        "2026-01-31T12:00:00.5Z",
    ],
)
def test_a_time_in_another_form_is_named(value: str) -> None:
    """By its place, in a list too."""
    assert places("lt", value) == ["filter.not"]
    assert places("in", ["x", value]) == ["filter.not"]


def test_what_sorts_as_it_should_needs_no_word() -> None:
    """Days, times in UTC, other texts, numbers, and the field that is a time."""
    for value in ("2026-01-31", "2026-01-31T12:00:00Z", "words", 5):
        assert places("gte", value) == []
    assert places("gte", "2026-01-31T12:00:00+02:00", "created_at") == []
    assert places("contains", "2026-01-31T12:00:00+02:00") == []

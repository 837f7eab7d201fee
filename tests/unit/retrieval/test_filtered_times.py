"""Times of documents and of their metadata in filters: one moment, however it is written."""

import asyncio
from datetime import UTC, datetime

import pytest

from retrieval.filtering.parse import parse
from retrieval.filtering.python import matches
from tests.unit.retrieval.retrieval_samples import document, found_by_index

DUE = document("due", metadata={"due": "2026-01-31T12:00:00+02:00", "code": "2026-02-30"})


def condition(field, op, value):
    """Return a condition as JSON."""
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("due", "eq", "2026-01-31T10:00:00Z", True),
        ("due", "eq", "2026-01-31 10:00", True),
        ("due", "ne", "2026-01-31T05:00-05:00", False),
        ("due", "eq", "2026-01-31T12:00:00Z", False),
        ("due", "in", ["x", "2026-01-31T10:00:00.000Z"], True),
        ("due", "lt", "2026-01-31T10:00:00.000001Z", True),
        ("due", "gt", "2026-01-31T11:00:00+02:00", True),
        ("due", "gte", "2026-02-01", False),
        ("due", "gte", "0001-01-01", True),
        ("due", "lte", "9999-12-31T23:59:59.999999Z", True),
        ("due", "contains", "12:00", True),
        ("due", "contains", "2026-01-31T10:00:00Z", False),
        ("due", "gt", "2026", True),
        ("code", "gt", "2026-01-31", False),
        ("code", "ne", "2026-01-31", True),
        ("code", "gt", "2026-02-29", True),
        ("missing", "lt", "2026-01-31", False),
    ],
)
def test_times_of_metadata_are_compared_as_the_moments_that_they_are(field, op, value, expected):
    """In any zone and form; a string that is no time lies neither before nor after one."""
    assert matches(parse(condition(field, op, value)), DUE) is expected


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00.000001", "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.123457"],
)
def test_a_time_far_from_today_is_compared_to_the_microsecond(tmp_path, moment):
    """Of creation and of metadata: equal to itself, and not before the next microsecond."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    made = document("far", created_at=at, metadata={"due": moment})
    fields = ("created_at", "due")
    filters = [parse(condition(field, op, moment)) for field in fields for op in ("eq", "lt", "gt")]
    assert asyncio.run(found_by_index(tmp_path, [made], filters)) == [{"far"}, set(), set()] * 2

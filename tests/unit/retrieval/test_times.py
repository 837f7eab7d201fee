"""Times as callers write them: one reader for every door."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.documents import check_document
from retrieval.errors import InvalidFilter, InvalidTime
from retrieval.filtering.parse import parse
from retrieval.times import is_finer, utc_time
from tests.unit.retrieval.retrieval_samples import document

ROTTEN = [
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+23:59",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "+10000-01-01",
    "-0001-01-01T00:00:00Z",
    "2026-02-30",
    "2016-12-31T23:59:60Z",
    "2026-01-01T24:00:01Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+99:00",
    "yesterday",
    "",
    "1700000000",
    "1e9",
    "\ud800",
    "2026-01-01T00:00:00\x00",
    "٢٠٢٦-01-01",
    "2" * 100_000,
    1_700_000_000,
    1_700_000_000_000,
    1.5,
    True,
    None,
    10**5000,
    float("inf"),
    [],
    {},
]


@pytest.mark.parametrize("value", ROTTEN, ids=lambda value: repr(type(value)))
def test_what_is_no_time_is_refused_at_its_place(value):
    """Never an OverflowError, never a guess; and the message stays short."""
    with pytest.raises(InvalidTime) as caught:
        utc_time(value, "documents.3.created_at")
    assert caught.value.where == "documents.3.created_at"
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", ROTTEN, ids=lambda value: repr(type(value)))
@pytest.mark.parametrize("op", ["eq", "ne", "lt", "lte", "gt", "gte", "in"])
def test_a_filter_refuses_the_same_times_at_their_place(value, op):
    """Whatever the operator; in lists each member has its own place."""
    given_value, place = ([value], "filter.value.0") if op == "in" else (value, "filter.value")
    with pytest.raises(InvalidFilter) as caught:
        parse({"field": "created_at", "op": op, "value": given_value})
    assert caught.value.where == place


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31t12:00:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31 12:00:00.5+05:30", datetime(2026, 1, 31, 6, 30, 0, 500_000, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00-01:00", datetime(1, 1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999+01:00", datetime(9999, 12, 31, 22, 59, 59, 999_999, UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123_456, UTC)),
        (date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)),
        (datetime(2026, 1, 31, 12), datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc(value, expected):
    """Zones are applied, none means UTC, and typed sources may give what they hold."""
    read = utc_time(value, "created_at")
    assert read == expected
    assert read.utcoffset() == timedelta(0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.datetimes(), st.integers(-1439, 1439))
def test_every_time_is_read_or_refused(moment, offset_min):
    """Over the whole range of years and zones: the instant itself, or a refusal."""
    written = moment.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    try:
        read = utc_time(written.isoformat(), "created_at")
    except InvalidTime:
        assert moment.year in (1, 9999)
    else:
        assert read == written


@pytest.mark.parametrize(
    ("written", "finer"),
    [
        ("2026-01-31T12:00:00.123456789Z", True),
        ("2026-01-31T12:00:00,0000001", True),
        ("2026-01-31T12:00:00.123456000Z", False),
        ("2026-01-31T12:00:00Z", False),
        (datetime(2026, 1, 31), False),
    ],
)
def test_digits_beyond_the_microsecond_are_noticed(written, finer):
    """Zeros there say nothing and are no loss."""
    assert is_finer(written) is finer


def test_a_filter_refuses_what_it_could_only_compare_cut():
    """`gte` a nanosecond later would match a document that is older."""
    with pytest.raises(InvalidFilter, match="microsecond"):
        parse({"field": "created_at", "op": "gte", "value": "2026-01-31T12:00:00.000000001Z"})


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=1)), timezone(timedelta(hours=23))])
def test_the_store_refuses_a_document_before_the_year_one(zone):
    """Whoever built it: it would end the commit of all others."""
    early = document("early", created_at=datetime(1, 1, 1, tzinfo=zone))
    with pytest.raises(InvalidTime):
        check_document(early, 16, 24)

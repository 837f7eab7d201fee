"""A time as callers write it: ISO 8601, kept in UTC to the microsecond, or refused in words.

One reader for documents, filters and bulk sources, so that no door lets in what another refuses.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from retrieval.errors import InvalidTime, shown

_WRITTEN = re.compile(r"[0-9TWZ :.,+-]{1,64}", re.I | re.A)
"""All that ISO 8601 is made of; `fromisoformat` also lets other signs pass here and there."""
_FRACTION = re.compile(r"[.,](\d+)")
_LEAP = re.compile(r":60(?!\d)")
_LIKE_A_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d.*)?", re.I | re.A | re.S)
EXAMPLE = "2026-01-31T12:00:00Z"


def utc_time(value: object, where: str) -> datetime:
    """Return a time in UTC; what is finer than a microsecond is cut, see ``is_finer``.

    Args:
        value: A string in ISO 8601, or what a typed source holds: a datetime, or a date (its
            midnight). Without a zone it is read as UTC.
        where: The place in the caller's input.

    Raises:
        InvalidTime: Anything else, a number too: seconds or milliseconds would be a guess. Also
            a leap second, and a time that in UTC lies outside the years 1 to 9999.
    """
    moment = _moment(value, where)
    try:
        # The second step leaves the class of a source's own (pandas' counts nanoseconds).
        zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return datetime(*zoned.timetuple()[:6], zoned.microsecond, UTC)
    except (OverflowError, ValueError):
        raise InvalidTime(
            f"in UTC the time lies outside the years 1 to 9999: {shown(value)}", where
        ) from None


def is_like_time(text: str) -> bool:
    """Say whether a text is written as a day, or as a day and a clock time."""
    return _LIKE_A_TIME.fullmatch(text) is not None


def time_in(text: str) -> datetime | None:
    """Return the time that a text of metadata is, None if it is none.

    Fewer forms than ``utc_time`` takes: there a time is expected, here ``20260131`` may be the
    number of an order.
    """
    if not is_like_time(text):
        return None
    try:
        return utc_time(text, "metadata")
    except InvalidTime:
        return None


def is_finer(value: object) -> bool:
    """Say whether a written time has digits beyond the microsecond that are not zero."""
    found = _FRACTION.search(value) if isinstance(value, str) else None
    return found is not None and bool(found[1][6:].strip("0"))


def _moment(value: object, where: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str):
        raise InvalidTime(
            f"a time is a string in ISO 8601, such as {EXAMPLE}: {shown(value)}", where
        )
    try:
        if not _WRITTEN.fullmatch(value):
            raise ValueError
        # RFC 3339 allows small letters, datetime does not.
        return datetime.fromisoformat(value.upper())
    except ValueError:
        why = "leap seconds are not kept" if _LEAP.search(value) else f"such as {EXAMPLE}"
        raise InvalidTime(f"a time is ISO 8601, {why}: {shown(value)}", where) from None

"""Dates and times as people and programs write them, and the orders of day and month they allow."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day.month.year", "month/day/year", "year-month-day"
ORDERS = (YEAR_FIRST, DAY_FIRST, MONTH_FIRST)

_CLOCK = (
    r"(?:(?:[T]|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[AaPp][Mm]))?\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_YEAR = r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
_SLASHED = r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<then>\d{1,2})(?P=mark)(?P<year>\d{4})"
_FORMS = tuple(re.compile(form + _CLOCK, re.A) for form in (_YEAR, _SLASHED))


@lru_cache(4096)
def times_in(bare: str) -> dict[str, date | datetime]:
    """Return what a stripped value can mean, by the order of its parts; empty if it is no time.

    Years have four digits: two would be a guess at the century.
    """
    found = next((match for form in _FORMS if (match := form.fullmatch(bare))), None)
    if found is None:
        return {}
    parts = found.groupdict()
    if "first" not in parts:
        orders = {YEAR_FIRST: (parts["month"], parts["day"])}
    else:
        orders = {DAY_FIRST: (parts["then"], parts["first"])}
        # Nobody writes the month first with dots.
        if parts["mark"] != ".":
            orders[MONTH_FIRST] = (parts["first"], parts["then"])
    read = {order: _moment(parts, *month_day) for order, month_day in orders.items()}
    return {order: moment for order, moment in read.items() if moment is not None}


def written(moment: date | datetime) -> str:
    """Return a time as ISO 8601: a date as it is, a moment in UTC; without a zone it is UTC."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return zoned.isoformat().replace("+00:00", "Z")


def _moment(
    parts: dict[str, str | None], month: str | None, day: str | None
) -> date | datetime | None:
    try:
        on = date(int(parts["year"] or 0), int(month or 0), int(day or 0))
        if parts["hour"] is None:
            return on
        hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
        half = (parts["half"] or "").casefold()
        if half:
            hour = _hour_of_half(hour, half)
        micro = int((parts["part"] or "").ljust(6, "0")[:6])
        moment = datetime(
            on.year, on.month, on.day, hour, minute, second, micro, _zone(parts["zone"])
        )
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _hour_of_half(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if half == "pm" else 0)


def _zone(written_zone: str | None) -> timezone | None:
    if written_zone is None:
        return None
    if written_zone in ("Z", "UTC", "GMT"):
        return UTC
    digits = written_zone[1:].replace(":", "").ljust(4, "0")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if written_zone[0] == "-" else away)

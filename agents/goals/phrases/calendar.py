"""Spans of days as people name them: "30 April 2021", "January", "2025", "the last 30 days"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.lexicon.units import NUMERALS
from agents.lexicon.words import Word

_MONTH_NAMES = """january jan januar,february feb februar,march mar märz,april apr,may mai,
june jun juni,july jul juli,august aug,september sep sept,october oct oktober,november nov,
december dec dezember"""
MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(_MONTH_NAMES.split(","), start=1)
    for name in names.split()
}
_NAMED = {"today": 0, "yesterday": -1, "tomorrow": 1}
_WHICH = {"last": -1, "past": -1, "previous": -1, "this": 0, "current": 0, "next": 1, "coming": 1}
_WEEK, _MONTH, _YEAR = "week", "month", "year"
_FIRST_YEAR, _LAST_YEAR = 1000, 2999
_YEAR_PARTS = {"half": 2, "quarter": 4, "third": 3}
_SHORT = {"q": 4, "h": 2}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 0}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9}
_DECADES = {
    name: 1900 + 10 * tens
    for tens, name in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}


@dataclass(frozen=True, slots=True)
class NamedDays:
    """From ``first`` to the day before ``behind``; ``end`` is one behind its last word.

    ``absolute`` spans ("2025") need a word such as "in" before them; ``years`` says that it is
    whole years; ``reason`` why it cannot be read.
    """

    first: date
    behind: date
    end: int
    absolute: bool
    years: bool = False
    reason: str = ""
    clock: bool = False
    """It was counted from today."""
    period: bool = False
    """It is over, or named as a whole: "from last year" is in it, "from March" begins there."""


def day_span(
    goal: str, words: Sequence[Word], at: int, today: date, past: bool
) -> NamedDays | None:
    """Return the span of days that begins at a word, None if there is none.

    Args:
        past: A month without a year is the last one, not the one of this year.
    """
    if at >= len(words):
        return None
    if words[at].text.lower() == "the":
        at += 1
    if at >= len(words):
        return None
    try:
        counted = _relative(words, at, today)
        return (
            (counted and replace(counted, clock=True, period=counted.first <= today))
            or _part_of_year(words, at)
            or _decade(words, at)
            or _iso(goal, words, at)
            or _slashed(goal, words, at)
            or _day_month(words, at, today, past)
            or _year(words, at)
        )
    except (ValueError, OverflowError):
        return None


def _relative(words: Sequence[Word], at: int, today: date) -> NamedDays | None:
    said = [word.text.lower() for word in words[at : at + 3]]
    day = timedelta(days=1)
    if said[0] in _NAMED:
        first = today + _NAMED[said[0]] * day
        return NamedDays(first, first + day, at + 1, False)
    if said[0] not in _WHICH or len(said) < 2:
        return None
    if said[1] in MONTHS and _WHICH[said[0]] < 0:
        month = MONTHS[said[1]]
        year = today.year - (month >= today.month)
        first = date(year, month, 1)
        return NamedDays(first, _next_month(first), at + 2, False)
    number = NUMERALS.get(said[1]) or (int(said[1]) if said[1].isdigit() else None)
    unit = (said[2] if len(said) > 2 else "") if number else said[1]
    unit = unit.removesuffix("s")
    if number and unit in ("day", _WEEK, _MONTH, _YEAR):
        days = {"day": 1, _WEEK: 7, _MONTH: 30, _YEAR: 365}[unit] * number
        first, behind = today - timedelta(days=days), today + day
        if _WHICH[said[0]] > 0:
            first, behind = today, today + timedelta(days=days + 1)
        return NamedDays(first, behind, at + 3, False)
    if number or unit not in (_WEEK, _MONTH, _YEAR):
        return None
    return replace(_period(unit, _WHICH[said[0]], today), end=at + 2)


def _period(unit: str, which: int, today: date) -> NamedDays:
    """Return the last (-1), this (0) or the next week (from Monday), month or year."""
    if unit == _WEEK:
        first = today - timedelta(days=today.weekday()) + which * timedelta(days=7)
        return NamedDays(first, first + timedelta(days=7), 0, False)
    if unit == _YEAR:
        year = today.year + which
        return NamedDays(date(year, 1, 1), date(year + 1, 1, 1), 0, False, True)
    months = today.year * 12 + today.month - 1 + which
    first = date(months // 12, months % 12 + 1, 1)
    return NamedDays(first, _next_month(first), 0, False)


def _next_month(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def _iso(goal: str, words: Sequence[Word], at: int) -> NamedDays | None:
    parts = words[at : at + 3]
    if len(parts) < 3 or goal[parts[0].start : parts[2].end].count("-") != 2:
        return None
    texts = [part.text for part in parts]
    if not all(text.isdigit() for text in texts) or len(texts[0]) != 4:
        return None
    day = date(int(texts[0]), int(texts[1]), int(texts[2]))
    return NamedDays(day, day + timedelta(days=1), at + 3, True)


def _slashed(goal: str, words: Sequence[Word], at: int) -> NamedDays | None:
    """Read 15/04/2025, and refuse 03/04: two countries read it as two days."""
    last = at
    while (
        last + 1 < min(len(words), at + 3) and goal[words[last].end : words[last + 1].start] == "/"
    ):
        last += 1
    texts = [word.text for word in words[at : last + 1]]
    if len(texts) < 2 or not all(text.isdigit() and len(text) <= 4 for text in texts):
        return None
    numbers = [int(text) for text in texts]
    if len(numbers) == 3 and len(texts[2]) == 4 and max(numbers[:2]) > 12 >= min(numbers[:2]):
        day = date(numbers[2], min(numbers[:2]), max(numbers[:2]))
        return NamedDays(day, day + timedelta(days=1), last + 1, True)
    reason = "the day and the month cannot be told apart: write it as 2026-04-03"
    return NamedDays(date.min, date.max, last + 1, True, reason=reason)


def _day_month(words: Sequence[Word], at: int, today: date, past: bool) -> NamedDays | None:
    texts = [word.text.lower() for word in words[at : at + 3]]
    day = None
    if texts[0].isdigit() and len(texts[0]) <= 2 and texts[1:] and texts[1] in MONTHS:
        day, texts, at = int(texts[0]), texts[1:], at + 1
    # "may" and "mar" are words too: only a capital, or what stands beside it, makes a month.
    written = words[at].text
    if texts[0] not in MONTHS or (day is None and not written[0].isupper()):
        return None
    month, rest = MONTHS[texts[0]], [word.text.lower() for word in words[at + 1 : at + 3]]
    end = at + 1
    if day is None and rest and rest[0].isdigit() and len(rest[0]) <= 2:
        day, rest, end = int(rest[0]), rest[1:], end + 1
    if rest and rest[0].isdigit() and len(rest[0]) == 4:
        year, end = int(rest[0]), end + 1
    else:
        later = (month, day or 1) > (today.month, today.day)
        year = today.year - 1 if past and later else today.year
    clock = not (rest and rest[0].isdigit() and len(rest[0]) == 4)
    if day is not None:
        exact = date(year, month, day)
        return NamedDays(exact, exact + timedelta(days=1), end, True, clock=clock)
    first = date(year, month, 1)
    return NamedDays(first, _next_month(first), end, True, clock=clock)


def year_at(words: Sequence[Word], at: int) -> int | None:
    """Return the year that stands at a place, None if there is none."""
    text = words[at].text if at < len(words) else ""
    found = text.isdigit() and len(text) == 4 and _FIRST_YEAR <= int(text) < _LAST_YEAR
    return int(text) if found else None


def _year(words: Sequence[Word], at: int) -> NamedDays | None:
    year = year_at(words, at)
    if year is None:
        return None
    return NamedDays(date(year, 1, 1), date(year + 1, 1, 1), at + 1, True, True)


def _part_of_year(words: Sequence[Word], at: int) -> NamedDays | None:
    """Read "first half of 2024", "the last quarter of 2025", "Q3 2024", "summer 2024".

    Seasons are whole months, as weather services count them: summer is June to August.
    """
    part = _part(words, at)
    if part is None:
        return None
    first, count, end = part
    end += words[end].text.lower() in ("of", "in") if end < len(words) else 0
    year = year_at(words, end)
    if year is None:
        return None
    behind = year * 12 + first - 1 + count
    last = date(behind // 12, behind % 12 + 1, 1)
    return NamedDays(date(year, first, 1), last, end + 1, True, period=True)


def _part(words: Sequence[Word], at: int) -> tuple[int, int, int] | None:
    """Return the first month of a part of a year, its months, and one behind its last word."""
    said = [word.text.lower() for word in words[at : at + 4]]
    if said[0] in _SEASONS:
        return _SEASONS[said[0]], 3, at + 1
    if said[0] in _SHORT and said[1:2] and said[1].isdigit():
        number, parts, end = int(said[1]), _SHORT[said[0]], at + 2
    else:
        # "1st" is two words.
        size = 1 + (said[0].isdigit() and said[1:2] in (["st"], ["nd"], ["rd"], ["th"]))
        ordinal = int(said[0]) if size == 2 else _ORDINALS.get(said[0])
        parts = _YEAR_PARTS.get(said[size]) if len(said) > size else None
        if ordinal is None or parts is None:
            return None
        number, end = ordinal or parts, at + size + 1
    return ((number - 1) * 12 // parts + 1, 12 // parts, end) if 1 <= number <= parts else None


def _decade(words: Sequence[Word], at: int) -> NamedDays | None:
    """Read "the 1990s" and "the nineties", which are those of the last century."""
    said = [word.text.lower() for word in words[at : at + 2]]
    year, end = _DECADES.get(said[0]), at + 1
    if year is None and said[1:] == ["s"] and said[0].isdigit() and said[0].endswith("0"):
        year = int(said[0]) + (1900 if len(said[0]) == 2 else 0)
        end = at + 2
    if year is None or not _FIRST_YEAR <= year < _LAST_YEAR:
        return None
    return NamedDays(date(year, 1, 1), date(year + 10, 1, 1), end, True, True, period=True)

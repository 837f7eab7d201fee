"""Goals with days: before, since, between, last month, in a year."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from scripts.goals.answers import items
from scripts.goals.case import TODAY, TableRow
from scripts.goals.third.sought import PutGoal, Sought, usual

FIELDS = {
    "catalogue": (("created_at", "added"),),
    "homes": (("listed", "listed"), ("available_from", "available")),
    "recipes": (("added", "added"),),
    "papers": (("published", "published"),),
}
"""Fields with days, and the word for what happens on them."""
FIRST_DAYS = {
    "catalogue": date(2026, 1, 4),
    "homes": date(2025, 9, 20),
    "recipes": date(2023, 10, 1),
    "papers": date(2018, 6, 1),
}
TODAY_DATE = TODAY.date()


@dataclass(frozen=True, slots=True)
class SaidDays:
    """Days in words, and the spans of days that they may mean, both ends within."""

    words: str
    readings: tuple[tuple[date, date], ...]


LONG_AGO, FAR = date(1900, 1, 1), date(2100, 1, 1)
MONTHS = (
    "January February March April May June July August September October November December"
).split()


def day_of(row: TableRow, field: str) -> date:
    """Return the day of a row."""
    return date.fromisoformat(str(row[field])[:10])


def _written(rng: Random, *days: date) -> list[str]:
    """Days as people write them; numbers only where day and month cannot be confused."""
    ways = ["{d} {m} {y}", "{m} {d}, {y}", "{y}-{n:02d}-{d:02d}"]
    if all(day.day > 12 for day in days):
        ways += ["{d}.{n}.{y}", "{d}/{n:02d}/{y}"]
    way = rng.choice(ways)
    return [way.format(d=x.day, m=MONTHS[x.month - 1], n=x.month, y=x.year) for x in days]


def _before(rng: Random, day: date) -> SaidDays:
    words, last = rng.choice(
        (("before", day - timedelta(1)), ("until", day), ("by", day), ("no later than", day))
    )
    readings = ((LONG_AGO, last),) if words != "until" else ((LONG_AGO, day), (LONG_AGO, last))
    return SaidDays(f"{words} {_written(rng, day)[0]}", readings)


def _after(rng: Random, day: date) -> SaidDays:
    words, first = rng.choice((("after", day + timedelta(1)), ("since", day)))
    return SaidDays(f"{words} {_written(rng, day)[0]}", ((first, FAR),))


def _between(rng: Random, day: date) -> SaidDays:
    end = day + timedelta(rng.randint(10, 40))
    words = rng.choice(("between {} and {}", "from {} to {}"))
    inside = (day + timedelta(1), end - timedelta(1))
    return SaidDays(words.format(*_written(rng, day, end)), ((day, end), inside))


def _month(rng: Random, day: date) -> SaidDays:
    first = day.replace(day=1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    name = f"{MONTHS[day.month - 1]} {day.year}"
    ways = (
        (f"in {name}", (first, last)),
        (f"before {name}", (LONG_AGO, first - timedelta(1))),
        (f"after {name}", (last + timedelta(1), FAR)),
        (f"since {name}", (first, FAR)),
    )
    words, span = rng.choice(ways)
    return SaidDays(words, (span,))


def _year(rng: Random, day: date) -> SaidDays:
    first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    ways = (
        (f"in {day.year}", (first, last)),
        (f"before {day.year}", (LONG_AGO, first - timedelta(1))),
        (f"after {day.year}", (last + timedelta(1), FAR)),
        (f"since {day.year}", (first, FAR)),
        (f"in {day.year} or later", (first, FAR)),
        (f"from {day.year} to {day.year + 1}", (first, date(day.year + 1, 12, 31))),
    )
    words, span = rng.choice(ways)
    return SaidDays(words, (span,))


def _ago(days: int) -> date:
    return TODAY_DATE - timedelta(days)


def _lately(rng: Random, _day: date) -> SaidDays:
    """Last week and the like: by the calendar, or counted back from today."""
    today = TODAY_DATE
    monday, first = _ago(today.weekday()), today.replace(day=1)
    last_month = (first - timedelta(1)).replace(day=1)
    ways = (
        ("in the last 30 days", ((_ago(30), today), (_ago(29), today))),
        ("in the past two weeks", ((_ago(14), today), (_ago(13), today))),
        ("last week", ((monday - timedelta(7), monday - timedelta(1)), (_ago(7), today))),
        ("last month", ((last_month, first - timedelta(1)), (_ago(31), today), (_ago(30), today))),
        ("this month", ((first, today), (first, FAR))),
        ("this year", ((date(today.year, 1, 1), today), (date(today.year, 1, 1), FAR))),
        (
            "last year",
            ((date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)), (_ago(365), today)),
        ),
    )
    return SaidDays(*rng.choice(ways))


WAYS: tuple[Callable[[Random, date], SaidDays], ...] = (
    _before,
    _after,
    _between,
    _month,
    _year,
    _lately,
    _lately,
)
SAYS = (
    "{many} {done} {span}",
    "Which {many} were {done} {span}?",
    "{a} that was {done} {span}",
    "please list {many} {done} {span}",
    "I only want to see {many} that were {done} {span}",
)
FREE = ("{many} that are available {span}", "{a} available {span}", "which {many} are free {span}?")


def dated(rng: Random) -> PutGoal | None:
    """Rows of some days."""
    table = rng.choice(list(FIELDS))
    field, done = rng.choice(FIELDS[table])
    found, way = usual(rng, table, 8), rng.choice(WAYS)
    if found is None or "published" in found.many or (way is _year and table == "catalogue"):
        return None
    if field == "available_from" and way not in (_before, _month):
        return None
    day = day_of(rng.choice(found.rows), field)
    if day < FIRST_DAYS[table]:
        return None
    return _asked(rng, found, field, done, way(rng, day))


def _asked(rng: Random, found: Sought, field: str, done: str, span: SaidDays) -> PutGoal | None:
    """The goal, with an answer for each reading."""
    readings = [
        [row for row in found.rows if first <= day_of(row, field) <= last]
        for first, last in span.readings
    ]
    if not all(0 < len(reading) < len(found.rows) for reading in readings):
        return None
    if field == "available_from" and not span.words.startswith(("before", "by", "in", "no later")):
        return None
    says = rng.choice(FREE if field == "available_from" else SAYS)
    text = says.format(many=found.many, a=found.a, done=done, span=span.words)
    right, *also = [items(reading) for reading in readings]
    return PutGoal(found.table, text, right, tuple(also))

"""Days in words: before March, last week, since 2023, between two days."""

from datetime import date, timedelta

from scripts.goals.answers import items
from scripts.goals.case import TODAY, Meaning, TableRow
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a, ordinal

DaySpan = tuple[str, date, date]
"""Words after a verb ("added …") with the first day and the last one."""
FIRST, LAST = date(1900, 1, 1), date(2100, 1, 1)
ONE_DAY = timedelta(days=1)


def day_of(row: TableRow, field: str) -> date:
    """Return the day of a row."""
    return date.fromisoformat(str(row[field])[:10])


def _meaning(d: Draw, spans: list[DaySpan], field: str = "", verb: str = "") -> Meaning:
    """A goal about the first span; further spans are other readings of the same words."""
    field = field or d.words.day.field
    verb = verb or d.of(d.words.day.says)
    subject = d.subject(generic=0.3)

    def right(span: DaySpan) -> list[TableRow]:
        return d.rows(lambda r: subject.test(r) and span[1] <= day_of(r, field) <= span[2])

    first = right(spans[0])
    if len(first) in (0, len(d.rows(subject.test))):
        raise Unlucky
    says = verb.format(when=spans[0][0])
    one = d.rng.random() < 0.5
    text = f"{a(subject.one)} {says}" if one else d.plural(f"{subject.many} {says}")
    return Meaning(d.ask(text), items(first), tuple(items(right(span)) for span in spans[1:]))


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - ONE_DAY


def month(d: Draw) -> Meaning:
    """ "mugs added before February", "in March 2025", "since May 2024"."""
    model = day_of(d.pick(d.rows()), d.words.day.field)
    first, last = _month(model)
    name = f"{first:%B}" if d.table.name == "catalogue" else f"{first:%B %Y}"
    spans = {
        "before {}": (FIRST, first - ONE_DAY),
        "in {}": (first, last),
        "since {}": (first, LAST),
        "after {}": (last + ONE_DAY, LAST),
        "in the month of {}": (first, last),
        "earlier than {}": (FIRST, first - ONE_DAY),
        "from {} on": (first, LAST),
        "later than {}": (last + ONE_DAY, LAST),
    }
    says = d.say(list(spans)[:4], list(spans)[4:])
    return _meaning(d, [(says.format(name), *spans[says])])


def year(d: Draw) -> Meaning:
    """ "papers published in 2021", "since 2023", "between 2019 and 2021"."""
    if d.table.name == "catalogue":
        raise Unlucky
    years = sorted({day_of(row, d.words.day.field).year for row in d.rows()})
    low, high = sorted(d.several(years, 2))
    first, last = date(low, 1, 1), date(low, 12, 31)
    spans = {
        f"in {low}": (first, last),
        f"since {low}": (first, LAST),
        f"before {high}": (FIRST, date(high, 1, 1) - ONE_DAY),
        f"in {low} or later": (first, LAST),
        f"during {low}": (first, last),
        f"in {low} or {low + 1}": (first, date(low + 1, 12, 31)),
        f"no later than {low}": (FIRST, last),
        f"after {low}": (last + ONE_DAY, LAST),
    }
    says = d.say(list(spans)[:4], list(spans)[4:])
    return _meaning(d, [(says, *spans[says])])


def from_this_year(d: Draw) -> Meaning:
    """ "papers from 2026": in this year and since it are the same."""
    if d.table.name not in ("recipes", "papers"):
        raise Unlucky
    first = TODAY.date().replace(month=1, day=1)
    verb = d.say(("from {when}",), ("dated {when}",))
    return _meaning(d, [(str(first.year), first, TODAY.date())], verb=verb)


def exact_day(d: Draw) -> Meaning:
    """ "added after 20 January 2026", in the ways that people write days."""
    model = day_of(d.pick(d.rows()), d.words.day.field)
    # Above the twelfth, so that no way of writing it can be read with day and month exchanged.
    if model.day <= 12:
        raise Unlucky
    written = d.say(
        (
            f"{model.day} {model:%B %Y}",
            f"{model:%Y-%m-%d}",
            f"{model:%B} {model.day}, {model.year}",
        ),
        (f"the {ordinal(model.day)} of {model:%B %Y}", f"{model:%d.%m.%Y}", f"{model:%d/%m/%Y}"),
    )
    spans = {
        "after {}": (model + ONE_DAY, LAST),
        "before {}": (FIRST, model - ONE_DAY),
        "since {}": (model, LAST),
        "on or after {}": (model, LAST),
        "earlier than {}": (FIRST, model - ONE_DAY),
        "up to {}": (FIRST, model),
    }
    says = d.say(list(spans)[:3], list(spans)[3:])
    return _meaning(d, [(says.format(written), *spans[says])])


def between(d: Draw) -> Meaning:
    """ "added between 10 and 20 January 2026": both days count."""
    days = [day_of(d.pick(d.rows()), d.words.day.field) for _ in range(2)]
    low, high = min(days), max(days)
    if high - low < timedelta(days=5):
        raise Unlucky
    one, two = (f"{day.day} {day:%B %Y}" for day in (low, high))
    says = d.say((f"between {one} and {two}",), (f"from {one} to {two}",))
    return _meaning(d, [(says, low, high)])


def ago(d: Draw) -> Meaning:
    """ "last week", "last month", "in the last 30 days"; weeks and days have two readings."""
    today = TODAY.date()
    week = [
        ("", today - timedelta(days=7), today - ONE_DAY),
        ("", today - timedelta(days=7), today),
    ]
    first, last = _month(today.replace(day=1) - ONE_DAY)
    month_spans = [("", first, last)]
    year_spans = [("", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))]
    this_year = [("", date(today.year, 1, 1), today)]
    spans: dict[str, list[DaySpan]] = {
        "last week": week,
        "last month": month_spans,
        "in the last 30 days": _rolling(30),
        "this year": this_year,
        "in the past two weeks": _rolling(14),
        "last year": year_spans,
        "within the last 60 days": _rolling(60),
        "since the beginning of the year": this_year,
        "this month": [("", today.replace(day=1), today)],
        "over the past ten days": _rolling(10),
    }
    says = d.say(list(spans)[:4], list(spans)[4:])
    return _meaning(d, [(says, span[1], span[2]) for span in spans[says]])


def _rolling(days: int) -> list[DaySpan]:
    today = TODAY.date()
    return [("", today - timedelta(days=more), today) for more in (days - 1, days)]


def _free(first: date) -> dict[str, tuple[date, date]]:
    before, (_, last) = (FIRST, first - ONE_DAY), _month(first)
    return {
        "available before {}": before,
        "free before {}": before,
        "available by the end of {}": (FIRST, last),
        "that becomes free in {}": (first, last),
    }


def available(d: Draw) -> Meaning:
    """ "a flat available before June", this year."""
    if d.table.name != "homes":
        raise Unlucky
    first, _ = _month(day_of(d.pick(d.rows()), "available_from"))
    spans = _free(first)
    says = d.say(list(spans)[:2], list(spans)[2:])
    verb = says.format(f"{first:%B}")
    return _meaning(d, [("", *spans[says])], field="available_from", verb=verb)


IDEAS = (month, ago, from_this_year, exact_day, year, available, between)

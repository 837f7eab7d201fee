"""Days in a goal: "before March", "last week", "since 2025-09-26", "in the last 30 days".

A day, month or year is a span of days; every bound is on whole days, so that values with and
without a time of day compare alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from agents.goals.phrases.calendar import NamedDays, day_span
from agents.goals.reading import GoalCondition, WordSpan
from agents.lexicon.field_names import FieldName, best_named, field_names, of_concept
from agents.lexicon.units import unit_at
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word

_CUES = {
    "before": "before",
    "after": "after",
    "since": "since",
    "from": "since",
    "until": "until",
    "till": "until",
    "by": "until",
    "in": "within",
    "on": "within",
    "during": "within",
    "of": "within",
    "within": "within",
}
_LONGER_CUES: dict[tuple[str, ...], str] = {
    ("no", "later", "than"): "until",
    ("not", "later", "than"): "until",
    ("no", "earlier", "than"): "since",
    ("not", "before", "the"): "since",
    ("earlier", "than"): "before",
    ("older", "than"): "before",
    ("prior", "to"): "before",
    ("later", "than"): "after",
    ("newer", "than"): "after",
    ("more", "recent", "than"): "after",
    ("as", "of"): "since",
    ("starting", "in"): "since",
    ("starting", "from"): "since",
    ("from", "before"): "before",
    ("from", "after"): "after",
    ("up", "to"): "until",
}
_LITTLE = frozenset(("the", "a", "or", "earlier", "than", "later"))
_TO = ("to", "until", "till", "through")
_ONWARD = frozenset(("on", "onward", "onwards"))
LOOK_BACK = 4


@dataclass(frozen=True, slots=True)
class UnreadDate:
    """A date that has two readings, or none."""

    words: str
    span: WordSpan
    reason: str


def read_dates(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary, today: date
) -> tuple[list[GoalCondition], list[UnreadDate]]:
    """Return the conditions on days, and the dates that could not be read."""
    fields = field_names(vocabulary)
    if not any(field.kind == "time" or "year" in field.core for field in fields):
        return [], []
    found: list[GoalCondition] = []
    unread: list[UnreadDate] = []
    at = 0
    while at < len(words):
        made = _at(goal, words, at, fields, vocabulary, today)
        if isinstance(made, UnreadDate):
            unread.append(made)
            at = made.span[1]
        elif made:
            found += made
            at = made[0].span[1]
        else:
            at += 1
    return found, unread


def _at(
    goal: str,
    words: Sequence[Word],
    at: int,
    fields: Sequence[FieldName],
    vocabulary: Vocabulary,
    today: date,
) -> list[GoalCondition] | UnreadDate:
    said = words[at].text.lower()
    if said == "between" or (said == "from" and _goes_on(goal, words, at, today)):
        return _between(goal, words, at, fields, vocabulary, today)
    cue, size = _cue(words, at)
    start = at + size
    while cue and start < len(words) and words[start].text.lower() in _LITTLE:
        start += 1
    if start >= len(words) or (cue is None and words[start].text.isdigit()):
        return []
    field = _field(words, at, fields)
    past = field is not None and _is_past(field, vocabulary, today)
    span = day_span(goal, words, start, today, past)
    if span is None or (cue is None and span.absolute):
        return []
    if span.reason:
        said = goal[words[at].start : words[span.end - 1].end]
        return UnreadDate(said, (at, span.end), span.reason)
    if _is_amount(words, span.end):
        return []
    years = _years_field(words, at, fields, span)
    if years is not None and span.first.year + 1 == span.behind.year and not span.clock:
        # "built before 1970" is a bound of a number.
        return []
    years = years or _rather_years(words, at, fields, vocabulary, span)
    if cue == "since":
        cue, span = _since(words, at, span)
    made = _conditions(goal, words, at, cue or "within", span, None if years else field, fields)
    counted = today.isoformat() if span.clock else ""
    return [replace(condition, counted_from=counted) for condition in made]


def _since(words: Sequence[Word], at: int, span: NamedDays) -> tuple[str, NamedDays]:
    """Return what "from" says of a span: "from June on" begins there, "from last year" is in it."""
    on = span.end < len(words) and words[span.end].text.lower() in _ONWARD
    if on:
        return "since", replace(span, end=span.end + 1)
    within = words[at].text.lower() == "from" and span.period
    return ("within" if within else "since"), span


def _cue(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """Return what a word such as "before" says, and how many words say it."""
    said = [word.text.lower() for word in words[at : at + 3]]
    for size in (3, 2):
        if len(said) >= size and tuple(said[:size]) in _LONGER_CUES:
            return _LONGER_CUES[tuple(said[:size])], size
    return (_CUES[said[0]], 1) if said[0] in _CUES else (None, 0)


def _is_amount(words: Sequence[Word], at: int) -> bool:
    return unit_at([word.text for word in words], at) is not None


def _years_field(
    words: Sequence[Word], at: int, fields: Sequence[FieldName], span: NamedDays
) -> FieldName | None:
    """Return the number that years are of: "built in the nineties"."""
    if not at or not span.years:
        return None
    stems = [word.stem for word in words[max(0, at - LOOK_BACK) : at]]
    years = [f for f in fields if f.kind == "number" and "year" in f.core and f.score(stems)]
    return years[0] if years else None


def _rather_years(
    words: Sequence[Word],
    at: int,
    fields: Sequence[FieldName],
    vocabulary: Vocabulary,
    span: NamedDays,
) -> FieldName | None:
    """Return the number that years are of where no day lies near them: "flats from 1919"."""
    days = _field(words, at, fields)
    years = next((f for f in fields if f.kind == "number" and "year" in f.core), None)
    if days is None or years is None or not span.years:
        return None
    if days.score([word.stem for word in words[max(0, at - LOOK_BACK) : at]]):
        return None
    rows = vocabulary.rows.values()
    said = {value[:4] for row in rows if isinstance(value := row.get(days.key), str)}
    first, last = span.first.year, span.behind.year - 1
    if not said or (str(first) <= max(said) and str(last) >= min(said)):
        return None
    low, high = vocabulary.numbers.get(years.key, (0.0, -1.0))
    return years if first <= high and last >= low else None


def _field(words: Sequence[Word], at: int, fields: Sequence[FieldName]) -> FieldName | None:
    """Return the time field that is named shortly before, or the one that dates speak of."""
    for place in range(at - 1, max(-1, at - 1 - LOOK_BACK), -1):
        named = best_named(fields, [words[place].stem], ("time",))
        if named is not None:
            return named
    return of_concept(fields, "date", ("time",)) or next(
        (field for field in fields if field.kind == "time"), None
    )


def _is_past(field: FieldName, vocabulary: Vocabulary, today: date) -> bool:
    """Return whether all of a field's days are over, so that "January" is the last one."""
    values = (row.get(field.key) for row in vocabulary.rows.values())
    latest = max((value for value in values if isinstance(value, str)), default="")
    return latest[:10] <= today.isoformat()


def _goes_on(goal: str, words: Sequence[Word], at: int, today: date) -> bool:
    """Return whether "from" begins "from March to May"."""
    first = day_span(goal, words, at + 1, today, True)
    return (
        first is not None
        and first.end + 1 < len(words)
        and words[first.end].text.lower() in _TO
        and day_span(goal, words, first.end + 1, today, True) is not None
    )


def _between(
    goal: str,
    words: Sequence[Word],
    at: int,
    fields: Sequence[FieldName],
    vocabulary: Vocabulary,
    today: date,
) -> list[GoalCondition]:
    field = _field(words, at, fields)
    past = field is not None and _is_past(field, vocabulary, today)
    first = day_span(goal, words, at + 1, today, past)
    if first is None or first.reason or first.end >= len(words):
        return []
    last = day_span(goal, words, first.end + 1, today, past)
    if words[first.end].text.lower() not in ("and", *_TO) or last is None or last.reason:
        return []
    if _is_amount(words, last.end) or _years_field(words, at, fields, first):
        return []
    begin = first.first
    if first.clock and not last.clock and begin.year > last.first.year:
        # "from March to May 2025": the year is said once.
        begin = begin.replace(year=last.first.year)
    whole = NamedDays(begin, last.behind, last.end, True, first.years and last.years)
    counted = today.isoformat() if last.clock else ""
    field = None if _rather_years(words, at, fields, vocabulary, whole) else field
    made = _conditions(goal, words, at, "within", whole, field, fields)
    return [replace(condition, counted_from=counted) for condition in made]


def _conditions(
    goal: str,
    words: Sequence[Word],
    at: int,
    cue: str,
    span: NamedDays,
    field: FieldName | None,
    fields: Sequence[FieldName],
) -> list[GoalCondition]:
    start = at
    named = field is not None and at > 0
    for place in range(at - 1, max(-1, at - 1 - LOOK_BACK), -1):
        if named and field is not None and field.score([words[place].stem]):
            start = place
            break
    said = goal[words[start].start : words[span.end - 1].end]
    bounds = {
        "before": [("lt", span.first)],
        "after": [("gte", span.behind)],
        "since": [("gte", span.first)],
        "until": [("lt", span.behind)],
        "within": [("gte", span.first), ("lt", span.behind)],
    }[cue]
    where = (start, span.end)
    if field is not None:
        return [
            GoalCondition(field.filter_key, op, day.isoformat(), 1.0, said, where)
            for op, day in bounds
        ]
    years = next((f for f in fields if f.kind == "number" and "year" in f.core), None)
    if years is None or not span.years:
        return []
    return [GoalCondition(years.filter_key, op, day.year, 1.0, said, where) for op, day in bounds]

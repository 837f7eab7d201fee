"""What is asked of an amount: "under", "at least", "or more", "before" a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.goals.phrases.measured import MeasuredField
from agents.goals.phrases.quantities import Quantity, quantity_at
from agents.lexicon.degrees import COMPARATIVES
from agents.lexicon.field_names import FieldName
from agents.lexicon.units import UNITS
from agents.lexicon.words import Word

_CUES: dict[tuple[str, ...], str] = {
    tuple(said.split()): op
    for op, many in {
        "lte": "at most|no more than|not more than|no higher than|not higher than|up to|maximum"
        "|maximum of|max|within|no longer than|not over|not above|a maximum of|at the most",
        "gte": "at least|no less than|not less than|no lower than|not lower than|minimum"
        "|minimum of|min|no fewer than|not under|not below|a minimum of|starting at",
        "lt": "under|below|in under|beneath",
        "gt": "over|above|beyond|exceeding",
        "eq": "exactly|precisely|equal to",
    }.items()
    for said in many.split("|")
}
_SIGNS = {"<=": "lte", "≤": "lte", ">=": "gte", "≥": "gte", "<": "lt", ">": "gt"}
_AFTER = {
    **dict.fromkeys("less below under cheaper fewer lower shorter smaller".split(), "lte"),
    **dict.fromkeys("more above over longer higher larger upwards".split(), "gte"),
}
_YEARS = {"before": "lt", "after": "gt", "since": "gte", "from": "gte", "in": "eq", "until": "lte"}


@dataclass(frozen=True, slots=True)
class AmountCue:
    """What is asked of an amount, the words that ask it, and what they say of the field."""

    op: str
    start: int
    concept: str = ""
    end: int = 0


def cue_of(goal: str, words: Sequence[Word], amount: Quantity) -> AmountCue | None:
    """Return what the words around an amount ask of it, None if they ask nothing."""
    at = amount.start
    gap = goal[words[at - 1].end if at else 0 : words[at].start]
    for sign, op in _SIGNS.items():
        if sign in gap:
            return AmountCue(op, at)
    behind = [word.text.lower() for word in words[amount.end : amount.end + 2]]
    bounds_next = quantity_at(goal, words, amount.end + 2) if amount.end + 2 < len(words) else None
    if behind[:1] == ["or"] and behind[1:] and behind[1] in _AFTER and bounds_next is None:
        return AmountCue(_AFTER[behind[1]], at, end=amount.end + 2)
    if tuple(behind) in _CUES:
        return AmountCue(_CUES[tuple(behind)], at, end=amount.end + 2)
    if at and words[at - 1].text.lower() in UNITS and amount.unit is not None:
        at -= 1
    said = [word.text.lower() for word in words[max(0, at - 4) : at]]
    for size in (4, 3, 2, 1):
        cue = tuple(said[-size:])
        if len(cue) == size and cue in _CUES:
            return AmountCue(_CUES[cue], at - size)
        if size == 1 and cue == ("for",):
            return None
    if said[-1:] == ["than"] and said[-2:-1]:
        degree = COMPARATIVES.get(said[-2])
        if degree is not None and said[-3:-2] and said[-3] in ("no", "not"):
            return AmountCue("lte" if degree.up else "gte", at - 3, degree.concept)
        if degree is not None:
            return AmountCue("gt" if degree.up else "lt", at - 2, degree.concept)
    if said[-1:] == ["than"] and said[-3:-2] and said[-3] in ("more", "less"):
        return AmountCue("gt" if said[-3] == "more" else "lt", at - 3)
    return None


def year_cue(
    words: Sequence[Word], amount: Quantity, fields: Sequence[FieldName]
) -> AmountCue | None:
    """Read "built before 1970": a field of years is named right before."""
    at, year = amount.start, amount.readings[0]
    if at < 2 or not (1000 <= year <= 2999) or words[at - 1].text.lower() not in _YEARS:
        return None
    named = [f for f in fields if f.kind == "number" and "year" in f.core and len(f.core) > 1]
    if any(field.score([words[at - 2].stem]) for field in named):
        return AmountCue(_YEARS[words[at - 1].text.lower()], at - 1)
    return None


def cue_behind(goal: str, words: Sequence[Word], at: int, where: MeasuredField) -> AmountCue | None:
    """Read "four rooms or more", where the field stands between."""
    end = where.span[1]
    said = [word.text.lower() for word in words[end : end + 2]]
    if not where.named_behind or said[:1] != ["or"] or said[1:] == [] or said[1] not in _AFTER:
        return None
    if end + 2 < len(words) and quantity_at(goal, words, end + 2) is not None:
        return None
    return AmountCue(_AFTER[said[1]], at, end=end + 2)

"""Bounds in a goal: "under 20", "between 10 and 30 euros", "takes at most half an hour"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from agents.goals.clauses import meant_for
from agents.goals.phrases.cues import AmountCue, cue_behind, cue_of, year_cue
from agents.goals.phrases.measured import MeasuredField, measured_field
from agents.goals.phrases.quantities import Quantity, quantity_at
from agents.goals.reading import GoalCondition, WordSpan
from agents.lexicon.field_names import FieldName, best_named, converted, field_names
from agents.lexicon.units import CURRENCIES
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, stem
from retrieval.filtering.fields import is_exact

_TOTAL = re.compile(
    r"\b(together|altogether|in total|in sum|combined|all in all|total|add(?:ing)? up|sum)\b", re.I
)
_RANGES = {"between": "and", "from": "to"}


@dataclass(frozen=True, slots=True)
class NumberBound:
    """One bound on a numeric field; ``field`` is None where no field can be meant.

    ``reason`` then says why.
    """

    field: str | None
    op: str
    value: float
    total: bool
    words: str
    span: WordSpan
    reason: str = "no field of numbers can be meant"

    @property
    def condition(self) -> GoalCondition:
        """The bound as a condition; its field is known."""
        assert self.field is not None
        return GoalCondition(self.field, self.op, self.value, 1.0, self.words, self.span)


def read_numbers(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int] = ()
) -> list[NumberBound]:
    """Return the bounds that a goal names, each with the words it takes up."""
    fields = field_names(vocabulary)
    found: list[NumberBound] = []
    used = set(taken)
    for at in range(len(words)):
        if at in used:
            continue
        made = (
            _range(goal, words, at, vocabulary, fields, used)
            or _either(goal, words, at, vocabulary, fields, used)
            or _single(goal, words, at, vocabulary, fields, used)
        )
        for bound in made:
            used |= set(range(*bound.span))
        found += made
    return sorted(found, key=lambda bound: bound.span)


def _range(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    used: Collection[int],
) -> list[NumberBound]:
    """Read "between 10 and 30 euros" and "from 10 to 30"."""
    join = _RANGES.get(words[at].text.lower())
    bare = quantity_at(goal, words, at) if join is None else None
    if join is None and bare is not None and bare.end < len(words):
        # "60 to 90", "60-90"
        gap = goal[words[bare.end - 1].end : words[bare.end].start].strip()
        if gap in ("-", "–"):
            return _both(goal, words, at, bare, bare.end, vocabulary, fields, used)
        join = "to"
    low = bare or (quantity_at(goal, words, at + 1) if join and at + 1 < len(words) else None)
    if low is None or low.end >= len(words) or words[low.end].text.lower() != join:
        return []
    return _both(goal, words, at, low, low.end + 1, vocabulary, fields, used)


def _both(
    goal: str,
    words: Sequence[Word],
    at: int,
    low: Quantity,
    behind: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    used: Collection[int],
) -> list[NumberBound]:
    high = quantity_at(goal, words, behind) if behind < len(words) else None
    if high is None or any(place in used for place in range(at, high.end)):
        return []
    low = replace(low, unit=low.unit or high.unit)
    where = measured_field(goal, words, replace(high, start=at), at, "", vocabulary, fields, used)
    made = [
        _bound(goal, words, q, op, where, at, vocabulary) for q, op in ((low, "gte"), (high, "lte"))
    ]
    return [replace(bound, span=made[1].span, words=made[1].words) for bound in made]


def _single(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    used: Collection[int],
) -> list[NumberBound]:
    amount = quantity_at(goal, words, at)
    if amount is None:
        return []
    served = _served(goal, words, amount, fields)
    if served is not None:
        return [_bound(goal, words, amount, "eq", served, at - 1, vocabulary)]
    cue = cue_of(goal, words, amount) or year_cue(words, amount, fields)
    start = cue.start if cue else at
    concept = cue.concept if cue else ""
    reach = replace(amount, end=max(amount.end, cue.end if cue else 0))
    where = measured_field(goal, words, reach, start, concept, vocabulary, fields, used)
    cue = cue or cue_behind(goal, words, at, where)
    if cue is None:
        # "six rooms" is a bound, "six mugs" an amount.
        beside = [w.stem for w in (*words[amount.end : amount.end + 1], *words[at - 1 : at])]
        if where.field is None or not (amount.unit or where.field.score(beside)):
            return []
        # Who says "a mug for 20 euros" does not mind a cheaper one.
        paid = amount.unit is not None and amount.unit.dimension in CURRENCIES
        cue = AmountCue("lte" if paid else "eq", at)
    elif amount.bare and _counts_things(goal, words, amount, where):
        return []
    reach = replace(amount, end=max(amount.end, cue.end))
    return [_bound(goal, words, reach, cue.op, where, cue.start, vocabulary)]


def _either(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    used: Collection[int],
) -> list[NumberBound]:
    """Read "3 or 4 rooms": two amounts of what the second names."""
    one = quantity_at(goal, words, at)
    if one is None or not one.bare or one.end + 1 >= len(words):
        return []
    other = quantity_at(goal, words, one.end + 1)
    if words[one.end].text.lower() != "or" or other is None or not other.bare:
        return []
    where = measured_field(goal, words, other, at, "", vocabulary, fields, used)
    if where.field is None or not where.named_behind or cue_of(goal, words, other):
        return []
    cue = cue_of(goal, words, one)
    if cue is not None:
        reason = "it bounds two amounts, and which of them is meant was not understood"
        span = (cue.start, where.span[1])
        said = goal[words[span[0]].start : words[span[1] - 1].end]
        return [NumberBound(None, cue.op, one.readings[0], False, said, span, reason)]
    near, far = (
        replace(where, span=(at, one.end)),
        replace(where, span=(other.start, where.span[1])),
    )
    return [
        _bound(goal, words, one, "eq", near, at, vocabulary),
        _bound(goal, words, other, "eq", far, other.start, vocabulary),
    ]


def _served(
    goal: str, words: Sequence[Word], amount: Quantity, fields: Sequence[FieldName]
) -> MeasuredField | None:
    """Read "a curry for two": so many people, where a field counts them."""
    at, end = amount.start, amount.end
    if not amount.bare or not meant_for([word.text.lower() for word in words], at):
        return None
    gap = goal[words[end - 1].end : words[end].start].strip() if end < len(words) else "."
    field = best_named(fields, [stem("people")])
    return None if field is None or not gap else MeasuredField(field, (at - 1, end))


def _counts_things(
    goal: str, words: Sequence[Word], amount: Quantity, where: MeasuredField
) -> bool:
    """Return whether "at least three" is of things ("homes"), not of what a field measures."""
    if where.named_behind or where.named_before or amount.readings[0] > 100:
        return False
    behind = words[amount.end : amount.end + 1]
    if not behind or behind[0].text.lower() in _BREAKS:
        return False
    if goal[words[amount.end - 1].end : behind[0].start].strip():
        return False
    return amount.readings[0] == int(amount.readings[0])


_BREAKS = frozenset(
    """and or in by with for of on from to at per together altogether each total but nor that which
    please both all combined or either""".split()
)


def _bound(
    goal: str,
    words: Sequence[Word],
    amount: Quantity,
    op: str,
    where: MeasuredField,
    start: int,
    vocabulary: Vocabulary,
) -> NumberBound:
    span, total = _totalled(
        goal, words, (min(start, where.span[0]), max(amount.end, where.span[1]))
    )
    said = goal[words[span[0]].start : words[span[1] - 1].end]
    value = amount.readings[0]
    if where.field is None:
        return NumberBound(None, op, value, total, said, span, where.reason)
    value = _likely(
        [converted(v, amount.unit, where.field) for v in amount.readings], where, vocabulary
    )
    # A filter on such a number would be refused; without a field it counts as not fulfilled.
    name = where.field.filter_key if is_exact(value) else None
    return NumberBound(name, op, value, total, said, span)


def _likely(values: Sequence[float], where: MeasuredField, vocabulary: Vocabulary) -> float:
    """Return the reading that lies where the field's values lie, the first if none does."""
    assert where.field is not None
    low, high = vocabulary.numbers.get(where.field.key, (0.0, 0.0))
    inside = [value for value in values if low / 2 <= value <= high * 2]
    return (inside or values)[0]


def _totalled(goal: str, words: Sequence[Word], span: WordSpan) -> tuple[WordSpan, bool]:
    """Return the words of a bound with its "in total", and whether it has one."""
    start, end = words[span[0]].start, words[span[1] - 1].end
    clause_start = max(goal.rfind(mark, 0, start) for mark in ",;") + 1
    ahead = re.search(r"[,;]|\band\b", goal[end:])
    clause_end = end + ahead.start() if ahead else len(goal)
    total = _TOTAL.search(goal, max(clause_start, start - 40), clause_end)
    if total is None:
        return span, False
    covered = [
        i for i, word in enumerate(words) if word.start < total.end() and total.start() < word.end
    ]
    return (min(span[0], covered[0]), max(span[1], covered[-1] + 1)), True

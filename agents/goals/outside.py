"""Bounds that are denied, or joined by "or": "not between 10 and 30", "under 10 or over 30"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.goals.clauses import denies
from agents.goals.phrases.numbers import NumberBound
from agents.goals.reading import GoalCondition, WordSpan
from agents.lexicon.words import Word

_INVERSE = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt", "eq": "ne", "ne": "eq"}
_OUTSIDE = ("outside", "never")
_LITTLE = ("of", "the", "in", "ones", "those", "anything")


@dataclass(frozen=True, slots=True)
class _Bounded:
    """Conditions of one span that hold together."""

    span: WordSpan
    conditions: tuple[GoalCondition, ...]
    made: bool = False


def read_outside(
    goal: str,
    words: Sequence[Word],
    days: Sequence[GoalCondition],
    bounds: Sequence[NumberBound],
) -> tuple[list[GoalCondition], list[NumberBound], list[GoalCondition]]:
    """Return the days and the bounds that hold as they are, and what the others became."""
    given = [*days, *(b.condition for b in bounds if b.field is not None and not b.total)]
    spans = sorted({condition.span for condition in given})
    groups = [_Bounded(span, tuple(c for c in given if c.span == span)) for span in spans]
    groups = _joined(goal, words, [_denied(goal, words, group) for group in groups])
    kept = {group.span for group in groups if not group.made}
    made = [condition for group in groups if group.made for condition in group.conditions]
    rest = [b for b in bounds if b.field is None or b.total or b.span in kept]
    return [day for day in days if day.span in kept], rest, made


def _denied(goal: str, words: Sequence[Word], group: _Bounded) -> _Bounded:
    """Return what holds where denied bounds do not, with the word that denies them."""
    cue = group.span[0] - 1
    while cue > 0 and words[cue].text.lower() in _LITTLE:
        cue -= 1
    if cue < 0 or not (denies(words, cue) or words[cue].text.lower() in _OUTSIDE):
        return group
    if any(mark in goal[words[cue].end : words[group.span[0]].start] for mark in ",;:."):
        return group
    return _Bounded((cue, group.span[1]), _inverted(goal, words, group, (cue, group.span[1])), True)


def _inverted(
    goal: str, words: Sequence[Word], group: _Bounded, span: WordSpan
) -> tuple[GoalCondition, ...]:
    said = goal[words[span[0]].start : words[span[1] - 1].end]
    parts = [replace(c, op=_INVERSE[c.op], words=said, span=span) for c in group.conditions]
    if len(parts) == 1:
        return (parts[0],)
    return (replace(parts[0], op="or", value=tuple((part,) for part in parts)),)


def _joined(goal: str, words: Sequence[Word], groups: Sequence[_Bounded]) -> list[_Bounded]:
    out: list[_Bounded] = []
    for group in groups:
        last = out[-1] if out else None
        if last is None or not _by_or(words, last, group):
            out.append(group)
        elif words[last.span[0]].text.lower() == "not":
            # "not under 10 or over 30": both are denied.
            out.append(_Bounded(group.span, _inverted(goal, words, group, group.span), True))
        else:
            span = (last.span[0], group.span[1])
            said = goal[words[span[0]].start : words[span[1] - 1].end]
            value = (last.conditions, group.conditions)
            first = replace(last.conditions[0], op="or", value=value, words=said, span=span)
            out[-1] = _Bounded(span, (first,), True)
    return out


def _by_or(words: Sequence[Word], one: _Bounded, other: _Bounded) -> bool:
    between = [word.text.lower() for word in words[one.span[1] : other.span[0]]]
    return between == ["or"] and one.conditions[0].field == other.conditions[0].field

"""Alternatives in a goal: "red or green", "in Linz, Hamburg or Graz", "a kite or a pink bottle".

Values of one field become one condition with several values; other alternatives become a
condition that holds where one of them does. So does "and" between values of one field of which
a document has one: "red and blue mugs", "flats in Linz and Graz".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from agents.goals.reading import GoalCondition, WordSpan
from agents.lexicon.words import Word

_LITTLE = frozenset(
    "a an the in by from on with of either else to at any for and some one that are is".split()
)

_LEADS = ("in", "from", "by", "of")


@dataclass(frozen=True, slots=True)
class _Said:
    """Words that name values: what they may mean, the likeliest first."""

    span: WordSpan
    meanings: tuple[GoalCondition, ...]


def with_alternatives(
    goal: str, words: Sequence[Word], facets: Sequence[GoalCondition], shut: Collection[int]
) -> list[GoalCondition]:
    """Return the conditions, with those that "or" joins made one; ``shut`` places stay apart."""
    groups = _grouped(facets)
    for at, word in enumerate(words):
        said = word.text.lower()
        if at in shut:
            continue
        if said == "or" or (said == "and" and _of_several(words, groups, at, shut)):
            groups = _joined(goal, words, groups, at, shut)
    return [meaning for group in groups for meaning in group.meanings]


def _of_several(
    words: Sequence[Word], groups: Sequence[_Said], at: int, shut: Collection[int]
) -> bool:
    """Return whether "and" joins two values of which one document has one: "red and blue mugs"."""
    before = [g for g in groups if g.span[1] <= at and g.span[0] not in shut]
    behind = [g for g in groups if g.span[0] > at and g.span[0] not in shut]
    if not before or not behind or before[-1].span[1] != at:
        return False
    left, right = before[-1], behind[0]
    field = _shared(left, right)
    if field is None or any(m.op == "contains" for m in (*left.meanings, *right.meanings)):
        return False
    noun = behind[1] if behind[1:] and behind[1].span[0] == right.span[1] else None
    if noun is not None:
        return right.span[0] == at + 1 and _shared(noun, right) is None and _plural(words, noun)
    if len(before) < 2 or left.span[0] == 0:
        return False
    led = words[left.span[0] - 1].text.lower() in _LEADS
    return led and _shared(before[-2], left) is None and _plural(words, before[-2])


def _plural(words: Sequence[Word], group: _Said) -> bool:
    return words[group.span[1] - 1].text.lower().endswith("s")


def _grouped(facets: Sequence[GoalCondition]) -> list[_Said]:
    spans = sorted({condition.span for condition in facets})
    return [_Said(span, tuple(c for c in facets if c.span == span)) for span in spans]


def _joined(
    goal: str, words: Sequence[Word], groups: list[_Said], at: int, shut: Collection[int]
) -> list[_Said]:
    before = [g for g in groups if g.span[1] <= at and g.span[0] not in shut]
    behind = [g for g in groups if g.span[0] > at and g.span[0] not in shut]
    if not before or not behind or not _near(words, before[-1].span[1], at):
        return groups
    left, right = before[-1], behind[0]
    if not _near(words, at + 1, right.span[0]):
        return groups
    field = _shared(left, right)
    if field is not None:
        parts = [left, right]
        for other in reversed(before[:-1]):
            listed = "," in goal[words[other.span[1] - 1].end : words[parts[0].span[0]].start]
            if not listed or not _near(words, other.span[1], parts[0].span[0]):
                break
            if not any(m.field == field for m in other.meanings):
                break
            parts.insert(0, other)
        return _replaced(groups, parts, _one_of(goal, words, parts, field))
    return _of_phrases(goal, words, groups, before, behind, at)


def _of_phrases(
    goal: str,
    words: Sequence[Word],
    groups: list[_Said],
    before: Sequence[_Said],
    behind: Sequence[_Said],
    at: int,
) -> list[_Said]:
    """Join whole phrases ("an easy burger, or a burger by Chiara"), or just two values."""
    left = _phrase(goal, words, before[::-1], at)[::-1]
    right = _phrase(goal, words, behind, at)
    twin = next((g for g in left if _shared(g, right[0]) is not None), None)
    if twin is not None and len(right) == 1:
        # "a red mug or a blue one"
        field = _shared(twin, right[0])
        assert field is not None
        merged = _one_of(goal, words, [twin, right[0]], field)
        return _replaced(groups, [twin, right[0]], replace(merged, span=twin.span))
    alike = any(_shared(one, other) is not None for one in left for other in right)
    parts = [list(left), list(right)] if alike else [[left[-1]], [right[0]]]
    span = (parts[0][0].span[0], parts[1][-1].span[1])
    said = goal[words[span[0]].start : words[span[1] - 1].end]
    value = tuple(tuple(group.meanings[0] for group in part) for part in parts)
    field = parts[0][-1].meanings[0].field
    made = GoalCondition(field, "or", value, 1.0, said, span)
    return _replaced(groups, [*parts[0], *parts[1]], made)


def _phrase(goal: str, words: Sequence[Word], groups: Sequence[_Said], at: int) -> list[_Said]:
    """Return the groups from "or" on, until a comma or an "and" parts them."""
    found = [groups[0]]
    for group in groups[1:]:
        first, second = sorted((found[-1].span, group.span))
        between = [w.text.lower() for w in words[first[1] : second[0]]]
        gap = goal[words[first[1] - 1].end : words[second[0]].start]
        if any(mark in gap for mark in ",;:") or "and" in between or "or" in between:
            break
        found.append(group)
    return found


def _near(words: Sequence[Word], start: int, end: int) -> bool:
    return end - start <= 4 and all(w.text.lower() in _LITTLE for w in words[start:end])


def _shared(one: _Said, other: _Said) -> str | None:
    """Return the field that both may be values of, by the likeliest meaning of the second."""
    fields = {m.field for m in one.meanings if m.op != "or"}
    return next((m.field for m in other.meanings if m.field in fields and m.op != "or"), None)


def _one_of(goal: str, words: Sequence[Word], parts: Sequence[_Said], field: str) -> GoalCondition:
    chosen = [next(m for m in part.meanings if m.field == field) for part in parts]
    values: list[object] = []
    for meaning in chosen:
        values += meaning.value if isinstance(meaning.value, tuple) else [meaning.value]
    span = (parts[0].span[0], parts[-1].span[1])
    said = goal[words[span[0]].start : words[span[1] - 1].end]
    if chosen[0].op == "contains":
        value = tuple((replace(m, op="contains"),) for m in chosen)
        return GoalCondition(field, "or", value, 1.0, said, span)
    unique = tuple(dict.fromkeys(values))
    return GoalCondition(field, "in", unique, min(m.confidence for m in chosen), said, span)


def _replaced(groups: Sequence[_Said], parts: Sequence[_Said], made: GoalCondition) -> list[_Said]:
    kept = [group for group in groups if group not in parts]
    return sorted([*kept, _Said(made.span, (made,))], key=lambda group: group.span)

"""The items of a goal: which clause names one, and which conditions are whose."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import pairwise

from agents.goals.clauses import (
    ARTICLES,
    COUNTS,
    GLOBAL_NEGATIONS,
    MAX_ITEMS,
    QUANTIFIERS,
    Clause,
    clauses,
)
from agents.goals.phrases.numbers import NumberBound
from agents.goals.reading import GoalCondition, Slot, WordSpan, places_of
from agents.lexicon.words import Word, is_stop

_LITTLE = ARTICLES | QUANTIFIERS | frozenset(COUNTS) | {"them", "ones", "that", "is", "are", "of"}


@dataclass
class _Draft:
    """One item while the goal is read."""

    clause: Clause
    conditions: list[GoalCondition] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def items_of(
    goal: str,
    said: Sequence[Word],
    facets: Sequence[GoalCondition],
    bounds: Sequence[NumberBound],
    denials: Sequence[tuple[int, WordSpan]],
    taken: AbstractSet[int],
    extra: Sequence[GoalCondition] = (),
) -> tuple[tuple[Slot, ...], tuple[str, ...]]:
    """Return the items with their conditions, and the unwanted words no field accounts for.

    ``extra`` are conditions whose words are taken already: days, comparisons.
    """
    denied = places_of([span for _, span in denials])
    cues = {cue for cue, _ in denials}
    wanted = [c for c in facets if c.span[0] not in denied]
    parts = clauses(goal, said, taken | denied | cues)
    head = _head_field(parts, wanted)
    drafts = _drafts(parts, wanted, head, said)
    everywhere: list[GoalCondition] = []
    _attach_facets(parts, wanted, drafts, everywhere, head, said)
    _attach_bounds(parts, bounds, drafts, everywhere, said)
    for condition in extra:
        owner = _owner(condition.span[0], parts, drafts, said)
        (everywhere if owner is None else owner.conditions).append(condition)
    unwanted = _attach_denials(said, parts, facets, denials, drafts, everywhere, goal)
    if not drafts and everywhere:
        drafts = [_Draft(Clause((0, len(said)), False, False, False, 1))]
    used = taken | denied | cues | places_of([c.span for c in facets])
    slots = []
    for draft in drafts[:MAX_ITEMS]:
        conditions = (*draft.conditions, *everywhere)
        loose = _loose(said, draft, used)
        query = _query(said, draft, taken | denied | cues) or goal
        label = _label(conditions, head, query)
        slots += [Slot(label, query, conditions, loose)] * draft.clause.count
    return tuple(_numbered(slots[:MAX_ITEMS])), unwanted


def _head_field(parts: Sequence[Clause], wanted: Sequence[GoalCondition]) -> str | None:
    """Return the field whose values name the items: the last word of most noun phrases.

    "a striped red mug by Dunlin and a lamp": mug and lamp end their phrases, so their field heads.
    """
    votes: dict[str, int] = {}
    for part in parts:
        inside = [c for c in wanted if part.span[0] <= c.span[0] < part.span[1]]
        spans = sorted({c.span for c in inside if part.article or not _of_a_list(c.span, inside)})
        last = next((a for a, b in pairwise(spans) if a[1] < b[0]), spans[-1] if spans else None)
        if last is not None:
            name = next(c.field for c in inside if c.span == last)
            votes[name] = votes.get(name, 0) + 1
    return max(votes, key=lambda name: votes[name], default=None)


def _of_a_list(span: WordSpan, found: Sequence[GoalCondition]) -> bool:
    """Return whether words are a value of a list, of which one document may have several: "papers
    by Duval and Petrova"."""
    return next(c.op for c in found if c.span == span) == "contains"


def _heads(part: Clause, wanted: Sequence[GoalCondition], head: str | None) -> list[GoalCondition]:
    return [c for c in wanted if c.field == head and part.span[0] <= c.span[0] < part.span[1]]


def _drafts(
    parts: Sequence[Clause], wanted: Sequence[GoalCondition], head: str | None, said: Sequence[Word]
) -> list[_Draft]:
    drafts = []
    for part in parts:
        spans = sorted({c.span for c in _heads(part, wanted, head)})
        # "a mug with a lamp": two heads in one clause are two items.
        starts = [part.span[0], *(spans[i][1] for i in range(len(spans) - 1))]
        ends = [*(spans[i][1] for i in range(len(spans) - 1)), part.span[1]]
        if len(spans) > 1:
            drafts += [
                _Draft(replace(part, span=(a, b), count=1))
                for a, b in zip(starts, ends, strict=True)
            ]
        elif spans:
            drafts.append(_Draft(part))
    return drafts


def _owner(
    at: int, parts: Sequence[Clause], drafts: Sequence[_Draft], said: Sequence[Word]
) -> _Draft | None:
    """Return the item that a word belongs to; None if to all of them."""
    for draft in drafts:
        if draft.clause.span[0] <= at < draft.clause.span[1]:
            return None if draft.clause.quantified else draft
    part = next((p for p in parts if p.span[0] <= at < p.span[1]), None)
    if part is None or part.quantified or not drafts:
        return None
    following = next((d for d in drafts if d.clause.span[0] >= part.span[1]), None)
    # "a red, striped mug": the phrase goes on unless the next one brings its own article.
    if following is not None and not following.clause.article and part.article:
        return following
    before = [d for d in drafts if d.clause.span[1] <= part.span[0]]
    if part.after_comma and len(drafts) > 1:
        return None
    return before[-1] if before else None


def _attach_facets(
    parts: Sequence[Clause],
    wanted: Sequence[GoalCondition],
    drafts: Sequence[_Draft],
    everywhere: list[GoalCondition],
    head: str | None,
    said: Sequence[Word],
) -> None:
    for condition in wanted:
        holder = next(
            (d for d in drafts if d.clause.span[0] <= condition.span[0] < d.clause.span[1]), None
        )
        if condition.field == head or holder is not None:
            owner = holder
        else:
            owner = _owner(condition.span[0], parts, drafts, said)
        target = everywhere if owner is None else owner.conditions
        # Of several meanings of the same words the most confident stands; see `readings`.
        if not any(other.span == condition.span for other in target):
            target.append(condition)
        if owner is not None:
            owner.places += range(*condition.span)


def _attach_bounds(
    parts: Sequence[Clause],
    bounds: Sequence[NumberBound],
    drafts: Sequence[_Draft],
    everywhere: list[GoalCondition],
    said: Sequence[Word],
) -> None:
    for bound in bounds:
        several = len(drafts) > 1 or any(draft.clause.count > 1 for draft in drafts)
        if bound.field is None or (bound.total and several):
            continue
        owner = _owner(bound.span[0], parts, drafts, said)
        (everywhere if owner is None else owner.conditions).append(bound.condition)


def _attach_denials(
    said: Sequence[Word],
    parts: Sequence[Clause],
    facets: Sequence[GoalCondition],
    denials: Sequence[tuple[int, WordSpan]],
    drafts: Sequence[_Draft],
    everywhere: list[GoalCondition],
    goal: str,
) -> tuple[str, ...]:
    unwanted: list[str] = []
    for cue, (start, end) in denials:
        inside = [c for c in facets if start <= c.span[0] < end]
        owner = None
        if said[cue].text.lower() not in GLOBAL_NEGATIONS:
            owner = _owner(cue, parts, drafts, said)
            if owner is None:
                owner = _enclosing(cue, drafts, goal, said)
        seen: set[WordSpan] = set()
        for condition in inside:
            if condition.span in seen:
                continue
            seen.add(condition.span)
            denied = _denied(condition, f"{said[cue].text} {condition.words}")
            (everywhere if owner is None else owner.conditions).append(denied)
        covered = places_of(list(seen))
        unwanted += [
            said[at].text
            for at in range(start, end)
            if at not in covered and not is_stop(said[at].text) and said[at].text not in _LITTLE
        ]
    return tuple(dict.fromkeys(unwanted))


def _denied(condition: GoalCondition, words: str) -> GoalCondition:
    """Return what holds where a condition does not."""
    if condition.op == "eq":
        return replace(condition, op="ne", words=words)
    return replace(condition, op="not", value=condition, words=words)


def _enclosing(cue: int, drafts: Sequence[_Draft], goal: str, said: Sequence[Word]):
    """Return the item right before a cue that no comma parts from it."""
    before = [d for d in drafts if d.clause.span[0] <= cue]
    if not before or before[-1].clause.quantified:
        return None
    start = said[before[-1].clause.span[0]].start
    return None if "," in goal[start : said[cue].start] else before[-1]


def _loose(said: Sequence[Word], draft: _Draft, used: AbstractSet[int]) -> tuple[str, ...]:
    inside = range(*draft.clause.span)
    return tuple(
        said[at].text
        for at in inside
        if at not in used and not is_stop(said[at].text) and said[at].text.lower() not in _LITTLE
    )


def _query(said: Sequence[Word], draft: _Draft, left_out: AbstractSet[int]) -> str:
    places = sorted(set(range(*draft.clause.span)) | set(draft.places))
    kept = [
        said[at].text
        for at in places
        if at not in left_out
        and said[at].text.lower() not in _LITTLE
        and not is_stop(said[at].text)
    ]
    return " ".join(kept)


def _label(conditions: Sequence[GoalCondition], head: str | None, query: str) -> str:
    for condition in conditions:
        if condition.field == head and condition.op == "eq":
            return str(condition.value)
        if condition.field == head and condition.op == "in":
            return " or ".join(map(str, condition.value))
    return query[:40]


def _numbered(slots: Sequence[Slot]) -> list[Slot]:
    """Give equal labels numbers, so that each names one item."""
    labels = [slot.label for slot in slots]
    return [
        replace(slot, label=f"{slot.label} {labels[: at + 1].count(slot.label)}")
        if labels.count(slot.label) > 1
        else slot
        for at, slot in enumerate(slots)
    ]

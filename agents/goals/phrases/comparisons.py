"""Comparisons in a goal: with a document ("cheaper than the Dawn lamp"), with the best of others
("than the cheapest sofa"), with another item ("the mug cheaper than the lamp").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from agents.goals.phrases.contents import comparable, extreme
from agents.goals.phrases.equals import as_much
from agents.goals.phrases.facets import read_facets
from agents.goals.phrases.named import named_document
from agents.goals.phrases.orders import superlative_at
from agents.goals.phrases.quantities import quantity_at
from agents.goals.reading import GoalCondition, WordSpan
from agents.lexicon.degrees import COMPARATIVES, PLAIN, Degree
from agents.lexicon.field_names import FieldName, best_named, field_names, of_concept
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, is_stop

LOOK_BACK = 7
KINDS = ("number", "time")
STOPS = frozenset(("and", "or", "but"))


@dataclass(frozen=True, slots=True)
class Rising:
    """One item has less of a field than another; values name the items."""

    field: str
    low: Any
    high: Any
    words: str
    span: WordSpan


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What a goal compares. ``kept`` are the traits that likeness keeps unless the goal
    changes them; ``spans`` are all words that are accounted for; ``unread`` could not be."""

    conditions: tuple[GoalCondition, ...] = ()
    kept: tuple[GoalCondition, ...] = ()
    rising: tuple[Rising, ...] = ()
    spans: tuple[WordSpan, ...] = ()
    unread: tuple[WordSpan, ...] = ()

    def plus(self, other: Comparisons) -> Comparisons:
        """Return what both hold."""
        return Comparisons(
            (*self.conditions, *other.conditions),
            (*self.kept, *other.kept),
            (*self.rising, *other.rising),
            (*self.spans, *other.spans),
            (*self.unread, *other.unread),
        )


def read_comparisons(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int]
) -> Comparisons:
    """Return the comparisons of a goal, with documents or between its items."""
    fields = field_names(vocabulary)
    if not fields or not vocabulary.rows:
        return Comparisons()
    found = Comparisons()
    for at, word in enumerate(words):
        said = word.text.lower()
        if at in taken:
            continue
        if said == "than" and _compares(goal, words, at, vocabulary):
            made = _than(goal, words, at, vocabulary, fields, taken)
        elif said == "as" and _compares(goal, words, at, vocabulary):
            made = as_much_as(goal, words, at, vocabulary, fields, taken)
        else:
            continue
        found = found.plus(made)
    return found


def _compares(goal: str, words: Sequence[Word], at: int, vocabulary: Vocabulary) -> bool:
    """Return whether a "than" compares with something; "than 35" is a bound, "than 35 Elm Road"
    is none."""
    if at and words[at - 1].text.lower() in ("rather", "other"):
        return False
    amount = quantity_at(goal, words, at + 1) if at + 1 < len(words) else None
    if amount is None:
        return words[at + 1 : at + 2] == [] or words[at + 1].text.lower() != "possible"
    behind = "".join(word.text for word in words[amount.end :][:1])
    named = amount.bare and behind[:1].isupper()
    return named and named_document(goal, words, at + 1, vocabulary) is not None


def _comparative(
    words: Sequence[Word], at: int, fields: Sequence[FieldName], taken: Collection[int]
) -> tuple[FieldName | None, bool, int] | None:
    """Return the field, the direction and the place of the comparative before a word."""
    for place in range(at - 1, max(-1, at - 1 - LOOK_BACK), -1):
        if place in taken or words[place].text.lower() in STOPS:
            return None
        degree = comparative_at(words, place)
        if degree is None:
            continue
        between = [w.stem for w in words[place + 1 : at]]
        before = [words[place - 1].stem] if place else []
        start = place - 1 if place and best_named(fields, before, KINDS) else place
        named = best_named(fields, between, KINDS) or best_named(fields, before, KINDS)
        if named is None and before and words[place - 1].text.lower() in ("is", "are", "be"):
            # "whose monthly costs are lower than"
            owner = [w.stem for w in words[max(0, place - 4) : place - 1]]
            named = best_named(fields, owner, KINDS)
        field = named or (of_concept(fields, degree.concept) if degree.concept else None)
        return field, degree.up, start
    return None


def comparative_at(words: Sequence[Word], at: int) -> Degree | None:
    said = words[at].text.lower()
    ahead = words[at + 1].text.lower() if at + 1 < len(words) else ""
    if said in ("more", "less") and ahead in PLAIN and PLAIN[ahead].concept:
        plain = PLAIN[ahead]
        return Degree(plain.concept, plain.up == (said == "more"))
    return COMPARATIVES.get(said)


def _than(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    taken: Collection[int],
) -> Comparisons:
    found = _comparative(words, at, fields, taken)
    if found is None:
        return Comparisons()
    field, up, start = found
    op = "gt" if up else "lt"
    if start and words[start - 1].text.lower() in ("no", "not"):
        # "no dearer than" leaves the same price.
        op, start = ("lte" if up else "gte"), start - 1
    if field is None:
        return Comparisons(unread=((start, at + 1),))
    other = named_document(goal, words, at + 1, vocabulary)
    if other is not None:
        return bound_by(
            goal, words, field, op, other.metadata.get(field.key), (start, other.span[1])
        )
    best = _best_of(goal, words, at + 1, vocabulary, fields)
    if best is not None:
        value, end = best
        return bound_by(goal, words, field, op, value, (start, end))
    return _between_items(goal, words, field, up, start, at, vocabulary)


def as_much_as(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    taken: Collection[int],
) -> Comparisons:
    """Read "at least as many rooms as the flat …": a bound by a named document or the best."""
    found = as_much(words, at, fields, taken)
    if found is None:
        return Comparisons()
    if found.field is None:
        return Comparisons(unread=((found.start, at + 1),))
    other = named_document(goal, words, at + 1, vocabulary)
    if other is not None:
        value, end = other.metadata.get(found.field.key), other.span[1]
        return bound_by(goal, words, found.field, found.op, value, (found.start, end))
    best = _best_of(goal, words, at + 1, vocabulary, fields)
    if best is None:
        return Comparisons(unread=((found.start, at + 1),))
    return bound_by(goal, words, found.field, found.op, best[0], (found.start, best[1]))


def bound_by(
    goal: str, words: Sequence[Word], field: FieldName, op: str, value: Any, span: WordSpan
) -> Comparisons:
    said = goal[words[span[0]].start : words[span[1] - 1].end]
    limit = comparable(value)
    if limit is None:
        return Comparisons(unread=(span,))
    condition = GoalCondition(field.filter_key, op, limit, 1.0, said, span)
    return Comparisons((condition,), spans=(span,))


def _best_of(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
) -> tuple[Any, int] | None:
    """Return the value of "the cheapest yellow sofa", and where it ends."""
    while at < len(words) and words[at].text.lower() in ("the", "any", "all"):
        at += 1
    found = superlative_at(words, at, fields, ()) if at < len(words) else None
    if found is None:
        return None
    field, up, end = found
    if field is None:
        return None
    stop = end
    while stop < len(words):
        gap = goal[words[stop - 1].end : words[stop].start]
        if any(mark in gap for mark in ",;:.") or words[stop].text.lower() in STOPS:
            break
        stop += 1
    inside = read_facets(words[:stop], vocabulary, range(end), goal)
    first: dict[WordSpan, GoalCondition] = {}
    for condition in inside:
        first.setdefault(condition.span, condition)
    value = extreme(vocabulary, tuple(first.values()), field.key, up)
    last = max([end, *(span[1] for span in first)])
    return None if value is None else (value, last)


def _between_items(
    goal: str,
    words: Sequence[Word],
    field: FieldName,
    up: bool,
    start: int,
    at: int,
    vocabulary: Vocabulary,
) -> Comparisons:
    """Read "with the preprint shorter than the article": both are items of the goal."""
    inside = read_facets(words, vocabulary, (), goal)
    before = [c for c in inside if c.span[1] <= start]
    behind = [c for c in inside if c.span[0] > at]
    pair = next(
        (
            (one, two)
            for one in before
            for two in behind
            if one.span == before[-1].span and two.span == behind[0].span and one.field == two.field
        ),
        None,
    )
    if pair is None:
        return Comparisons(unread=((start, at + 1),))
    subject, other = pair
    between = [w.text for w in words[subject.span[1] : start]]
    if not all(is_stop(text) for text in between) or other.span[0] - at > 3:
        return Comparisons(unread=((start, at + 1),))
    first = subject.span[0]
    while first and is_stop(words[first - 1].text) and words[first - 1].text.lower() != "and":
        first -= 1
    span = (first, other.span[1])
    low, high = (other.value, subject.value) if up else (subject.value, other.value)
    said = goal[words[span[0]].start : words[span[1] - 1].end]
    return Comparisons(rising=(Rising(field.filter_key, low, high, said, span),), spans=(span,))

"""Likeness to a document that a goal names: "like the Dawn lamp, but cheaper", "the same as"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agents.goals.phrases.comparisons import (
    KINDS,
    STOPS,
    Comparisons,
    bound_by,
    comparative_at,
)
from agents.goals.phrases.facets import read_facets
from agents.goals.phrases.named import NamedDocument, named_document
from agents.goals.phrases.orders import named_field
from agents.goals.reading import GoalCondition, WordSpan
from agents.lexicon.degrees import PLAIN
from agents.lexicon.field_names import FieldName, best_named, field_names, of_concept
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word

_LIKE = frozenset(("like", "similar", "resembling"))


def read_likeness(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int]
) -> Comparisons:
    """Return the likeness to documents that a goal asks for."""
    fields = field_names(vocabulary)
    found = Comparisons()
    if not fields or not vocabulary.rows:
        return found
    for at, word in enumerate(words):
        said = word.text.lower()
        if at in taken:
            continue
        if said in _LIKE and at + 1 < len(words):
            found = found.plus(_like(goal, words, at, vocabulary, fields, taken))
        elif said == "as":
            found = found.plus(_same_as(goal, words, at, vocabulary, fields))
    return found


def _like(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    taken: Collection[int],
) -> Comparisons:
    """Read "like the Dawn lamp, but cheaper": its traits that the name tells, and another item."""
    other = named_document(goal, words, at + 1, vocabulary)
    if other is None:
        return Comparisons()
    end = _end_of_mention(goal, words, other, at)
    span = (at, end)
    said = goal[words[at].start : words[end - 1].end]
    kept = _topical(other, vocabulary, said, span)
    known = {condition.field for condition in kept}
    kept += [
        GoalCondition(c.field, c.op, c.value, 0.5 if c.confidence == 1 else 0.4, said, span)
        for c in read_facets(words[:end], vocabulary, range(at + 1), goal)
        if other.metadata.get(c.field.removeprefix("metadata.")) == c.value and c.field not in known
    ]
    another = GoalCondition("id", "ne", other.id, 1.0, said, span)
    changed = _change(goal, words, end, other, fields, taken)
    return Comparisons((another, *changed.conditions), tuple(kept), spans=(span, *changed.spans))


_TOPICAL = {
    **dict.fromkeys(("topic", "subject", "them"), 0.7),
    **dict.fromkeys(("kind", "typ", "category", "categori", "genr", "dish", "class"), 0.6),
}
"""Fields that say what a document is about, and of what kind it is, by how firm they are."""


def _topical(
    other: NamedDocument,
    vocabulary: Vocabulary,
    said: str,
    span: WordSpan,
) -> list[GoalCondition]:
    """Return what a document is, by fields such as kind or topic."""
    found = []
    for field in field_names(vocabulary):
        value = other.metadata.get(field.key)
        firm = _TOPICAL.get(field.core[0]) if len(field.core) == 1 else None
        if field.kind == "facet" and firm is not None and isinstance(value, str):
            found.append(GoalCondition(field.filter_key, "eq", value, firm, said, span))
    return found


def _end_of_mention(goal: str, words: Sequence[Word], other: NamedDocument, at: int) -> int:
    """Return where the words about a named document end: at a comma, or at "but"."""
    end = other.span[1]
    while end < len(words):
        gap = goal[words[end - 1].end : words[end].start]
        if any(mark in gap for mark in ",;:.") or words[end].text.lower() in STOPS:
            break
        end += 1
    return max(end, at + 1)


def _change(
    goal: str,
    words: Sequence[Word],
    at: int,
    other: NamedDocument,
    fields: Sequence[FieldName],
    taken: Collection[int],
) -> Comparisons:
    """Read "but cheaper" and "but cited more often", which compare with the document itself."""
    for place in range(at, len(words)):
        degree = comparative_at(words, place)
        if degree is None or place in taken:
            continue
        named, end = named_field(words, place + 1, fields, taken)
        before = best_named(fields, [words[place - 1].stem], KINDS)
        field = named or before or (of_concept(fields, degree.concept) if degree.concept else None)
        if field is None:
            return Comparisons(unread=((place, place + 1),))
        start = place - 1 if before is not None and before == field else place
        while end < len(words) and words[end].text.lower() in ("often", "expensive", "frequently"):
            end += 1
        end = max(end, place + 1)
        plain = words[place + 1].text.lower() if place + 1 < len(words) else ""
        if words[place].text.lower() in ("more", "less") and plain in PLAIN:
            end = max(end, place + 2)
        op = "gt" if degree.up else "lt"
        return bound_by(goal, words, field, op, other.metadata.get(field.key), (start, end))
    return Comparisons()


def _same_as(
    goal: str,
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
) -> Comparisons:
    """Read "with the same brand as the Alba settee"."""
    same = next(
        (i for i in range(at - 1, max(-1, at - 6), -1) if words[i].text.lower() == "same"), None
    )
    if same is None:
        return Comparisons()
    other = named_document(goal, words, at + 1, vocabulary)
    field = best_named(fields, [w.stem for w in words[same + 1 : at]], ("facet", *KINDS, "flag"))
    if other is None or field is None:
        return Comparisons(unread=((same, at + 1),))
    end = _end_of_mention(goal, words, other, at)
    span = (same, end)
    value = other.metadata.get(field.key)
    said = goal[words[same].start : words[end - 1].end]
    if value is None or isinstance(value, list | dict):
        return Comparisons(unread=(span,))
    conditions = (
        GoalCondition(field.filter_key, "eq", value, 1.0, said, span),
        GoalCondition("id", "ne", other.id, 1.0, said, span),
    )
    return Comparisons(conditions, spans=(span,))

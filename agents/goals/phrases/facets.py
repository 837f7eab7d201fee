"""Words of a goal that the index knows: facet values, flags, and titles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from agents.goals.reading import Entity, GoalCondition, WordSpan
from agents.lexicon.degrees import synonyms
from agents.lexicon.field_names import FieldName, field_names
from agents.lexicon.vocabulary import Alias, Vocabulary
from agents.lexicon.words import Word, is_stop

MAX_PHRASE_WORDS = 4
MIN_TITLE_LETTERS = 3
_LITTLE = frozenset("of the a an with in by is from".split())
_SMALL = frozenset(
    "st nd rd th de la le du des del di da dos van von der den al bin ibn y e".split()
)
"""Parts of names that have no capital: "1st" is two words, "Manoel de Oliveira" three."""
REACH = 3
"""A field's name stands at most so far from its value: "energy class of C"."""


def read_facets(
    words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int], goal: str
) -> list[GoalCondition]:
    """Return the facet values that a goal names; the longest match wins, left to right.

    Of several meanings that comes first whose field is named beside the value, then the most
    confident; ``read_goal`` keeps the others.
    """
    fields = {field.key: field for field in field_names(vocabulary)}
    found: list[GoalCondition] = []
    at = 0
    while at < len(words):
        match = _longest(words, at, vocabulary, fields, taken)
        if match is None:
            at += 1
            continue
        end, meanings = match
        spans = [_with_name(words, at, end, fields.get(m.field), taken) for m in meanings]
        order = sorted(
            range(len(meanings)),
            key=lambda i: (spans[i][0] - spans[i][1], -meanings[i].confidence),
        )
        for i in order:
            meaning, span = meanings[i], spans[order[0]]
            said = goal[words[span[0]].start : words[span[1] - 1].end]
            field = fields.get(meaning.field)
            key = field.filter_key if field is not None else meaning.field
            op = "contains" if meaning.field in vocabulary.lists else "eq"
            found.append(
                GoalCondition(key, op, meaning.value, round(meaning.confidence, 6), said, span)
            )
        at = spans[order[0]][1]
    return _told_twice(found, goal, words)


def _told_twice(
    found: Sequence[GoalCondition], goal: str, words: Sequence[Word]
) -> list[GoalCondition]:
    """Return conditions with neighbours that say the same made one: "a six-string guitar"."""
    out: list[GoalCondition] = []
    for condition in found:
        last = out[-1] if out else None
        same = last is not None and (last.field, last.value) == (condition.field, condition.value)
        if last is not None and same and last.span[1] == condition.span[0]:
            span = (last.span[0], condition.span[1])
            said = goal[words[span[0]].start : words[span[1] - 1].end]
            out = [c for c in out if c.span != last.span]
            out.append(replace(last, span=span, words=said))
        elif last is None or last.span == condition.span or last.span[1] <= condition.span[0]:
            out.append(condition)
    return out


def _longest(
    words: Sequence[Word],
    at: int,
    vocabulary: Vocabulary,
    fields: dict[str, FieldName],
    taken: Collection[int],
) -> tuple[int, Sequence[Alias]] | None:
    likely = None
    for end in range(min(len(words), at + MAX_PHRASE_WORDS), at, -1):
        if any(i in taken for i in range(at, end)):
            continue
        phrase = tuple(word.stem for word in words[at:end])
        meanings = vocabulary.aliases.get(phrase, ())
        if all(is_stop(word.text) for word in words[at:end]):
            # "class C" is one; "c" alone, or "is", is not.
            meanings = [m for m in meanings if _named_before(words, at, fields.get(m.field))]
        flags = [f for f in fields.values() if f.kind == "flag" and f.core == phrase]
        if flags and not any(m.confidence == 1 for m in meanings):
            return end, [Alias(flag.key, True, 1.0) for flag in flags]
        if any(m.confidence == 1 for m in meanings):
            return end, meanings
        # A value itself goes before longer words that texts only use where they mean another.
        likely = likely or ((end, meanings) if meanings else None)
    return likely


def _names(word: Word, field: FieldName | None) -> bool:
    return field is not None and any(synonyms(part) & {word.stem} for part in field.core)


def _named_before(words: Sequence[Word], at: int, field: FieldName | None) -> bool:
    return at > 0 and _names(words[at - 1], field)


def _with_name(
    words: Sequence[Word], start: int, end: int, field: FieldName | None, taken: Collection[int]
) -> WordSpan:
    """Return a value's words with those beside it that name its field."""
    if field is None or field.kind == "flag":
        return start, end
    first, last = start, end
    for at in range(start - 1, max(-1, start - 1 - REACH), -1):
        if at in taken or not (_names(words[at], field) or words[at].text.lower() in _LITTLE):
            break
        if _names(words[at], field):
            first = at
    for at in range(end, min(len(words), end + 1)):
        if at not in taken and _names(words[at], field):
            last = at + 1
    return first, last


def titles_in(words: Sequence[Word], vocabulary: Vocabulary) -> list[Entity]:
    """Return the titles that a text mentions: longest match, left to right, no overlaps.

    A title of one word counts only where the text writes it with a capital letter or
    a digit, and never if it is a stop word: "It" and "The Who" are titles too.
    """
    found: list[Entity] = []
    at = 0
    while at < len(words):
        reach = vocabulary.title_reach.get(words[at].stem, 0)
        for end in range(min(len(words), at + reach), at, -1):
            ids = vocabulary.titles.get(tuple(word.stem for word in words[at:end]))
            if ids and _is_name(words[at:end]):
                found.append(Entity(vocabulary.title_of[ids[0]], ids, (at, end)))
                at = end
                break
        else:
            at += 1
    return found


def _is_name(words: Sequence[Word]) -> bool:
    solid = [word for word in words if not is_stop(word.text)]
    if not solid or sum(len(word.text) for word in words) < MIN_TITLE_LETTERS:
        return False
    return all(
        word.text[0].isupper() or word.text[0].isdigit() or word.text in _SMALL for word in solid
    )

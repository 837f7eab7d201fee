"""Words of a goal that the index knows: facet values, and titles."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agents.goals.reading import Entity, GoalCondition
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, is_stop

MAX_PHRASE_WORDS = 4
MIN_TITLE_LETTERS = 3


def read_facets(
    words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int], goal: str
) -> list[GoalCondition]:
    """Return the facet values that a goal names; the longest match wins, left to right.

    The first of several meanings is the most confident; ``read_goal`` keeps the others.
    """
    found: list[GoalCondition] = []
    at = 0
    while at < len(words):
        match = _longest(words, at, vocabulary, taken)
        if match is None:
            at += 1
            continue
        end, meanings = match
        said = goal[words[at].start : words[end - 1].end]
        found += [
            GoalCondition(m.field, "eq", m.value, round(m.confidence, 6), said, (at, end))
            for m in meanings
        ]
        at = end
    return found


def _longest(words: Sequence[Word], at: int, vocabulary: Vocabulary, taken: Collection[int]):
    for end in range(min(len(words), at + MAX_PHRASE_WORDS), at, -1):
        if any(i in taken for i in range(at, end)):
            continue
        if all(is_stop(word.text) for word in words[at:end]):
            continue
        meanings = vocabulary.aliases.get(tuple(word.stem for word in words[at:end]))
        if meanings:
            return end, meanings
    return None


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
    return all(word.text[0].isupper() or word.text[0].isdigit() for word in solid)

"""Relations between items: "of the same colour", "matching patterns", "from different brands"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.goals.reading import WordSpan
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, stem, stems

_SAME = frozenset(
    stem(word)
    for word in "same identical equal matching match shared share sharing common one".split()
)
_DIFFERENT = frozenset(
    stem(w) for w in ("different", "distinct", "differing", "differ", "various", "unlike")
)
_LEADING = frozenset(
    stem(w) for w in "of in with from by the a all both but they that have having are".split()
)
_BETWEEN = frozenset(stem(word) for word in ("the", "a", "and", "in", "of", "same", "their"))
REACH = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One relation on one field, with the words that say it."""

    kind: Literal["same", "different"]
    field: str
    words: str
    span: WordSpan


def read_relations(words: Sequence[Word], vocabulary: Vocabulary, goal: str) -> list[Link]:
    """Return the relations that a goal names on facet fields of the index.

    "in one colour" is a relation only where "one" stands right before the field.
    """
    names = {tuple(stems(name.replace("_", " "))): name for name in vocabulary.facets}
    found: list[Link] = []
    for at, word in enumerate(words):
        kind = "same" if word.stem in _SAME else "different" if word.stem in _DIFFERENT else None
        if kind is None:
            continue
        for place, name in _fields_after(words, at, names):
            if word.stem == stem("one") and place != at + 1:
                continue
            found.append(_link(words, goal, kind, name, at, place + 1))
        if not any(link.span[0] <= at < link.span[1] for link in found):
            found += _field_before(words, goal, kind, at, names)
    return found


def _fields_after(
    words: Sequence[Word], at: int, names: dict[tuple[str, ...], str]
) -> list[tuple[int, str]]:
    """Return fields named right after a cue, several if joined by "and"."""
    found: list[tuple[int, str]] = []
    place = at + 1
    while place < len(words) and place <= at + REACH + 2 * len(found):
        name = names.get((words[place].stem,))
        if name is not None:
            found.append((place, name))
        elif words[place].stem in _DIFFERENT or words[place].stem not in _BETWEEN:
            break
        place += 1
    return found


def _field_before(
    words: Sequence[Word], goal: str, kind: Literal["same", "different"], at: int, names: dict
) -> list[Link]:
    """Read "colours match" and "their colour is the same"."""
    for place in range(at - 1, max(-1, at - 1 - REACH), -1):
        name = names.get((words[place].stem,))
        if name is not None:
            return [_link(words, goal, kind, name, place, at + 1)]
    return []


def _link(
    words: Sequence[Word],
    goal: str,
    kind: Literal["same", "different"],
    name: str,
    start: int,
    end: int,
) -> Link:
    said = goal[words[start].start : words[end - 1].end]
    while start > 0 and words[start - 1].stem in _LEADING:
        start -= 1
    return Link(kind, name, said, (start, end))

"""Relations between items: "of the same colour", "matching patterns", "from different brands"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.goals.reading import WordSpan
from agents.lexicon.field_names import field_names
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, stem

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
_BETWEEN = frozenset(
    stem(word) for word in "the a and in of same their kind kinds type sort".split()
)
_SORTS = frozenset(stem(word) for word in ("kind", "kinds", "type", "sort"))
_MATCHING = frozenset(stem(word) for word in ("matching", "match", "identical", "same"))
_DISTINCT = frozenset(stem(word) for word in ("different", "distinct", "various"))
REACH = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One relation on one field, with the words that say it.

    Without a field it says nothing that can be checked, and ``reason`` says why.
    """

    kind: Literal["same", "different"]
    field: str | None
    words: str
    span: WordSpan
    reason: str = ""


def read_relations(
    words: Sequence[Word], vocabulary: Vocabulary, goal: str, taken: Collection[int] = ()
) -> list[Link]:
    """Return the relations that a goal names on facet fields of the index.

    "in one colour" is a relation only where "one" stands right before the field; things that
    are "matching" without a word in what are of one colour, where the index knows colours.
    """
    fields = [field for field in field_names(vocabulary) if field.kind in ("facet", "flag")]
    names = {field.core: field.key for field in fields}
    found: list[Link] = []
    for at, word in enumerate(words):
        kind = "same" if word.stem in _SAME else "different" if word.stem in _DIFFERENT else None
        if kind is None or at in taken or not names:
            continue
        for place, name in _fields_after(words, at, names):
            if word.stem == stem("one") and place - len(name.split("_")) != at:
                continue
            found.append(_link(words, goal, kind, name, at, place + 1))
        if not any(link.span[0] <= at < link.span[1] for link in found):
            found += _field_before(words, goal, kind, at, names) or _bare(word, at, names)
    return found


def _bare(word: Word, at: int, names: Mapping[tuple[str, ...], str]) -> list[Link]:
    """Read "matching" without a field, and say what "same" and "different" alone do not tell."""
    if word.stem in _DISTINCT:
        return [Link("different", None, word.text, (at, at + 1))]
    if word.stem not in _MATCHING:
        return []
    colour = None if word.stem == stem("same") else names.get((stem("colour"),))
    reason = "" if colour else "it is not said in what they are alike"
    return [Link("same", colour, word.text, (at, at + 1), reason)]


def _fields_after(
    words: Sequence[Word], at: int, names: Mapping[tuple[str, ...], str]
) -> list[tuple[int, str]]:
    """Return fields named right after a cue, several if joined by "and", by their last word."""
    found: list[tuple[int, str]] = []
    place = at + 1
    while place < len(words) and place <= at + REACH + 2 * len(found):
        match = _name_at(words, place, names)
        if match is not None:
            found.append((match[1] - 1, match[0]))
            place = match[1]
            continue
        if words[place].stem in _DIFFERENT or words[place].stem not in _BETWEEN:
            break
        place += 1
    return found


def _name_at(
    words: Sequence[Word], at: int, names: Mapping[tuple[str, ...], str]
) -> tuple[str, int] | None:
    """Return the field whose name begins at a word, and one behind it; the longest name wins."""
    if words[at].stem in _SORTS and at + 1 < len(words) and words[at + 1].text.lower() == "of":
        return None
    for end in range(min(len(words), at + 3), at, -1):
        name = names.get(tuple(word.stem for word in words[at:end]))
        if name is not None:
            return name, end
    return None


def _field_before(
    words: Sequence[Word],
    goal: str,
    kind: Literal["same", "different"],
    at: int,
    names: Mapping[tuple[str, ...], str],
) -> list[Link]:
    """Read "colours match" and "their colour is the same"."""
    for place in range(at - 1, max(-1, at - 1 - REACH), -1):
        match = _name_at(words, place, names)
        if match is not None:
            name = match[0]
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

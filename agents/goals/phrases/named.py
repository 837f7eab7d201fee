"""Documents that a goal names: in quotes, by their title, or by what is unlike any other's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.goals.reading import WordSpan
from agents.lexicon.vocabulary import TITLE_FIELDS, Vocabulary
from agents.lexicon.words import Word, stems
from retrieval.documents import Json

DISTINCT = 0.9
"""A field names its documents where at least this share of its values differ."""
MAX_WORDS = 12
LEAST_WORDS = 2


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document that a goal names, with the words that do."""

    id: str
    metadata: Mapping[str, Json]
    name: str
    span: WordSpan


def named_document(
    goal: str, words: Sequence[Word], at: int, vocabulary: Vocabulary
) -> NamedDocument | None:
    """Return the document that words from ``at`` on name; None if none, or several as well.

    All words of its name stand there, in any order: "the house at Lindenweg 84 in Linz" is
    named "84 Lindenweg, Linz".
    """
    names = _name_fields(vocabulary)
    places = _window(goal, words, at)
    said = {words[place].stem: place for place in reversed(places)}
    best: list[tuple[int, str, str, list[int]]] = []
    commas = {i for i in places[1:] if "," in goal[words[i - 1].end : words[i].start]}
    for id, row in vocabulary.rows.items():
        for name in names:
            value = row.get(name)
            if not isinstance(value, str):
                continue
            parts = list(dict.fromkeys(stems(value)))
            solid = [part for part in parts if part in said]
            if len(solid) == len(parts) >= LEAST_WORDS:
                where = [said[part] for part in solid]
                # Over a comma only a name that has one goes on: "Gartenstrasse 32, Leipzig".
                over = commas & set(range(min(where) + 1, max(where) + 1))
                if len(over) <= value.count(","):
                    best.append((len(parts), id, value, where))
    if not best:
        return None
    most = max(item[0] for item in best)
    top = [item for item in best if item[0] == most]
    if len({item[1] for item in top}) > 1:
        return None
    _, id, value, where = top[0]
    return NamedDocument(id, vocabulary.rows[id], value, (min(where), max(where) + 1))


def _window(goal: str, words: Sequence[Word], at: int) -> list[int]:
    found: list[int] = []
    for place in range(at, min(len(words), at + MAX_WORDS)):
        gap = goal[words[place - 1].end : words[place].start] if found else ""
        if any(mark in gap for mark in ";:.") or words[place].text.lower() in ("but", "only"):
            break
        found.append(place)
    return found


def _name_fields(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the title field, or fields of texts that nearly all differ."""
    rows = list(vocabulary.rows.values())
    for name in TITLE_FIELDS:
        if any(isinstance(row.get(name), str) for row in rows[:50]):
            return (name,)
    found: list[str] = []
    for name in dict.fromkeys(key for row in rows[:50] for key in row):
        values = [v for row in rows if isinstance(v := row.get(name), str)]
        if values and name not in vocabulary.times and len(set(values)) >= DISTINCT * len(values):
            found.append(name)
    return tuple(found)

"""Misspelt values: a word that the index lacks, one slip away from exactly one that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from agents.lexicon.field_names import field_names
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, is_stop, stems

LEAST_LETTERS = 5
"""Shorter words are too near to each other: a lift is no loft."""
TWO_SLIPS = 10


def spelled(
    words: Sequence[Word], vocabulary: Vocabulary, known: frozenset[str] = frozenset()
) -> tuple[list[Word], dict[int, str]]:
    """Return the words as they are meant, and for places of misspelt ones what was meant."""
    values = _value_words(vocabulary)
    out, mended = [], {}
    for at, word in enumerate(words):
        meant = None
        if values and _is_strange(word, vocabulary, values) and word.text.lower() not in known:
            meant = _nearest(word.stem, tuple(values))
        out.append(word if meant is None else replace(word, stem=meant))
        if meant is not None:
            mended[at] = values[meant]
    return out, mended


def _value_words(vocabulary: Vocabulary) -> Mapping[str, str]:
    """Return the stems of facets' values and of fields that are true or false, as written."""
    found: dict[str, str] = {}
    for values in vocabulary.facets.values():
        for value in values:
            if isinstance(value, str):
                for part in value.split():
                    for own in stems(part):
                        found.setdefault(own, part)
    for field in field_names(vocabulary):
        if field.kind == "flag":
            found |= {part: part for part in field.core if part not in found}
    return found


def _is_strange(word: Word, vocabulary: Vocabulary, values: Mapping[str, str]) -> bool:
    plain = word.text.isalpha() and len(word.text) >= LEAST_LETTERS and not is_stop(word.text)
    return plain and word.stem not in values and not vocabulary.frequency.get(word.stem)


def _nearest(word: str, values: tuple[str, ...]) -> str | None:
    """Return the only value within reach; None if there is none, or several as near."""
    reach = 2 if len(word) >= TWO_SLIPS else 1
    near = [
        (slips(word, value, reach), value)
        for value in values
        if abs(len(value) - len(word)) <= reach
    ]
    near = [item for item in near if item[0] <= reach and len(item[1]) >= LEAST_LETTERS - 1]
    if not near:
        return None
    least = min(near)[0]
    best = [value for distance, value in near if distance == least]
    return best[0] if len(best) == 1 else None


@lru_cache(maxsize=50_000)
def slips(one: str, other: str, most: int) -> int:
    """Return how many letters were left out, added, mistaken or exchanged with their neighbour.

    The restricted distance of Damerau (1964); anything above ``most`` comes back as more.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, last, row = row, before, [i] + [0] * len(other)
        for j, b in enumerate(other, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], last[j - 2] + 1)
        if min(row) > most:
            return most + 1
    return row[-1]

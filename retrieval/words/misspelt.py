"""Which words a misspelt one may stand for: those that few changes make of it.

A change is a letter too many, one too few, another one, or two neighbours exchanged (optimal
string alignment: Boytsov, Indexing Methods for Approximate Dictionary Searching, 2011).
The first letter is never among what is changed: few mistype it, and words that begin
otherwise would be fifteen times as many.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEAST_FOR_EXCHANGE = 3
"""Letters of a word in which two exchanged neighbours are put in order; any other change of so
short a word makes too many others of it."""
LEAST_FOR_ONE = 4
"""Letters of a word in which one change is looked for."""
LEAST_FOR_TWO = 8
"""Letters of a word in which two are."""
LONGEST = 32
"""Longer ones are left as they are."""

Distances = NDArray[np.int16]
"""Shape (n,): how many changes."""


def most_changes(word: str) -> int:
    """Return how many changes are looked for in a word."""
    if len(word) > LONGEST:
        return 0
    return (len(word) >= LEAST_FOR_EXCHANGE) + (len(word) >= LEAST_FOR_TWO)


def closest(word: str, known: Sequence[str]) -> list[str]:
    """Return those of the known words that the fewest changes make of ``word``, as they stand.

    Args:
        known: Those with another first letter, and those that need too many, are not taken.
    """
    most = most_changes(word)
    near = [
        other
        for other in known
        if other[:1] == word[:1] and abs(len(other) - len(word)) <= most and other != word
    ]
    if len(word) < LEAST_FOR_ONE:
        near = [other for other in near if sorted(other) == sorted(word)]
    if not most or not near:
        return []
    changes = distances(word, near)
    fewest = int(changes.min())
    return [near[at] for at in np.flatnonzero(changes == fewest).tolist()] if fewest <= most else []


def distances(word: str, others: Sequence[str]) -> Distances:
    """Return how many changes make each of ``others`` of ``word``; all are compared at once."""
    asked = np.array([ord(letter) for letter in word], np.uint32)
    known = _codes(others)
    lengths = np.array([len(other) for other in others])
    # Rows of the classic table, one for each of the word's letters; of all others side by side.
    before = np.zeros((len(others), known.shape[1] + 1), np.int16)
    row = np.tile(np.arange(known.shape[1] + 1, dtype=np.int16), (len(others), 1))
    for at, letter in enumerate(asked):
        differs = (known != letter).astype(np.int16)
        after = np.empty_like(row)
        after[:, 0] = at + 1
        for to in range(known.shape[1]):
            found = np.minimum(after[:, to], row[:, to + 1]) + 1
            found = np.minimum(found, row[:, to] + differs[:, to])
            if at and to:
                exchanged = (known[:, to - 1] == letter) & (known[:, to] == asked[at - 1])
                found = np.where(exchanged, np.minimum(found, before[:, to - 1] + 1), found)
            after[:, to + 1] = found
        before, row = row, after
    return row[np.arange(len(others)), lengths]


def _codes(words: Sequence[str]) -> NDArray[np.uint32]:
    """Return the letters of words, one word a row, zeros behind the shorter ones."""
    table = np.array(words, np.str_)
    return table.view(np.uint32).reshape(len(words), -1)

"""The words of a namespace in memory as they are written, and which rows have each.

Rows are known with each word so that words of deleted documents are never told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retrieval.store.entries import strings_of
from retrieval.store.reading.held.joining import first_joined
from retrieval.store.reading.held.segment import Segment, segment_of
from retrieval.store.reading.held.segment import merged as merged_segments
from retrieval.words.misspelt import LONGEST, closest, most_changes
from retrieval.words.written import written_words

MOST_SPELLINGS = 8
"""Words that a misspelt one is taken for."""
LAST = chr(0x10FFFF)


CountedWords = tuple[Sequence[str], NDArray[np.int64]]
"""Words in the order of their letters, and how many rows have each."""


class WordList:
    """One part of a namespace's written words, and their order by letters, made when asked for."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    def __len__(self) -> int:
        return len(self.segment)

    @cached_property
    def ordered(self) -> list[str]:
        """Return the words in the order of their letters."""
        return sorted(self.segment.terms)

    @cached_property
    def _signs(self) -> NDArray[np.uint64]:
        """Return which letters each of the ordered words has, as bits."""
        return np.array([signs(word) for word in self.ordered], np.uint64)

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        """Return where the segment has each of the ordered words."""
        places = (self.segment.terms[word] for word in self.ordered)
        return np.fromiter(places, np.int64, len(self.ordered))

    def beginning(self, prefix: str, alive: NDArray[np.bool_] | None) -> CountedWords:
        """Return the words that begin so, and how many rows that live have each."""
        first = bisect_left(self.ordered, prefix)
        last = bisect_left(self.ordered, prefix + LAST, first)
        return self.ordered[first:last], self._counts(self._places[first:last], alive)

    def _counts(
        self, places: NDArray[np.int64], alive: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        starts = self.segment.starts[places]
        lengths = self.segment.starts[places + 1] - starts
        if alive is None:
            return lengths
        ends = np.cumsum(lengths)
        at = np.repeat(starts - ends + lengths, lengths) + np.arange(lengths.sum())
        living = np.concatenate([[0], np.cumsum(alive[self.segment.rows[at]])])
        return living[ends] - living[ends - lengths]

    def similar(self, word: str) -> Iterator[str]:
        """Yield the words with the same first letter and few other letters than ``word``."""
        first = bisect_left(self.ordered, word[0])
        last = bisect_left(self.ordered, word[0] + LAST, first)
        # A change takes a letter and brings one.
        differing = np.bitwise_count(self._signs[first:last] ^ np.uint64(signs(word)))
        for at in np.flatnonzero(differing <= 2 * most_changes(word)).tolist():
            yield self.ordered[first + at]


@dataclass(frozen=True, slots=True)
class HeldSpellings:
    """The written words of all rows of a namespace."""

    lists: tuple[WordList, ...] = ()

    @property
    def nbytes(self) -> int:
        """Return about what it takes in memory."""
        return sum(part.segment.nbytes for part in self.lists)

    def grown(self, words: Iterable[Sequence[str]], first: int) -> HeldSpellings:
        """Return it with the words of further rows, of which the first is row ``first``."""
        texts = pa.chunked_array([pa.array([" ".join(row) for row in words], pa.utf8())])
        segment, _ = segment_of(texts, first)
        return HeldSpellings(_joined((*self.lists, WordList(segment))))

    def as_one(self) -> HeldSpellings:
        """Return it with one list, which is the quickest to look through."""
        if len(self.lists) < 2:
            return self
        return HeldSpellings((_merged(self.lists),))

    def rows_with(self, word: str, alive: NDArray[np.bool_] | None) -> int:
        """Return how many rows that live have a word.

        Args:
            alive: None where all rows live.
        """
        found = (part.segment.of(word)[0] for part in self.lists)
        return sum(
            len(rows) if alive is None else int(np.count_nonzero(alive[rows])) for rows in found
        )

    def corrections(self, word: str, alive: NDArray[np.bool_] | None) -> list[str]:
        """Return the words that a misspelt one may stand for, those of most rows first."""
        if not most_changes(word):
            return []
        similar = {other for part in self.lists for other in part.similar(word)}
        living = [other for other in similar if self.rows_with(other, alive)]
        return self._commonest(closest(word, living), alive, MOST_SPELLINGS)

    def beginning(
        self, prefix: str, alive: NDArray[np.bool_] | None, most: int
    ) -> list[tuple[str, int]]:
        """Return words that begin so and how many rows have each, those of most rows first."""
        words, counts = _summed([part.beginning(prefix, alive) for part in self.lists])
        # Words are in order: of equal counts the first by its letters.
        best: list[int] = np.argsort(-counts, kind="stable")[:most].tolist()
        return [(words[at], int(counts[at])) for at in best if counts[at]]

    def _commonest(
        self, words: Iterable[str], alive: NDArray[np.bool_] | None, most: int
    ) -> list[str]:
        counted = ((-self.rows_with(word, alive), word) for word in words)
        return [word for rows, word in islice(sorted(counted), most) if rows]


def written_in(table: pa.Table) -> Iterator[list[str]]:
    """Yield the written words of each row; further passages have none of their own."""
    texts, entries = table["text"].to_pylist(), table["entry"].to_pylist()
    for text, entry in zip(texts, entries, strict=True):
        yield written_words(text or "", *strings_of(entry))


def signs(word: str) -> int:
    """Return which letters a word has as 64 bits; several letters of large scripts share one."""
    bits = 0
    for letter in word[: LONGEST + 2]:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _summed(parts: Sequence[CountedWords]) -> CountedWords:
    if len(parts) == 1:
        return parts[0]
    counts: dict[str, int] = {}
    for words, of_words in parts:
        for word, count in zip(words, of_words.tolist(), strict=True):
            counts[word] = counts.get(word, 0) + count
    ordered = sorted(counts)
    return ordered, np.array([counts[word] for word in ordered], np.int64)


def _joined(lists: tuple[WordList, ...]) -> tuple[WordList, ...]:
    first = first_joined([len(part) for part in lists])
    return lists if first == len(lists) else (*lists[:first], _merged(lists[first:]))


def _merged(lists: Sequence[WordList]) -> WordList:
    return WordList(merged_segments([part.segment for part in lists]))

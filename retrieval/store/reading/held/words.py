"""The keyword index in memory: BM25 over the rows that live.

Okapi BM25 with Lance's constants (k1 1.2, b 0.75, idf = ln(1 + (N - n + 1/2) / (n + 1/2))) over
rows with at least one term. Freshly indexed tables score alike to the sixth digit. After a write
Lance goes on counting rows that are gone until it is tidied; here they count no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retrieval.store.reading.held.growing import Growing
from retrieval.store.reading.held.joining import first_joined
from retrieval.store.reading.held.segment import Counts, RowsOfATerm, Segment, merged, segment_of

K1 = 1.2
B = 0.75

NOTHING_ELSE: Mapping[str, Sequence[str]] = {}
Living = NDArray[np.bool_]
"""Shape (n,): whether a row is still there."""


@dataclass(frozen=True, slots=True)
class HeldWords:
    """The terms of all rows of a namespace."""

    segments: tuple[Segment, ...]
    lengths: Growing
    """Terms of each row."""
    texts: int
    """RowsOfATerm that live and have a term."""
    norms: NDArray[np.float32]
    """Shape (n,): k1 * (1 - b + b * length / mean length)."""

    @property
    def nbytes(self) -> int:
        """Return about what it takes in memory."""
        segments = sum(segment.nbytes for segment in self.segments)
        return segments + self.lengths.nbytes + self.norms.nbytes

    def grown(self, words: pa.ChunkedArray) -> HeldWords:
        """Return it with further rows; ``counted`` comes before the next search."""
        segment, lengths = segment_of(words, len(self.lengths))
        return HeldWords(
            _joined((*self.segments, segment)),
            self.lengths.extended(lengths),
            self.texts,
            self.norms,
        )

    def counted(self, alive: Living) -> HeldWords:
        """Return it with the statistics of the rows that live."""
        lengths = self.lengths.values
        living = lengths * alive
        texts = int(np.count_nonzero(living))
        mean = float(living.sum(dtype=np.float64)) / max(texts, 1)
        norms = K1 * (1 - B) + (K1 * B / (mean or 1.0)) * lengths
        return HeldWords(self.segments, self.lengths, texts, norms.astype(np.float32))

    def as_one(self) -> HeldWords:
        """Return it with one segment, which is the quickest to search."""
        segments = self.segments if len(self.segments) < 2 else (merged(self.segments),)
        return HeldWords(segments, self.lengths, self.texts, self.norms)

    def scores(
        self,
        terms: Sequence[str],
        alive: Living | None,
        others: Mapping[str, Sequence[str]] = NOTHING_ELSE,
    ) -> NDArray[np.float32]:
        """Return the score of each row, 0 where it has none of the terms.

        Args:
            terms: Each once.
            alive: None where all rows live; what others get is not said.
            others: Terms that count for one of ``terms``, by that; of all that a row has the
                best counts.
        """
        total = np.zeros(len(self.lengths), np.float32)
        for term in terms:
            if term in others:
                total += self._best_of((term, *others[term]), alive)
            else:
                self._add(term, alive, total)
        return total

    def attainable(
        self, terms: Sequence[str], alive: Living | None, others: Mapping[str, Sequence[str]]
    ) -> float:
        """Return about what a text of mean length scores that has each of ``terms`` once.

        A term that no row has counts as the rarest; of spellings the rarest that a row has.
        """
        return sum(self._most_of((term, *others.get(term, ())), alive) for term in terms)

    def _most_of(self, terms: Sequence[str], alive: Living | None) -> float:
        known = [term for term in terms if self.has(term, alive)]
        weights = [float(self._weight(self._found(term), alive)) for term in known or terms[:1]]
        # The share of a term that stands once in a text of mean length: 1 / (1 + K1).
        return max(weights) / (1 + K1)

    def _best_of(self, terms: Sequence[str], alive: Living | None) -> NDArray[np.float32]:
        best = np.zeros(len(self.lengths), np.float32)
        for term in terms:
            own = np.zeros(len(self.lengths), np.float32)
            self._add(term, alive, own)
            np.maximum(best, own, out=best)
        return best

    def _add(self, term: str, alive: Living | None, total: NDArray[np.float32]) -> None:
        found = self._found(term)
        weight = self._weight(found, alive)
        for rows, counts in found:
            total[rows] += weight * counts / (counts + self.norms[rows])

    def _found(self, term: str) -> list[tuple[RowsOfATerm, Counts]]:
        return [part for part in (one.of(term) for one in self.segments) if len(part[0])]

    def has(self, term: str, alive: Living | None) -> bool:
        """Say whether a row that lives has a term."""
        found = self._found(term)
        return bool(found) if alive is None else any(alive[rows].any() for rows, _ in found)

    def _weight(
        self, found: Sequence[tuple[RowsOfATerm, Counts]], alive: Living | None
    ) -> np.float32:
        if alive is None:
            holding = sum(len(rows) for rows, _ in found)
        else:
            holding = sum(int(np.count_nonzero(alive[rows])) for rows, _ in found)
        rarity = math.log(1 + (self.texts - holding + 0.5) / (holding + 0.5))
        return np.float32((K1 + 1) * rarity)


def no_words(capacity: int = 0) -> HeldWords:
    """Return the index of no rows."""
    nothing = np.empty(0, np.float32)
    return HeldWords((), Growing(nothing, capacity), 0, nothing)


def _joined(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    first = first_joined([len(segment) for segment in segments])
    return segments if first == len(segments) else (*segments[:first], merged(segments[first:]))

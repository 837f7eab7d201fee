"""Which rows hold a term, and how often: one immutable part of a keyword index in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Counts = NDArray[np.float32]
"""How often; as floats, since nothing but arithmetic follows."""
RowsOfATerm = NDArray[np.int32]

NOTHING: tuple[RowsOfATerm, Counts] = (np.empty(0, np.int32), np.empty(0, np.float32))
BYTES_OF_A_TERM = 128
"""About what a short string and its place in a dict take."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Terms of some rows. The rows of a term are in their order."""

    terms: Mapping[str, int]
    starts: NDArray[np.int64]
    """Shape (terms + 1,): where the rows of each term begin."""
    rows: RowsOfATerm
    counts: Counts

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Return about what it takes in memory."""
        arrays = self.starts.nbytes + self.rows.nbytes + self.counts.nbytes
        return arrays + BYTES_OF_A_TERM * len(self.terms)

    def of(self, term: str) -> tuple[RowsOfATerm, Counts]:
        """Return the rows with a term, and how often each has it."""
        place = self.terms.get(term)
        if place is None:
            return NOTHING
        part = slice(self.starts[place], self.starts[place + 1])
        return self.rows[part], self.counts[part]


def segment_of(words: pa.ChunkedArray, first: int) -> tuple[Segment, NDArray[np.float32]]:
    """Return the segment of texts whose terms stand between spaces, and how many terms each has.

    Args:
        words: Nulls and empty texts have no terms.
        first: The row of the first text.
    """
    # Offsets of 64 bits: the words of a million texts are more than 2 GiB.
    texts = words.cast(pa.large_utf8()).combine_chunks()
    # The stubs of pyarrow lack its generated functions.
    split: pa.ListArray = pc.call_function(
        "split_pattern", [texts], pc.SplitPatternOptions(pattern=" ")
    )
    rows = pc.call_function("list_parent_indices", [split]).to_numpy()
    found = split.flatten().dictionary_encode()
    codes = found.indices.to_numpy()
    terms: list[str] = found.dictionary.to_pylist()
    if "" in terms:
        told = codes != terms.index("")
        rows, codes = rows[told], codes[told]
    lengths = np.bincount(rows, minlength=len(texts)).astype(np.float32)
    pairs, counts = np.unique(codes.astype(np.int64) * len(texts) + rows, return_counts=True)
    places, within = np.divmod(pairs, max(len(texts), 1))
    return _segment(terms, places, within + first, counts), lengths


def merged(segments: Sequence[Segment]) -> Segment:
    """Return one segment of several; the rows of each come after those of the ones before it."""
    terms: dict[str, int] = {}
    moved = [_places_in(terms, segment) for segment in segments]
    lengths = np.zeros(len(terms), np.int64)
    for places, segment in zip(moved, segments, strict=True):
        lengths[places] += np.diff(segment.starts)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    rows, counts = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    filled = starts[:-1].copy()
    for places, segment in zip(moved, segments, strict=True):
        within = np.diff(segment.starts)
        to = np.repeat(filled[places] - segment.starts[:-1], within) + np.arange(len(segment))
        rows[to], counts[to] = segment.rows, segment.counts
        filled[places] += within
    return Segment(terms, starts, rows, counts)


def _places_in(terms: dict[str, int], segment: Segment) -> NDArray[np.int64]:
    """Return the places of a segment's terms in ``terms``, which gets those that it lacks."""
    places = (terms.setdefault(term, len(terms)) for term in segment.terms)
    return np.fromiter(places, np.int64, len(segment.terms))


def _segment(
    terms: list[str], places: NDArray[np.int64], rows: np.ndarray, counts: np.ndarray
) -> Segment:
    return Segment(
        {term: at for at, term in enumerate(terms)},
        np.searchsorted(places, np.arange(len(terms) + 1)),
        rows.astype(np.int32),
        counts.astype(np.float32),
    )

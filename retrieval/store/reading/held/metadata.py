"""Columns of metadata in memory, for filters: numbers, times, truths; texts by codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from retrieval.filtering.fields import BOOLEAN, NUMBER, TIME
from retrieval.store.reading.held.growing import Growing

RowMask = NDArray[np.bool_]
"""Shape (rows,)."""
ABSENT = -1
MOST_PARTS = 32
"""Of texts as arrays, before they are joined."""
_TEXT = pa.large_utf8()
BYTES_OF_A_TEXT = 2 * (sys.getsizeof("") + 8)
"""In the list and in the dict that has its code."""


@dataclass(frozen=True, slots=True)
class HeldValues:
    """Numbers, times or truths, one a row. NaN, NaT and -1 stand where there is none."""

    values: Growing

    @property
    def nbytes(self) -> int:
        """Return what it takes in memory."""
        return self.values.nbytes

    def grown(self, column: pa.ChunkedArray) -> HeldValues:
        """Return it with the values of further rows."""
        dtype = self.values.values.dtype
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8()).fill_null(ABSENT)
        # Nulls of numbers come as NaN, of times as NaT.
        return HeldValues(self.values.extended(column.to_numpy().astype(dtype)))

    def without(self, rows: int) -> HeldValues:
        """Return it with so many further rows that have no value."""
        dtype = self.values.values.dtype
        return HeldValues(self.values.extended(np.full(rows, _absent(dtype), dtype)))

    @property
    def present(self) -> RowMask:
        """Say which rows have a value."""
        values = self.values.values
        if values.dtype == np.int8:
            return values != ABSENT
        return ~(np.isnat(values) if values.dtype.kind == "M" else np.isnan(values))


@dataclass(frozen=True, slots=True)
class HeldTexts:
    """Texts, each different one once. Later states add to the ends of what is shared."""

    codes: Growing
    texts: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    characters: int = 0
    _searched: list[tuple[pa.Array, pa.Array]] = field(default_factory=list)
    """The texts as arrays, as they are and in small letters, in parts as they came."""

    @property
    def nbytes(self) -> int:
        """Return about what it takes in memory, with what searching it adds."""
        return self.codes.nbytes + 3 * self.characters + BYTES_OF_A_TEXT * len(self.texts)

    def grown(self, column: pa.ChunkedArray) -> HeldTexts:
        """Return it with the texts of further rows."""
        coded = column.cast(pa.large_utf8()).combine_chunks().dictionary_encode()
        found: list[str] = coded.dictionary.to_pylist()
        new = [text for text in found if text not in self.places]
        for text in new:
            self.places[text] = len(self.texts)
            self.texts.append(text)
        codes = np.array([*(self.places[text] for text in found), ABSENT], np.int32)
        at = coded.indices.fill_null(len(found)).to_numpy()
        more = sum(len(text) for text in new)
        return HeldTexts(
            self.codes.extended(codes[at]),
            self.texts,
            self.places,
            self.characters + more,
            self._searched,
        )

    def without(self, rows: int) -> HeldTexts:
        """Return it with so many further rows that have no text."""
        codes = self.codes.extended(np.full(rows, ABSENT, np.int32))
        return HeldTexts(codes, self.texts, self.places, self.characters, self._searched)

    @property
    def present(self) -> RowMask:
        """Say which rows have a text."""
        return self.codes.values != ABSENT

    def among(self, texts: Sequence[str]) -> RowMask:
        """Say which rows have one of these texts."""
        codes = [self.places[text] for text in texts if text in self.places]
        return np.isin(self.codes.values, codes)

    def compared(self, test: str, text: str) -> RowMask:
        """Say which rows compare so with a text, by code points.

        Args:
            test: A comparison of pyarrow.
            text: The right side.
        """
        return self._where(pc.call_function(test, [self.arrays()[0], pa.scalar(text)]))

    def containing(self, part: str) -> RowMask:
        """Say which rows have a text with ``part`` in it."""
        return self._where(_matching(self.arrays()[0], part))

    def containing_folded(self, part: str) -> RowMask:
        """Say which rows have a text with ``part`` in it, be the letters large or small."""
        return self._where(_matching(self.arrays()[1], part.lower()))

    def _where(self, of_texts: pa.ChunkedArray) -> RowMask:
        # The last one is read by those that have no text.
        return np.append(of_texts.to_numpy(), False)[self.codes.values]

    def arrays(self) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """Return the texts as they are and in small letters; each is made an array once."""
        new = self.texts[sum(len(part) for part, _ in self._searched) :]
        if new:
            small = [text.lower() for text in new]
            self._searched.append((pa.array(new, _TEXT), pa.array(small, _TEXT)))
        as_they_are = pa.chunked_array([part for part, _ in self._searched], _TEXT)
        in_small = pa.chunked_array([part for _, part in self._searched], _TEXT)
        if len(self._searched) > MOST_PARTS:
            self._searched[:] = [(as_they_are.combine_chunks(), in_small.combine_chunks())]
        return as_they_are, in_small


FilterColumn = HeldValues | HeldTexts


def no_column(name: str, rows: int, capacity: int = 0) -> FilterColumn:
    """Return the column of a name, absent in so many rows."""
    dtype = _dtype(name)
    if dtype is None:
        return HeldTexts(Growing(np.empty(0, np.int32), capacity)).without(rows)
    return HeldValues(Growing(np.empty(0, dtype), capacity)).without(rows)


def _dtype(name: str) -> Any:
    if name.startswith(NUMBER):
        return np.float64
    if name.startswith(BOOLEAN):
        return np.int8
    return "M8[us]" if name.startswith(TIME) else None


def _absent(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "M":
        return np.datetime64("NaT")
    return ABSENT if dtype == np.int8 else np.nan


def _matching(texts: pa.ChunkedArray, part: str) -> pa.ChunkedArray:
    options = pc.MatchSubstringOptions(part)
    return pc.call_function("match_substring", [texts], options)

"""A vector column in memory: the rows that have a vector, and the nearest of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Vector, Vectors
from retrieval.search.fusion import Ids
from retrieval.search.products import product
from retrieval.store.reading.held.best import at_least
from retrieval.store.reading.held.growing import SPARE, Growing
from retrieval.store.reading.held.sketch import LEAST_ROWS, Sketch, sketch_of

COMPARED = 8
"""Vectors compared in full for each that is asked for: of 200 nearest they hold more than 199."""
LEAST_COMPARED = 1536

Passing = NDArray[np.bool_]
"""Shape (rows of the namespace,): which count."""


@dataclass(frozen=True, slots=True)
class HeldVectors:
    """Vectors, each with the row it stands in; rows ascend."""

    rows: Growing
    vectors: Growing
    """Shape (n, d), L2-normalised."""
    sketch: Sketch | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Return what it takes in memory."""
        sketch = 0 if self.sketch is None else self.sketch.nbytes
        return self.rows.nbytes + self.vectors.nbytes + sketch

    def grown(self, rows: Ids, vectors: Vectors) -> HeldVectors:
        """Return it with the vectors of further rows."""
        sketch = None if self.sketch is None else self.sketch.grown(vectors)
        return HeldVectors(self.rows.extended(rows), self.vectors.extended(vectors), sketch)

    def sketched(self) -> HeldVectors:
        """Return it with a sketch where it is worth one."""
        vectors = self.vectors.values
        if self.sketch is not None or len(vectors) < LEAST_ROWS:
            return self
        # Room for what will be written: the first write would otherwise copy all of it.
        sketch = sketch_of(vectors, int(len(vectors) * SPARE))
        return HeldVectors(self.rows, self.vectors, sketch)

    def likely(self, query: Vector, limit: int, passing: Passing | None) -> Ids:
        """Return where the vectors stand among which the ``limit`` nearest are.

        Args:
            passing: Only of these rows; None for all.
        """
        few = max(LEAST_COMPARED, COMPARED * limit)
        at = None if passing is None else np.flatnonzero(passing[self.rows.values])
        if at is not None and (len(at) <= few or self.sketch is None):
            return at
        if self.sketch is None or len(self) <= few:
            return np.arange(len(self))
        scores = self.sketch.cosines(query)
        return _most(scores, few) if at is None else at[_most(scores[at], few)]

    def cosines(self, query: Vector, at: Ids) -> Vector:
        """Return the cosines of the vectors that stand at ``at``."""
        vectors = self.vectors.values
        return product(vectors if len(at) == len(vectors) else vectors[at], query)

    def exact(self, query: Vector, at: Ids) -> NDArray[np.float64]:
        """Return cosines that do not depend on which vectors are compared together.

        A product of matrices rounds by where a row stands: two equal vectors would differ.
        """
        return np.einsum("ij,j->i", self.vectors.values[at].astype(np.float64), query)

    def of_rows(self, rows: Ids) -> Ids:
        """Return where the vectors of rows stand; those without one are left out."""
        held = self.rows.values
        at = np.searchsorted(held, rows)
        there = at < len(held)
        there[there] = held[at[there]] == rows[there]
        return at[there]


def _most(scores: Vector, few: int) -> Ids:
    """Return where the ``few`` highest scores stand, in no order."""
    at = at_least(scores, few)
    return at if len(at) == few else at[np.argpartition(-scores[at], few)[:few]]


def no_vectors(dimension: int, rows: int = 0) -> HeldVectors:
    """Return an empty column with room for so many rows."""
    return HeldVectors(
        Growing(np.empty(0, np.int64), rows), Growing(np.empty((0, dimension), np.float32), rows)
    )

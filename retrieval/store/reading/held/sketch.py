"""Short versions of vectors, to find which of many are worth comparing in full.

The axes along which a sample of the vectors differs most (principal components) keep most of what
tells them apart in a sixth of the numbers. What a scan of them finds is compared again by the
whole vectors, so scores are exact and only who is compared is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retrieval.documents import Vector, Vectors
from retrieval.search.products import product
from retrieval.store.reading.held.growing import Growing

AXES = 64
TRAINED_ON = 4096
LEAST_ROWS = 8192
"""A scan of fewer vectors in full costs no more than what a sketch takes beside its scan."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Axes, and where each vector lies along them."""

    axes: Vectors
    """Shape (d, s), orthonormal columns."""
    places: Growing
    """Shape (n, s)."""

    @property
    def nbytes(self) -> int:
        """Return what it takes in memory."""
        return self.axes.nbytes + self.places.nbytes

    def grown(self, vectors: Vectors) -> Sketch:
        """Return the sketch of these vectors too."""
        return Sketch(self.axes, self.places.extended(product(vectors, self.axes)))

    def cosines(self, query: Vector) -> Vector:
        """Return about what each vector's cosine with ``query`` is, less what all have alike."""
        return product(self.places.values, query @ self.axes)


def sketch_of(vectors: Vectors, capacity: int) -> Sketch:
    """Return the sketch of vectors, by the axes of some of them that lie evenly among all."""
    sample = vectors[:: -(-len(vectors) // TRAINED_ON)].astype(np.float64)
    _, axes = np.linalg.eigh(sample.T @ sample)
    # In ascending order: the last are those along which most lies.
    longest = np.ascontiguousarray(axes[:, -AXES:], dtype=np.float32)
    return Sketch(longest, Growing(product(vectors, longest), capacity))

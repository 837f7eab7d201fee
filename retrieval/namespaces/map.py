"""A namespace's vectors as points of a plane: near there is alike, as far as it can show that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Vectors
from retrieval.search.products import product

MappedVectors = Literal["pictures", "texts"]
MOST_POINTS: Final = 2_000
BLOCK: Final = 16
"""Directions that are followed to find two axes."""
ROUNDS: Final = 20
NOTHING: Final = 1e-6
"""Of a column's length: so much is left by rounding."""
Plane = NDArray[np.float64]
"""Shape (n, 2), each within -1 and 1."""


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Which map is asked for."""

    namespace: str
    vectors: MappedVectors | None
    """None: of pictures where no fewer documents have one than have a text."""
    limit: int
    """At most so many points; more documents are sampled."""
    field: str | None = None
    """A metadata field whose values are told."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A document in the plane."""

    id: str
    has_picture: bool
    x: float
    y: float
    value: str | float | bool | None
    """Of the field; None where there is none, or a list."""


@dataclass(frozen=True, slots=True)
class NamespaceMap:
    """A namespace at one version."""

    version: int
    vectors: MappedVectors
    documents: int
    with_vector: int
    """Documents that have such a vector; the others are no points."""
    points: Sequence[MapPoint]
    explained: float
    """How much of the vectors' variance the plane shows, 0 to 1."""


def projected(vectors: Vectors) -> tuple[Plane, float]:
    """Return rows on their two principal axes, and the share of the variance that these hold.

    The same rows give the same plane: of both directions of an axis the one is taken in which its
    largest part is positive. One scale for both axes, so that distances are true to each other.
    """
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2)), 1.0
    centred = (vectors - vectors.mean(axis=0, dtype=np.float64)).astype(np.float32)
    total = float(np.square(centred, dtype=np.float64).sum())
    # Vectors that are all alike differ by rounding alone.
    if total <= np.finfo(np.float32).eps * len(vectors):
        return np.zeros((len(vectors), 2)), 1.0
    plane = product(centred, _two_axes(centred)).astype(np.float64)
    return plane / np.abs(plane).max(), min(1.0, float(np.square(plane).sum()) / total)


def _two_axes(centred: Vectors) -> Vectors:
    """Return the two principal axes, shape (d, 2), by subspace iteration.

    All eigenvectors at once would be large products, which many threads share by spinning.
    """
    drawn = np.random.default_rng(0).normal(size=(centred.shape[1], min(BLOCK, centred.shape[1])))
    block = drawn.astype(np.float32)
    for _ in range(ROUNDS):
        basis = _orthonormal(block)
        block = product(centred.T, product(centred, basis))
    basis = _orthonormal(block)
    inside = product(centred, basis)
    turns = np.linalg.eigh(product(inside.T, inside)).eigenvectors[:, ::-1][:, :2]
    axes = product(basis, np.ascontiguousarray(turns))
    return axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1).astype(np.float32)


def _orthonormal(block: Vectors) -> Vectors:
    """Return columns that span what these span; one that adds nothing becomes zeros.

    By Gram and Schmidt, twice as is usual: LAPACK shares even so small a block among threads.
    """
    basis = np.zeros(block.shape)
    for at, column in enumerate(block.T.astype(np.float64)):
        rest = column
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > NOTHING * np.linalg.norm(column):
            basis[:, at] = rest / length
    return basis.astype(np.float32)

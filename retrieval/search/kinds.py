"""A column of two kinds of vectors, each with a background of its own.

Photographs of the embedded model and pictures that it was drawn for lie at other cosines from
queries that they do not fit. In one background the spread would be the distance of the two kinds,
and no hit would stand out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Vector, Vectors
from retrieval.photograph_mark import are_photographs
from retrieval.search.calibration import Calibration, calibrate

Kinds = NDArray[np.bool_]
"""Shape (n,): True for a photograph."""


@dataclass(frozen=True, slots=True)
class ByKind:
    """One query's backgrounds in a column that holds both kinds."""

    photographs: Calibration
    others: Calibration

    @property
    def floor(self) -> float:
        """Return the lower score of a cosine at the centre of its kind."""
        return min(self.photographs.floor, self.others.floor)

    def score(self, cosines: NDArray[np.float64], kinds: Kinds) -> NDArray[np.float64]:
        """Return sigmas above the best noise of each one's kind."""
        return np.where(kinds, self.photographs.score(cosines), self.others.score(cosines))


def are_mixed(sample: Vectors) -> bool:
    """Return whether a sample holds both kinds."""
    kinds = are_photographs(sample)
    return bool(kinds.any()) and not bool(kinds.all())


def calibrate_by_kind(query: Vector, sample: Vectors, population: int) -> ByKind:
    """Return the calibrations of ``query`` for a column of both kinds.

    Args:
        query: Shape (d,), L2-normalised.
        sample: Shape (n, d), of both kinds.
        population: How many vectors the column holds; each kind's part is the sample's.
    """
    kinds = are_photographs(sample)
    share = float(kinds.mean())
    return ByKind(
        calibrate(query, sample[kinds], round(population * share)),
        calibrate(query, sample[~kinds], round(population * (1 - share))),
    )

"""Cosines of different spaces on one scale: sigmas above the best noise.

A text-to-text cosine of 0.3 is poor and a CLIP text-to-picture cosine of 0.3 is
excellent, so the raw figures of two legs must not be compared. For a query and a
leg of N vectors the background is the query's cosines with a sample of the leg:

    score = (cosine - centre) / spread - noise_maximum(N)

``centre`` is the background's median. ``spread`` is 1.4826 times the median
distance of the cosines *below* the centre: only that half is noise for certain.
In a catalogue where one picture in twelve shows a mug, the mugs sit in the upper
half, and an ordinary standard deviation would punish them for being many.

``noise_maximum(N)`` is the expected largest of N standard normal values. The
best of 10,000 pictures that all miss stands 3.9 sigmas above their mean by luck
alone; without the subtraction the leg with more documents would win every query
that fits nothing. So 0 means "what luck gives", in every leg.

A small sample says little about its own spread. The variance is therefore pulled
towards ``PRIOR_SPREAD`` with the weight of ``PRIOR_ROWS`` observations; this also
keeps a constant sample (spread 0) from dividing by nothing.

Of a very small sample most may be what is looked for: a single document would be its own
background, and one that fits perfectly would stand no higher than one that does not fit at
all. The centre is therefore pulled towards ``PRIOR_CENTRE`` with the weight of ``PRIOR_ROWS``
observations divided by the size of the sample: eight of nine parts of the centre of one row,
half of three, a fourteenth of ten. Spaces differ in their centres by several spreads, so that
a prior that lasted longer would favour the space whose cosines are high.

Within one leg the score is an increasing affine function of the cosine: with one
leg in use neither ranking nor fusion can notice that it was calibrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Vector, Vectors
from retrieval.search.products import product

SAMPLE_ROWS = 512
PRIOR_SPREAD = 0.08
"""Typical spread of a query's cosines with unrelated texts (MiniLM on Vaswani: 0.08 to 0.1)."""

PRIOR_CENTRE = 0.12
"""Typical median cosine of a query with unrelated texts (MiniLM on Vaswani: 0.12; CLIP's with
pictures is about 0.2)."""

PRIOR_ROWS = 8
_SIGMA_PER_MEDIAN_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class Calibration:
    """One query's background in one leg."""

    centre: float
    spread: float
    noise_maximum: float

    @property
    def floor(self) -> float:
        """Return the score of a cosine at the centre: half of all that is unrelated has less."""
        return -self.noise_maximum

    def score(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return sigmas above the best noise for each cosine; 0 is what luck gives."""
        return (cosines - self.centre) / self.spread - self.noise_maximum


def calibrate(query: Vector, sample: Vectors, population: int) -> Calibration:
    """Return the calibration of ``query`` for a leg.

    Args:
        query: Shape (d,), L2-normalised.
        sample: Shape (n, d), n at most 512, drawn from the leg; may be empty.
        population: How many vectors the leg holds.
    """
    cosines = product(sample, query).astype(np.float64)
    centre, variance = background(cosines)
    n = len(cosines)
    spread = math.sqrt(_pulled(variance, n, PRIOR_SPREAD**2, PRIOR_ROWS))
    centre = _pulled(centre, n, PRIOR_CENTRE, PRIOR_ROWS / max(n, 1))
    return Calibration(centre, spread, noise_maximum(population))


def _pulled(observed: float, rows: int, prior: float, prior_rows: float) -> float:
    return (rows * observed + prior_rows * prior) / (rows + prior_rows)


def background(cosines: NDArray[np.float64]) -> tuple[float, float]:
    """Return median and variance of the lower half of ``cosines``; zeros if there are none."""
    finite = cosines[np.isfinite(cosines)]
    if not len(finite):
        return 0.0, 0.0
    centre = _median(finite)
    below = centre - finite[finite <= centre]
    return centre, (_SIGMA_PER_MEDIAN_DEVIATION * _median(below)) ** 2


def _median(values: NDArray[np.float64]) -> float:
    """Return what ``np.median`` does, in a fifth of its time; it looks at axes and masks first."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    parted = np.partition(values, (low, high))
    return (float(parted[low]) + float(parted[high])) / 2


@lru_cache(maxsize=1024)
def noise_maximum(population: int) -> float:
    """Return the expected maximum of ``population`` standard normal values; 0 for one or none.

    Blom, Statistical Estimates and Transformed Beta-Variables (1958): the quantile
    (n - 3/8) / (n + 1/4), within 0.03 of the exact value for every n.
    """
    n = max(population, 1)
    return NormalDist().inv_cdf((n - 0.375) / (n + 0.25))

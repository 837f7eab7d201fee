"""Maximal marginal relevance: what comes next is good and unlike what came before.

With d the diversity, each next hit is the one with the greatest

    (1 - d)·score/best - d·(its greatest likeness to a hit before it)

where likeness is a cosine, 0 where there is none to compare, never below 0. Equal ones stay in the
order of the list. Source: Carbonell and Goldstein, "The Use of MMR", SIGIR 1998.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Vectors
from retrieval.search.fusion import Ids, Scores

DEEP = 200
"""So many of the best are put in another order; what comes after them stays as it is."""


def marginal_order(scores: Scores, likeness: NDArray[np.float64], diversity: float) -> Ids:
    """Return where the hits stand that come one after the other.

    Args:
        scores: Shape (n,), best first, finite, not below 0.
        likeness: Shape (n, n), of each to each.
        diversity: 0 leaves the order as it is.
    """
    good = (1.0 - diversity) * scores / max(float(scores.max(initial=0.0)), 1e-12)
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), bool)
    order = np.empty(len(scores), np.int64)
    for place in range(len(scores)):
        gain = np.where(left, good - diversity * nearest, -np.inf)
        # Rounding must not decide between equal ones: the first of them does.
        chosen = int(np.argmax(gain >= gain.max() - 1e-9))
        order[place], left[chosen] = chosen, False
        nearest = np.maximum(nearest, likeness[chosen])
    return order


def likeness_of(spaces: Sequence[tuple[Ids, Vectors]], count: int) -> NDArray[np.float64]:
    """Return how alike hits are, shape (count, count): in the space where they are most alike.

    Args:
        spaces: For each space the hits that have a vector in it, by their place, and the vectors,
            L2-normalised. Vectors of different spaces are not comparable.
    """
    alike = np.zeros((count, count))
    for at, vectors in spaces:
        if len(at):
            cosines = vectors.astype(np.float64) @ vectors.astype(np.float64).T
            alike[np.ix_(at, at)] = np.maximum(alike[np.ix_(at, at)], cosines)
    return np.clip(alike, 0.0, 1.0)

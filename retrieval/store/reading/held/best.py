"""The best of many scores, equal ones by their rows, so that every replica takes the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.search.fusion import Ids

STRIDE = 64
"""Every so many scores are looked at to guess where the best begin."""
LEAST_GUESSED = 8192
"""Of fewer scores the bound is found and not guessed."""


def best(scores: NDArray[Any], keys: Ids, limit: int) -> Ids:
    """Return where the best ``limit`` scores stand, best first, equal ones by their keys."""
    at = at_least(scores, limit)
    return at[np.lexsort((keys[at], -scores[at]))[:limit]]


def at_least(scores: NDArray[Any], limit: int) -> Ids:
    """Return where the best ``limit`` scores stand, at least 1, and perhaps more, as they stand."""
    if len(scores) <= limit:
        return np.arange(len(scores))
    if len(scores) >= LEAST_GUESSED:
        found = _above(scores, _guessed_bound(scores, limit))
        if len(found) >= limit:
            return found
    return _above(scores, _kth_largest(scores, limit))


def _above(scores: NDArray[Any], bound: float) -> Ids:
    return np.flatnonzero(scores >= bound)


def _kth_largest(scores: NDArray[Any], k: int) -> float:
    return np.partition(scores, len(scores) - k)[len(scores) - k]


def _guessed_bound(scores: NDArray[Any], limit: int) -> float:
    """Return a score that a few more than ``limit`` reach where every sample is as the whole."""
    sample = scores[::STRIDE]
    # Some more than their share: finding all anew costs more than a few too many.
    return _kth_largest(sample, min(len(sample), int(1.5 * limit / STRIDE) + 8))

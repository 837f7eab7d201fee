"""Newer documents first, gently.

``score * (0.5 + 0.5 * 2 ** (-age / half_life))``: a very old document keeps half
its score, so recency reorders what is relevant and never invents relevance. Age
is measured against the newest candidate and not against the clock: the same
index version gives the same order, and pages neither repeat nor skip.

A time in the future counts as now, the moment at which the version was committed. Otherwise one
document dated 2062 would make all others equally old. That moment too belongs to the version, not
to the clock of whoever reads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.search.fusion import Scored, Scores, ranked

FLOOR = 0.5
"""What an infinitely old document keeps of its score."""

Times = NDArray[np.datetime64]
"""Shape (n,), in microseconds, UTC."""


def prefer_recent(
    hits: Scored, created_at: Times, half_life_s: float, now: np.datetime64 | None = None
) -> Scored:
    """Return hits rescored by age, best first, ties by id.

    Args:
        hits: With scores that are not negative.
        created_at: The time of each hit, in the same order.
        half_life_s: After this many seconds the bonus has halved; above 0.
        now: What is later counts as created now; without it nothing is later.
    """
    if not len(hits):
        return hits
    if now is not None:
        created_at = np.minimum(created_at, now)
    ages_s = (created_at.max() - created_at) / np.timedelta64(1, "s")
    return ranked(Scored(hits.ids, hits.scores * bonus(ages_s, half_life_s)))


def bonus(ages_s: Scores, half_life_s: float) -> Scores:
    """Return the factor for each age: 1 when new, towards 0.5 when old."""
    with np.errstate(over="ignore"):
        return FLOOR + (1 - FLOOR) * np.exp2(-(ages_s / half_life_s))

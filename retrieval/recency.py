"""Newer documents first, gently.

``score * (0.5 + 0.5 * 2 ** (-age / half_life))``: a very old document keeps half
its score, so recency reorders what is relevant and never invents relevance. Age
is measured against the newest candidate and not against the clock: the same
index version gives the same order, and pages neither repeat nor skip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from retrieval.fusion import Hit, Key, ranked

FLOOR = 0.5
"""What an infinitely old document keeps of its score."""


def prefer_recent(
    hits: Sequence[Hit], created_at: Mapping[Key, datetime], half_life_s: float
) -> list[Hit]:
    """Return hits rescored by age, best first, ties by id.

    Args:
        hits: With scores that are not negative.
        created_at: The time of every hit.
        half_life_s: After this many seconds the bonus has halved; above 0.
    """
    if not hits:
        return []
    newest = max(created_at[hit.id] for hit in hits)
    return ranked(
        [
            Hit(
                hit.id,
                hit.score * bonus((newest - created_at[hit.id]).total_seconds(), half_life_s),
            )
            for hit in hits
        ]
    )


def bonus(age_s: float, half_life_s: float) -> float:
    """Return the factor for an age: 1 when new, towards 0.5 when old."""
    # 2.0 ** -1100 is 0.0 already; the bound keeps huge ratios from raising OverflowError.
    return FLOOR + (1 - FLOOR) * 2.0 ** -min(age_s / half_life_s, 1100.0)

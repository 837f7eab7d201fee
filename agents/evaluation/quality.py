"""One figure for how good a plan or an answer is, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from agents.plans.defects import Defect

HARD_PENALTY = 0.5
SOFT_PENALTY = 0.1
MAX_ACTION_ITEMS = 10


def quality(defects: Sequence[Defect]) -> float:
    """Return 1 less the penalties, at least 0.

    A hard defect costs a half, an uncovered aspect its share of the goal, any other
    soft defect a tenth. It orders inputs of one goal; it is no probability of being right.
    """
    penalty = 0.0
    for defect in defects:
        if defect.severity == "hard":
            penalty += HARD_PENALTY
        elif defect.code == "uncovered_aspect":
            penalty += defect.weight
        else:
            penalty += SOFT_PENALTY
    return max(0.0, 1.0 - penalty)


def approved(defects: Sequence[Defect], threshold: float) -> bool:
    """Return whether nothing hard is wrong and the quality reaches the threshold."""
    return not any(d.severity == "hard" for d in defects) and quality(defects) >= threshold - 1e-9


def action_items(defects: Sequence[Defect]) -> tuple[str, ...]:
    """Return what would mend the defects, hard ones and heavy ones first, each once."""
    order = sorted(defects, key=lambda d: (d.severity != "hard", -d.weight))
    said = (f"{d.where}: {d.suggestion}" for d in order if d.suggestion)
    return tuple(dict.fromkeys(said))[:MAX_ACTION_ITEMS]

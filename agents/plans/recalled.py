"""An earlier plan or reflection for a like goal, as it is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.plans.plan import Plan


@dataclass(frozen=True, slots=True)
class Recalled:
    """An earlier plan or reflection for a like goal. Plain and picklable.

    Args:
        id: Of the artifact.
        goal: The earlier one.
        likeness: Shared content words, 0 to 1.
        result_ids: Documents it ended with, best first.
        score: Of the plan, or the quality of the reflection.
        issues: Codes of what a reflection found.
        plan: The earlier plan, None where the artifact does not hold one that can be read.
    """

    id: str
    goal: str
    likeness: float
    result_ids: tuple[str, ...] = ()
    score: float = 0.0
    issues: tuple[str, ...] = ()
    plan: Plan | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what an answer shows of it."""
        return {
            "id": self.id,
            "goal": self.goal,
            "likeness": round(self.likeness, 4),
            "result_ids": list(self.result_ids),
            "score": round(self.score, 6),
            "issues": list(self.issues),
        }

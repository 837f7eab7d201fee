"""What can be wrong with a plan or an answer, and what a reflection says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.usage import ResourceUsage

DefectSeverity = Literal["hard", "soft"]

DefectCode = Literal[
    "cycle",
    "missing_input",
    "type_mismatch",
    "unknown_tool",
    "disallowed_tool",
    "budget_overrun",
    "uncovered_aspect",
    "violated_exclusion",
    "unlinked_evidence",
    "single_source",
    "redundant_step",
    "empty_result",
    "unsupported_claim",
    "contradicted_claim",
    "stale_index",
]

HARD: frozenset[DefectCode] = frozenset(
    {
        "cycle",
        "missing_input",
        "type_mismatch",
        "unknown_tool",
        "disallowed_tool",
        "budget_overrun",
        "violated_exclusion",
        "contradicted_claim",
    }
)
"""Codes that must not stand in an approved plan or answer; the others are soft."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One flaw.

    Args:
        code: One of the contract's codes.
        where: A step id, ``args.limit of s2``, an aspect id, or a span ``answer[10:42]``.
        message: What is wrong, with the values.
        suggestion: What would mend it.
        evidence: Document ids or terms that show it.
        weight: Share of the goal it concerns, for uncovered aspects.
    """

    code: DefectCode
    where: str
    message: str
    suggestion: str = ""
    evidence: tuple[str, ...] = ()
    weight: float = 0.0

    @property
    def severity(self) -> DefectSeverity:
        """``hard`` or ``soft``, by code."""
        return "hard" if self.code in HARD else "soft"

    def to_json(self) -> dict[str, Any]:
        """Return the issue in the shape of the HTTP contract."""
        return {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "message": self.message,
            "suggestion": self.suggestion,
            "evidence": list(self.evidence),
        }


Potential = tuple[int, float, int, float, float]
"""(hard defects, uncovered weight, soft defects, minus score, cost), compared lexicographically;
less is better. A revision counts only if it falls strictly, so revising ends."""


def potential(defects: tuple[Defect, ...], score: float, cost: float) -> Potential:
    """Return the potential of something with these defects; floats rounded to 1e-6."""
    hard = sum(defect.severity == "hard" for defect in defects)
    uncovered = sum(defect.weight for defect in defects if defect.code == "uncovered_aspect")
    return (hard, round(uncovered, 6), len(defects) - hard, -round(score, 6), round(cost, 6))


@dataclass(frozen=True, slots=True)
class Reflection:
    """What looking again found.

    ``revised`` is a plan as JSON or an answer as text, None where nothing was
    changed; ``accepted`` says whether it replaced the original. The potentials
    are those of the input and of what stands at the end. ``issues`` are the input's,
    ``remaining`` what is still wrong with what stands at the end; ``quality_score`` and
    ``approved`` are of what stands at the end. ``results`` are the documents it yields.
    """

    quality_score: float
    approved: bool
    issues: tuple[Defect, ...]
    action_items: tuple[str, ...]
    revised: Any = None
    accepted: bool = False
    rounds: int = 0
    potential_before: Potential = (0, 0.0, 0, 0.0, 0.0)
    potential_after: Potential = (0, 0.0, 0, 0.0, 0.0)
    stop_reason: str = "approved"
    claims: tuple[dict[str, Any], ...] = field(default=())
    remaining: tuple[Defect, ...] = ()
    results: tuple[Mapping[str, Any], ...] = ()
    usage: ResourceUsage = field(default_factory=ResourceUsage)
    degraded: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the reflection in the shape of the HTTP contract."""
        return {
            "quality_score": round(self.quality_score, 4),
            "approved": self.approved,
            "issues": [issue.to_json() for issue in self.issues],
            "action_items": list(self.action_items),
            "revised": self.revised,
            "accepted": self.accepted,
            "rounds": self.rounds,
            "potential_before": list(self.potential_before),
            "potential_after": list(self.potential_after),
            "stop_reason": self.stop_reason,
            "claims": [dict(claim) for claim in self.claims],
            "remaining": [issue.to_json() for issue in self.remaining],
            "results": [dict(result) for result in self.results],
            "degraded": self.degraded is not None,
            "degraded_reason": self.degraded,
            "usage": self.usage.to_json(),
        }

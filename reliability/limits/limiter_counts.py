"""What one replica's limiter decided since it started, for whoever exposes metrics."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from reliability.limits.lease_book import Verdict

LimitOutcome = Literal["allowed", "denied", "degraded"]
"""``degraded`` counts decisions by the replica's own share, which are allowed or denied too."""


@dataclass(slots=True)
class LimiterCounts:
    """Totals since the start; they only grow."""

    questions: int = 0
    """Calls to the authority."""
    failures: int = 0
    """Calls that were not answered."""
    silences: int = 0
    """Times that the authority was lost after it had answered: an own share began each time."""
    _decisions: Counter[tuple[str, LimitOutcome]] = field(default_factory=Counter)

    def note(self, verdict: Verdict) -> None:
        """Count a decision."""
        name = verdict.policy.name
        self._decisions[name, "allowed" if verdict.allowed else "denied"] += 1
        if verdict.degraded:
            self._decisions[name, "degraded"] += 1

    def note_denied(self, limit: str, count: int) -> None:
        """Count denials that were repeated elsewhere in this limiter's name."""
        self._decisions[limit, "denied"] += count

    def by_limit(self) -> dict[tuple[str, LimitOutcome], int]:
        """Return how many decisions there were, by class of routes and outcome."""
        return dict(self._decisions)

    def total(self, outcome: LimitOutcome) -> int:
        """Return how many decisions of all classes had that outcome."""
        return sum(count for (_, found), count in self._decisions.items() if found == outcome)

"""One order under way: what it works within, and how it is counted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from agents.budget import Budget
from agents.requests import EngineMeans, PlannerDependencies
from agents.run_metrics import RunMetrics
from agents.tools.port import Toolbox
from agents.tree.branch import BranchExecutor
from agents.tree.state import PlanState
from deployments.planning.engines import EngineChoice
from deployments.planning.vocabularies import Pinned

Branches = Callable[[str, str, Pinned], BranchExecutor[PlanState]]
"""Makes the executor of a run from its engine, namespace and vocabulary."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What one order works within."""

    pinned: Pinned
    full: Budget
    start_s: float
    deadline_s: float

    def budget(self) -> Budget:
        """Return the budget with the time that is left."""
        left_s = self.deadline_s - (time.monotonic() - self.start_s)
        return replace(self.full, deadline_ms=max(1, int(left_s * 1000)))

    def wall_ms(self) -> float:
        """Return the milliseconds since the order arrived."""
        return round((time.monotonic() - self.start_s) * 1000, 3)


@dataclass(slots=True)
class Counted:
    """A run that is being counted; ``figures`` stay None where it is not answered."""

    start_s: float
    figures: RunMetrics | None = None

    def elapsed_s(self) -> float:
        """Return the seconds since the order arrived."""
        return time.monotonic() - self.start_s


def needs(
    toolbox: Toolbox,
    choice: EngineChoice,
    for_ignored: EngineChoice | None,
    branches: Callable[[str], BranchExecutor[PlanState]],
    pinned: Pinned,
) -> PlannerDependencies:
    """Return what a run works with: the engine chosen, and the one asked of ignored words."""
    reasons = [reason for reason in (choice.degraded, pinned.late) if reason]
    other = for_ignored and EngineMeans(
        branches(for_ignored.name), for_ignored.name, for_ignored.thinking
    )
    return PlannerDependencies(
        toolbox,
        branches(choice.name),
        choice.name,
        choice.thinking,
        degraded="; ".join(reasons) or None,
        for_ignored=other,
    )

"""What one run amounts to in numbers, for whoever counts: metrics, logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agents.answer import PlanAnswer
from agents.plans.defects import Reflection

RunStatus = Literal["ok", "degraded", "refused", "cancelled", "failed"]
"""``degraded``: answered, but not as asked. ``refused``: the caller's fault or a full queue."""


@dataclass(frozen=True, slots=True)
class PlanMetrics:
    """One plan request, however it ended.

    Args:
        strategy: As asked for.
        status: How it ended.
        duration_s: From the order's arrival.
        engine: The one that answered.
        stop_reason: Of the tree; ``not_executed`` without one, empty where there is no answer.
        branches: Thoughts that were tried, the root not among them.
        pruned: Nodes the search gave up, duplicates among them.
        failed: Thoughts that could not be carried out.
        depth: Thoughts on the path to the best node.
        tool_calls: Calls to the index.
        llm_tokens: Tokens of a language model.
    """

    strategy: str
    status: RunStatus
    duration_s: float
    engine: str = ""
    stop_reason: str = ""
    branches: int = 0
    pruned: int = 0
    failed: int = 0
    depth: int = 0
    tool_calls: int = 0
    llm_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ReflectMetrics:
    """One reflect request, however it ended.

    Args:
        status: How it ended.
        duration_s: From the order's arrival.
        quality: 0-1 of what stands at the end; None where there is no answer.
        approved: Whether that reaches the threshold.
        rounds: Revisions that were tried.
        improvements: Revisions that were accepted: 1 or 0, since the last one holds the others.
        issues: Flaws of what was sent.
    """

    status: RunStatus
    duration_s: float
    quality: float | None = None
    approved: bool = False
    rounds: int = 0
    improvements: int = 0
    issues: int = 0


RunMetrics = PlanMetrics | ReflectMetrics
CountRun = Callable[[RunMetrics], None]
"""Takes the figures of a run that ended; must neither raise nor wait."""


def uncounted(figures: RunMetrics) -> None:
    """Count nothing."""


def plan_metrics(answer: PlanAnswer, duration_s: float) -> PlanMetrics:
    """Return the figures of a plan that was answered."""
    nodes = () if answer.tree is None else answer.tree.nodes
    by_status = Counter(node.status for node in nodes)
    depth = 0 if answer.tree is None else answer.tree.node(answer.tree.best).depth
    return PlanMetrics(
        strategy=answer.strategy,
        status="ok" if answer.degraded is None else "degraded",
        duration_s=duration_s,
        engine=answer.engine,
        stop_reason=answer.stop_reason,
        branches=sum(node.parent is not None for node in nodes),
        pruned=by_status["pruned"] + by_status["duplicate"],
        failed=by_status["failed"],
        depth=depth,
        tool_calls=answer.usage.tool_calls,
        llm_tokens=answer.usage.llm_tokens,
    )


def reflect_metrics(reflection: Reflection, duration_s: float) -> ReflectMetrics:
    """Return the figures of a reflection that was answered."""
    return ReflectMetrics(
        status="ok" if reflection.degraded is None else "degraded",
        duration_s=duration_s,
        quality=reflection.quality_score,
        approved=reflection.approved,
        rounds=reflection.rounds,
        improvements=int(reflection.accepted),
        issues=len(reflection.issues),
    )

"""What a planner is asked, and what it works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from agents.budget import Budget, Clock
from agents.engines.embedded.engine import EmbeddedEngine
from agents.goals.read import check_goal
from agents.tools.port import Toolbox
from agents.tools.registry import allowed_tools
from agents.tree.branch import BranchExecutor, BranchWorker
from agents.tree.retrieval_world import RetrievalWorld
from agents.tree.state import PlanState
from agents.tree.strategies import check_strategy
from agents.usage import ResourceUsage

MAX_LIMIT = 100


def free(width: int) -> ResourceUsage:
    """Thinking that costs nothing."""
    return ResourceUsage()


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked for; the fields are those of the HTTP contract.

    ``picture`` is a picture file that came with the goal. ``tools`` None allows all.
    ``memory`` looks for earlier plans of like goals first; storing them is the caller's.

    Raises:
        InvalidGoal, UnknownStrategy, UnknownTool: Nobody can plan this.
    """

    goal: str
    strategy: str = "auto"
    namespace: str = "default"
    tools: tuple[str, ...] | None = None
    execute: bool = True
    limit: int = 10
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    context: Mapping[str, Any] = field(default_factory=dict)
    picture: bytes | None = None
    memory: bool = False

    def __post_init__(self) -> None:
        check_goal(self.goal)
        check_strategy(self.strategy)
        allowed_tools(self.tools)


@dataclass(frozen=True, slots=True)
class EngineMeans:
    """Another engine: where its branches run, its name, and the most that it uses to think."""

    executor: BranchExecutor[PlanState]
    engine: str
    thinking: Callable[[int], ResourceUsage]


@dataclass(frozen=True, slots=True)
class PlannerDependencies:
    """What a run works with.

    Args:
        toolbox: The index, read by the coordinator for the vocabulary and last steps.
        executor: Where branches run.
        engine: Name of the engine behind the executor.
        thinking: The engine's ``estimate``.
        clock: Seconds that only grow.
        now: The time of day, for ``created_at``.
        degraded: Why another engine than the one asked for answers, None if it does not.
        for_ignored: Is asked instead where words of a goal are ignored, None where nobody is.
    """

    toolbox: Toolbox
    executor: BranchExecutor[PlanState]
    engine: str = "embedded"
    thinking: Callable[[int], ResourceUsage] = free
    clock: Clock = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    degraded: str | None = None
    for_ignored: EngineMeans | None = None

    def asking(self, ignored: bool) -> PlannerDependencies:
        """Return the means for a goal: with the other engine where words of it are ignored."""
        other = self.for_ignored
        if other is None or not ignored:
            return replace(self, for_ignored=None)
        return replace(self, executor=other.executor, engine=other.engine, thinking=other.thinking)


def in_process(toolbox: Toolbox, clock: Clock = time.monotonic) -> PlannerDependencies:
    """Return the means of a run with the embedded engine in this process."""
    worker = BranchWorker(RetrievalWorld(toolbox), EmbeddedEngine(toolbox))
    return PlannerDependencies(toolbox, worker, clock=clock)

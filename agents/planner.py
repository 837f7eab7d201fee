"""From a goal to a plan that was executed: reading, strategy, answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from agents.answer import PlanAnswer, results_of
from agents.branch import BranchExecutor, BranchWorker
from agents.budget import Budget, Clock, Ledger
from agents.canonical import digest
from agents.dispatch import Dispatcher
from agents.engines.embedded import EmbeddedEngine, thoughts
from agents.events import Event, Listener, silent
from agents.evidence_defects import evidence_defects
from agents.execute import Memory, run_steps
from agents.growth import Growth
from agents.plan import Plan
from agents.plan_state import PlanState, finished_plan
from agents.read_goal import check_goal, read_goal
from agents.reading import Reading
from agents.retrieval_world import Brief, RetrievalWorld, thought_steps
from agents.strategies import check_strategy, follow
from agents.thoughts import Tree
from agents.toolbox import Toolbox
from agents.tools import allowed_tools
from agents.usage import Usage
from agents.vocabulary import Vocabulary

MAX_LIMIT = 100


def free(width: int) -> Usage:
    """Thinking that costs nothing."""
    return Usage()


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked for; the fields are those of the HTTP contract.

    ``picture`` is a picture file that came with the goal. ``tools`` None allows all.
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


@dataclass(frozen=True, slots=True)
class Means:
    """What a run works with.

    Args:
        toolbox: The index, read by the coordinator for the vocabulary and last steps.
        executor: Where branches run.
        engine: Name of the engine behind the executor.
        thinking: The engine's ``estimate``.
        clock: Seconds that only grow.
        now: The time of day, for ``created_at``.
        degraded: Why another engine than the one asked for answers, None if it does not.
    """

    toolbox: Toolbox
    executor: BranchExecutor[PlanState]
    engine: str = "embedded"
    thinking: Callable[[int], Usage] = free
    clock: Clock = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    degraded: str | None = None


def in_process(toolbox: Toolbox, clock: Clock = time.monotonic) -> Means:
    """Return the means of a run with the embedded engine in this process."""
    worker = BranchWorker(RetrievalWorld(toolbox), EmbeddedEngine(toolbox))
    return Means(toolbox, worker, clock=clock)


async def plan(
    request: PlanRequest,
    means: Means,
    listener: Listener = silent,
    cancelled: asyncio.Event | None = None,
) -> PlanAnswer:
    """Plan a goal and carry the plan out.

    Running out of any budget, the deadline and ``cancelled`` give the best plan so far
    with its ``stop_reason``; lost branches fail their nodes.

    Raises:
        InvalidGoal, UnknownStrategy, UnknownTool: The request cannot be served.
    """
    check_goal(request.goal)
    strategy = check_strategy(request.strategy)
    allowed = allowed_tools(request.tools)
    ledger = Ledger(request.budget, means.clock)
    run_id = digest(
        [request.goal, request.namespace, strategy, request.seed, means.now().isoformat()]
    )
    listener(Event("run.started", {"id": run_id, "goal": request.goal, "strategy": strategy,
                                   "engine": means.engine}))  # fmt: skip
    if means.degraded:
        listener(Event("degraded", {"reason": means.degraded}))
    vocabulary = await means.toolbox.vocabulary()
    reading = read_goal(request.goal, vocabulary, picture=request.picture is not None)
    listener(Event("aspects", {"aspects": [aspect.to_json() for aspect in reading.aspects]}))
    brief = Brief(reading, request.namespace, allowed, request.limit, request.seed,
                  request.picture, dict(request.context))  # fmt: skip
    if not request.execute:
        answer = _unexecuted(request, means, run_id, brief, vocabulary)
    else:
        answer = await _executed(request, means, run_id, brief, ledger, listener, cancelled)
    listener(Event("run.finished", answer.to_json()))
    return answer


async def _executed(
    request: PlanRequest,
    means: Means,
    run_id: str,
    brief: Brief,
    ledger: Ledger,
    listener: Listener,
    cancelled: asyncio.Event | None,
) -> PlanAnswer:
    dispatcher = Dispatcher(means.executor, ledger, brief, means.thinking, cancelled)
    growth = Growth(dispatcher, listener, request.budget.branching)
    planted = await growth.plant(PlanState())
    reason, revised = dispatcher.stopped or "frontier_empty", None
    if planted:
        outcome = await follow(
            request.strategy, growth, request.budget,
            lambda state: evidence_defects(state, brief.reading), listener,
        )  # fmt: skip
        reason, revised = outcome.stop_reason, outcome.revised
    # What ran out is said even where the strategy would call it something else.
    reason = dispatcher.stopped or reason
    if growth.nodes[growth.best].score.complete and reason not in ("deadline", "cancelled"):
        reason = "complete"
    if dispatcher.degraded:
        listener(Event("degraded", {"reason": dispatcher.degraded}))
    state = growth.states[growth.best]
    finished = finished_plan(state, brief.reading, request.limit, means.engine, request.seed)
    done, memory = await _finish(finished, state.memory, means.toolbox, listener)
    growth.tell_budget()
    return _answer(request, means, run_id, brief.reading, done, memory, growth.tree(reason), ledger,
                   means.degraded or dispatcher.degraded, revised)  # fmt: skip


async def _finish(
    finished: Plan, memory: Memory, toolbox: Toolbox, listener: Listener
) -> tuple[Plan, Memory]:
    """Run the last steps, which need no call to the index; report those that ran already."""
    ran = [step for step in finished.steps if step.status == "done"]
    for step in ran:
        listener(Event("step.started", {"id": step.id, "tool": step.tool}))
        listener(Event("step.finished", step.to_json()))
    left = [step for step in finished.steps if step.status != "done"]
    steps, after, _ = await run_steps(left, memory, toolbox, listener=listener)
    by_id = {step.id: step for step in (*ran, *steps)}
    return replace(finished, steps=tuple(by_id[step.id] for step in finished.steps)), after


def _unexecuted(
    request: PlanRequest, means: Means, run_id: str, brief: Brief, vocabulary: Vocabulary
) -> PlanAnswer:
    """Return the best first thought as a plan that nobody ran."""
    offers = thoughts(brief, PlanState(), vocabulary)
    steps = tuple(thought_steps(offers[0])) if offers else ()
    planned = Plan(request.goal, steps, steps[-1].id if steps else None, brief.reading.aspects,
                   vocabulary.index_version, "embedded", request.seed)  # fmt: skip
    ledger = Ledger(request.budget, means.clock)
    return _answer(request, means, run_id, brief.reading, planned, Memory(), None, ledger,
                   means.degraded, None)  # fmt: skip


def _answer(
    request: PlanRequest,
    means: Means,
    run_id: str,
    reading: Reading,
    done: Plan,
    memory: Memory,
    tree: Tree | None,
    ledger: Ledger,
    degraded: str | None,
    revised: bool | None,
) -> PlanAnswer:
    return PlanAnswer(
        id=run_id,
        plan=done,
        strategy=request.strategy,
        engine=means.engine,
        degraded=degraded,
        reading=reading,
        results=results_of(done, memory, request.limit),
        tree=tree,
        revised=revised,
        usage=ledger.spent,
        wall_ms=ledger.elapsed_s() * 1000,
        created_at=means.now(),
    )

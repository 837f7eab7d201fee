"""From a goal to a plan that was executed: reading, strategy, answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agents.answer import PlanAnswer, results_of
from agents.budget import Ledger
from agents.engines.embedded.engine import thoughts
from agents.errors import AgentError
from agents.evaluation.evidence_defects import evidence_defects
from agents.events import Event, Listener, silent
from agents.goals.read import read_goal
from agents.goals.reading import Reading
from agents.lexicon.vocabulary import Vocabulary
from agents.memory import recall_query, recalled
from agents.plans.canonical import digest
from agents.plans.execute import StepOutputs, run_steps
from agents.plans.plan import Plan
from agents.plans.recalled import Recalled
from agents.requests import PlannerDependencies, PlanRequest
from agents.telling import AnswerText
from agents.tools.evidence import DocSet, Figure, Output, Text
from agents.tools.port import Toolbox, VersionedHits
from agents.tools.registry import allowed_tools
from agents.tree.dispatch import Dispatcher
from agents.tree.retrieval_world import PlanContext, thought_steps
from agents.tree.state import PlanState, finished_plan, with_summary
from agents.tree.strategies import run_strategy
from agents.tree.thoughts import Tree
from agents.tree.tree import Growth
from agents.usage import ResourceUsage
from retrieval.errors import RetrievalError


async def plan(
    request: PlanRequest,
    dependencies: PlannerDependencies,
    listener: Listener = silent,
    cancelled: asyncio.Event | None = None,
) -> PlanAnswer:
    """Plan a goal and carry the plan out.

    Running out of any budget, the deadline and ``cancelled`` give the best plan so far
    with its ``stop_reason``; lost branches fail their nodes.
    """
    strategy = request.strategy
    allowed = allowed_tools(request.tools)
    ledger = Ledger(request.budget, dependencies.clock)
    run_id = digest(
        [request.goal, request.namespace, strategy, request.seed, dependencies.now().isoformat()]
    )
    listener(
        Event(
            "run.started",
            {
                "id": run_id,
                "goal": request.goal,
                "strategy": strategy,
                "engine": dependencies.engine,
            },
        )
    )
    if dependencies.degraded:
        listener(Event("degraded", {"reason": dependencies.degraded}))
    # The deadline is round everything: an index that does not answer gives an empty plan.
    vocabulary = await ledger.within(dependencies.toolbox.vocabulary(), Vocabulary())
    reading = read_goal(
        request.goal,
        vocabulary,
        picture=request.picture is not None,
        today=dependencies.now().date(),
        namespace=request.namespace,
    )
    dependencies = dependencies.asking(bool(reading.ignored))
    listener(Event("aspects", {"aspects": [aspect.to_json() for aspect in reading.aspects]}))
    known = (
        await _recalled(request.goal, dependencies, ledger)
        if vocabulary.artifacts and request.memory
        else ()
    )
    brief = PlanContext(
        reading,
        request.namespace,
        allowed,
        reading.wanted(request.limit),
        request.seed,
        request.picture,
        dict(request.context),
        known,
    )
    if not request.execute:
        answer = _unexecuted(request, dependencies, run_id, brief, vocabulary)
    else:
        answer = await _executed(request, dependencies, run_id, brief, ledger, listener, cancelled)
    listener(Event("run.finished", answer.to_json()))
    return answer


async def _recalled(
    goal: str, dependencies: PlannerDependencies, ledger: Ledger
) -> tuple[Recalled, ...]:
    """Return earlier plans for like goals; one call to the index, none where it does not fit."""
    price = ResourceUsage(tool_calls=1, cost=1.0)
    if ledger.short_of(price) is not None:
        return ()
    reserved = ledger.reserve(price)
    try:
        found = await ledger.within(
            dependencies.toolbox.search(recall_query(goal)), VersionedHits((), 0)
        )
    except (AgentError, RetrievalError):
        found = VersionedHits((), 0)
    ledger.settle(reserved, price)
    return recalled(goal, [doc for doc, _ in found.hits])


async def _executed(
    request: PlanRequest,
    dependencies: PlannerDependencies,
    run_id: str,
    brief: PlanContext,
    ledger: Ledger,
    listener: Listener,
    cancelled: asyncio.Event | None,
) -> PlanAnswer:
    dispatcher = Dispatcher(dependencies.executor, ledger, brief, dependencies.thinking, cancelled)
    growth = Growth(dispatcher, listener, request.budget.branching)
    has_root = await growth.add_root(PlanState())
    reason, revised = dispatcher.stopped or "frontier_empty", None
    if has_root:
        outcome = await run_strategy(
            request.strategy,
            growth,
            request.budget,
            lambda state: evidence_defects(state, brief.reading),
            listener,
        )
        reason, revised = outcome.stop_reason, outcome.revised
    # What ran out is said even where the strategy would call it something else.
    reason = dispatcher.stopped or reason
    if growth.nodes[growth.best].score.complete and reason not in ("deadline", "cancelled"):
        reason = "complete"
    if dispatcher.degraded:
        listener(Event("degraded", {"reason": dispatcher.degraded}))
    state = growth.states[growth.best]
    finished = finished_plan(state, brief.reading, brief.limit, dependencies.engine, request.seed)
    if not brief.reading.structured and "summarize" in brief.allowed:
        finished = with_summary(finished)
    done, memory = await _finish(finished, state.memory, dependencies.toolbox, listener)
    output = None if done.answer_step is None else memory.outputs.get(done.answer_step)
    if reason == "complete" and (brief.reading.ignored or _too_few(brief.reading, output)):
        reason = "complete_but"
    growth.tell_budget()
    return _answer(
        request,
        dependencies,
        run_id,
        brief,
        done,
        memory,
        growth.tree(reason),
        ledger,
        dependencies.degraded or dispatcher.degraded,
        revised,
    )


def _too_few(reading: Reading, output: Output | None) -> bool:
    """Return whether the goal wants more documents than there are."""
    least = reading.wish.least
    return least is not None and isinstance(output, DocSet) and len(output.ids) < least


async def _finish(
    finished: Plan, memory: StepOutputs, toolbox: Toolbox, listener: Listener
) -> tuple[Plan, StepOutputs]:
    """Run the last steps, which need no call to the index; report those that ran already.

    They are not charged: what was found must be shown, however little is left.
    """
    ran = [step for step in finished.steps if step.status == "done"]
    for step in ran:
        listener(Event("step.started", {"id": step.id, "tool": step.tool}))
        listener(Event("step.finished", step.to_json()))
    left = [step for step in finished.steps if step.status != "done"]
    steps, after, _ = await run_steps(left, memory, toolbox, listener=listener)
    by_id = {step.id: step for step in (*ran, *steps)}
    return replace(finished, steps=tuple(by_id[step.id] for step in finished.steps)), after


def _unexecuted(
    request: PlanRequest,
    dependencies: PlannerDependencies,
    run_id: str,
    brief: PlanContext,
    vocabulary: Vocabulary,
) -> PlanAnswer:
    """Return the best first thought as a plan that nobody ran."""
    offers = thoughts(brief, PlanState(), vocabulary)
    steps = tuple(thought_steps(offers[0])) if offers else ()
    planned = Plan(
        request.goal,
        steps,
        steps[-1].id if steps else None,
        brief.reading.aspects,
        vocabulary.index_version,
        "embedded",
        request.seed,
    )
    ledger = Ledger(request.budget, dependencies.clock)
    return _answer(
        request,
        dependencies,
        run_id,
        brief,
        planned,
        StepOutputs(),
        None,
        ledger,
        dependencies.degraded,
        None,
    )


def _asked(dependencies: PlannerDependencies, reading: Reading) -> tuple[str, ...]:
    """Say that another engine was asked, and of which words."""
    if dependencies.for_ignored is None:
        return ()
    words = ", ".join(f"“{item.words}”" for item in reading.ignored)
    return (f"A language model was asked, since nothing was made of {words}.",)


def _engine_of(dependencies: PlannerDependencies, degraded: str | None, tree: Tree | None) -> str:
    """Return the engine that the plan is of: another one where the one asked for never spoke."""
    if tree is None or dependencies.engine == "embedded":
        return "embedded"
    spoke = any(node.thought.origin == dependencies.engine for node in tree.nodes)
    return dependencies.engine if spoke or degraded is None else "embedded"


def _answer(
    request: PlanRequest,
    dependencies: PlannerDependencies,
    run_id: str,
    brief: PlanContext,
    done: Plan,
    memory: StepOutputs,
    tree: Tree | None,
    ledger: Ledger,
    degraded: str | None,
    revised: bool | None,
) -> PlanAnswer:
    output = None if done.answer_step is None else memory.outputs.get(done.answer_step)
    quoted = next((out for out in memory.outputs.values() if isinstance(out, Text)), Text())
    told = AnswerText(brief.reading, output, memory.docs, brief.limit)
    return PlanAnswer(
        id=run_id,
        plan=done,
        strategy=request.strategy,
        engine=_engine_of(dependencies, degraded, tree),
        degraded=degraded,
        reading=brief.reading,
        results=results_of(done, memory, brief.limit),
        tree=tree,
        revised=revised,
        usage=ledger.spent,
        wall_ms=ledger.elapsed_s() * 1000,
        created_at=dependencies.now(),
        summary=told.summary() or quoted.sentences,
        explanation=(*told.explanation(), *_asked(dependencies, brief.reading)),
        figure=output if isinstance(output, Figure) else None,
        recalled=tuple(item.to_json() for item in brief.recalled),
    )

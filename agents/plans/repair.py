"""Mending the structure of a plan: what the validator flags is dropped, bridged or cut to size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.budget import Budget
from agents.plans.plan import Plan, Step
from agents.plans.validate import critical_calls, ordered, plan_defects, step_defects
from agents.tools.registry import REGISTRY

MAX_PASSES = 8


def repaired(plan: Plan, allowed: frozenset[str], budget: Budget) -> Plan | None:
    """Return a plan without structural defects that keeps as much of this one as it can.

    Steps of unknown or forbidden tools go, and those who took their output take their
    inputs; arguments that are wrong go; cycles lose their last edge; where an input is
    missing, a search for the goal yields it; a plan that is too dear loses the steps
    that its answer needs least. None where nothing is left.
    """
    steps = _unique(plan.steps)
    for _ in range(MAX_PASSES):
        steps = _acyclic(_connected(_allowed(steps, allowed)))
        steps = _fed(_cleaned(steps), plan.goal, allowed)
        candidate = replace(plan, steps=steps, answer_step=_answer(plan, steps))
        candidate = _affordable(candidate, budget)
        if not candidate.steps:
            return None
        if not plan_defects(candidate, allowed, budget):
            return candidate
        # What still has a defect cannot be mended: its step goes, and the pass repeats.
        flawed = {d.where.split(".")[0] for d in plan_defects(candidate, allowed, budget)}
        steps = tuple(step for step in candidate.steps if step.id not in flawed)
    return None


def _unique(steps: Sequence[Step]) -> tuple[Step, ...]:
    kept: dict[str, Step] = {}
    for step in steps:
        if step.id:
            kept.setdefault(step.id, step.planned())
    return tuple(kept.values())


def _allowed(steps: Sequence[Step], allowed: frozenset[str]) -> tuple[Step, ...]:
    gone = {
        step.id: step
        for step in steps
        if step.tool not in REGISTRY
        or step.tool not in allowed
        or not REGISTRY[step.tool].read_only
    }

    def through(ids: Sequence[str], seen: frozenset[str] = frozenset()) -> list[str]:
        found: list[str] = []
        for id in ids:
            if id not in gone:
                found.append(id)
            elif id not in seen:
                found += through(gone[id].all_dependencies, seen | {id})
        return list(dict.fromkeys(found))

    return tuple(
        replace(
            step, inputs=tuple(through(step.inputs)), depends_on=tuple(through(step.depends_on))
        )
        for step in steps
        if step.id not in gone
    )


def _connected(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Drop dependencies on steps that do not exist, and inputs of the wrong type."""
    returns = {step.id: REGISTRY[step.tool].returns for step in steps}
    mended = []
    for step in steps:
        tool = REGISTRY[step.tool]
        fitting = [id for id in step.inputs if returns.get(id) in tool.inputs][: tool.max_inputs]
        after = tuple(id for id in step.depends_on if id in returns and id != step.id)
        inputs = tuple(id for id in fitting if id != step.id)
        mended.append(replace(step, inputs=inputs, depends_on=after))
    return tuple(mended)


def _acyclic(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Cut edges that point forward among steps caught in cycles."""
    mended = list(steps)
    while caught := ordered(mended)[1]:
        ids = {step.id for step in caught}
        place = {step.id: at for at, step in enumerate(mended)}
        step = next(
            s
            for s in caught
            if any(place[d] >= place[s.id] for d in s.all_dependencies if d in ids)
        )
        late = {d for d in step.all_dependencies if d in ids and place[d] >= place[step.id]}
        mended[place[step.id]] = replace(
            step,
            inputs=tuple(id for id in step.inputs if id not in late),
            depends_on=tuple(id for id in step.depends_on if id not in late),
        )
    return tuple(mended)


def _cleaned(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Drop arguments that are wrong; a required one that is wrong is for the next pass."""
    types = {step.id: REGISTRY[step.tool].returns for step in steps}
    mended = []
    for step in steps:
        prefix = f"{step.id}.args."
        bad = {
            d.where.removeprefix(prefix).split(".")[0]
            for d in step_defects(step, types)
            if d.where.startswith(prefix)
        }
        args = {name: value for name, value in step.args.items() if name not in bad}
        if step.tool == "search_image" and sum(bool(args.get(n)) for n in _PICTURES) > 1:
            keep = next(n for n in _PICTURES if args.get(n))
            args = {n: v for n, v in args.items() if n not in _PICTURES or n == keep}
        mended.append(replace(step, args=args))
    return tuple(mended)


_PICTURES = ("document_id", "text", "goal_picture")


def _fed(steps: Sequence[Step], goal: str, allowed: frozenset[str]) -> tuple[Step, ...]:
    """Give queries their goal, and steps that lack an input a search for the goal."""
    tool = next((t for t in ("search_hybrid", "search_text") if t in allowed), None)
    query = goal.strip()[:4000]
    mended: list[Step] = []
    source: str | None = None
    for step in steps:
        needs = REGISTRY[step.tool]
        args = dict(step.args)
        query_param = needs.param("query")
        if query_param is not None and query_param.required and "query" not in args and query:
            args["query"] = query
        inputs = step.inputs
        if len(inputs) < needs.min_inputs and tool is not None and query:
            if source is None:
                source = _free_id({s.id for s in steps})
                mended.append(Step(source, tool, {"query": query}, rationale="input that lacked"))
            inputs = tuple(dict.fromkeys((*inputs, source)))
        mended.append(replace(step, args=args, inputs=inputs))
    return tuple(mended)


def _free_id(taken: set[str]) -> str:
    return next(f"s{n}" for n in range(1, len(taken) + 2) if f"s{n}" not in taken)


def _answer(plan: Plan, steps: Sequence[Step]) -> str | None:
    ids = [step.id for step in steps]
    if plan.answer_step in ids:
        return plan.answer_step
    return ids[-1] if ids else None


def _affordable(plan: Plan, budget: Budget) -> Plan:
    """Drop steps until the rest fits: first what the answer does not need, then the dearest."""
    while _too_dear(plan, budget) and plan.steps:
        needed = _needed(plan)
        spare = [step for step in plan.steps if step.id not in needed]
        inner = [step for step in plan.steps if step.id != plan.answer_step]
        pool = spare or inner or list(plan.steps)
        cost = {step.id: (REGISTRY[step.tool].calls, REGISTRY[step.tool].cost) for step in pool}
        last = max(range(len(pool)), key=lambda at: (*cost[pool[at].id], at))
        gone = pool[last].id
        steps = tuple(
            replace(
                step,
                inputs=tuple(i for i in step.inputs if i != gone),
                depends_on=tuple(i for i in step.depends_on if i != gone),
            )
            for step in plan.steps
            if step.id != gone
        )
        # A step that lost its only input has nothing to work on.
        steps = tuple(s for s in steps if len(s.inputs) >= REGISTRY[s.tool].min_inputs)
        plan = replace(plan, steps=steps, answer_step=_answer(plan, steps))
    return plan


def _too_dear(plan: Plan, budget: Budget) -> bool:
    tools = [REGISTRY[step.tool] for step in plan.steps]
    return (
        sum(tool.calls for tool in tools) > budget.max_tool_calls
        or sum(tool.cost for tool in tools) > budget.max_cost + 1e-9
        or critical_calls(plan) > budget.deadline_ms
    )


def _needed(plan: Plan) -> set[str]:
    by_id = {step.id: step for step in plan.steps}
    wanted, todo = set(), [plan.answer_step] if plan.answer_step else []
    while todo:
        id = todo.pop()
        if id not in wanted and id in by_id:
            wanted.add(id)
            todo += by_id[id].all_dependencies
    return wanted

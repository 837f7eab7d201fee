"""The world of plans: a thought appends steps, and carrying it out is running them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.errors import InvalidPlan, ToolFailed
from agents.goals.reading import Reading
from agents.plans.execute import run_steps
from agents.plans.parse import plan_from_json
from agents.plans.plan import Step
from agents.plans.recalled import Recalled
from agents.plans.validate import ordered, step_defects
from agents.tools.port import Toolbox
from agents.tools.registry import REGISTRY
from agents.tree.problem import Allowance, Applied
from agents.tree.state import EVIDENCE, PlanState, ranking, state_key
from agents.tree.thoughts import Thought
from agents.usage import ResourceUsage


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What every branch of one run knows. Plain and picklable.

    Args:
        reading: The goal as it was understood.
        namespace: Where it is asked.
        allowed: Tools that the request allows.
        limit: Results wanted.
        seed: For engines that draw; the embedded one does not.
        picture: The picture that came with the goal.
        context: What the caller added, as plain JSON; data, never instructions.
        recalled: Earlier plans for like goals.
    """

    reading: Reading
    namespace: str = "default"
    allowed: frozenset[str] = frozenset(REGISTRY)
    limit: int = 10
    seed: int = 0
    picture: bytes | None = None
    context: Mapping[str, Any] | None = None
    recalled: tuple[Recalled, ...] = ()


class RetrievalWorld:
    """Runs the steps of thoughts over one toolbox. Keeps nothing between calls."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    async def apply(
        self, brief: PlanContext, state: PlanState, thought: Thought, allowance: Allowance
    ) -> Applied[PlanState]:
        """Return the state after a thought's steps.

        Raises:
            ToolFailed: The thought's steps are invalid, cost more than was reserved, or
                all failed.
        """
        steps = thought_steps(thought)
        check_steps(steps, state, brief.allowed)
        price = price_of(steps)
        if price.tool_calls > allowance.usage.tool_calls:
            raise ToolFailed(f"{price.tool_calls} calls do not fit the reservation", thought.kind)
        ran, memory, _ = await run_steps(steps, state.memory, self._toolbox, picture=brief.picture)
        done = {step.id for step in ran if step.status == "done"}
        if not done:
            raise ToolFailed(ran[0].error or "the step failed", ran[0].id)
        pool = tuple((id, float(w)) for id, w in thought.delta.get("pool", ()) if id in done)
        answer = thought.delta.get("answer")
        after = PlanState(
            (*state.steps, *ran),
            memory,
            (*state.pool, *pool),
            answer if answer in done else (None if pool else state.answer),
            state.calls | {thought.key},
        )
        used = ResourceUsage()
        for step in ran:
            used = used + step.usage
        return Applied(after, used)

    def key(self, state: PlanState) -> str:
        """States that found the same are one."""
        return state_key(state)

    def evidence(self, state: PlanState) -> tuple[str, ...]:
        """Return the best ten documents."""
        return ranking(state, (), EVIDENCE).ids

    def calls(self, state: PlanState) -> frozenset[str]:
        """Return the keys of the thoughts that led here."""
        return state.calls


def thought_steps(thought: Thought) -> list[Step]:
    """Return the steps that a thought appends; whatever an engine wrote becomes a step or fails.

    Raises:
        ToolFailed: It does not hold a list of steps.
    """

    try:
        plan = plan_from_json({"steps": list(thought.delta.get("steps", ()))}, thought.kind)
    except (InvalidPlan, TypeError) as error:
        raise ToolFailed(f"not steps: {error}", thought.kind) from error
    if not plan.steps:
        raise ToolFailed("a thought without steps", thought.kind)
    return [step.planned() for step in plan.steps]


def check_steps(steps: list[Step], state: PlanState, allowed: frozenset[str]) -> None:
    """Refuse steps that the validator would flag as part of the state's plan.

    Raises:
        ToolFailed: Naming the first defect.
    """
    before = {s.id: REGISTRY[s.tool].returns for s in state.steps if s.id in state.memory.outputs}
    types = {**before, **{s.id: REGISTRY[s.tool].returns for s in steps if s.tool in REGISTRY}}
    if any(step.id in before for step in steps) or len({s.id for s in steps}) < len(steps):
        raise ToolFailed("a step id is used twice", steps[0].id)
    for step in steps:
        for defect in step_defects(step, types, allowed):
            raise ToolFailed(f"{defect.code}: {defect.message}", defect.where)
    if ordered(steps)[1]:
        raise ToolFailed("cycle: the steps wait for each other", steps[0].id)


def price_of(steps: list[Step] | tuple[Step, ...]) -> ResourceUsage:
    """Return the most that steps will use, by the registry."""
    total = ResourceUsage()
    for step in steps:
        tool = REGISTRY.get(step.tool)
        if tool is not None:
            total = total + ResourceUsage(tool_calls=tool.calls, cost=tool.cost)
    return total

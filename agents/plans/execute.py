"""Running steps: waves side by side, within a deadline and a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.budget import Ledger
from agents.errors import AgentError, BudgetExceeded
from agents.events import Event, Listener, silent
from agents.plans.plan import Plan, Step
from agents.plans.validate import ordered
from agents.tools.evidence import Doc, Group, Groups, Output
from agents.tools.port import Toolbox
from agents.tools.registry import REGISTRY
from agents.tools.tool import ToolCall
from agents.usage import ResourceUsage
from retrieval.errors import RetrievalError


@dataclass(frozen=True, slots=True)
class StepOutputs:
    """What steps have yielded so far: outputs by step id, documents by id."""

    outputs: Mapping[str, Output] = field(default_factory=dict)
    docs: Mapping[str, Doc] = field(default_factory=dict)
    index_version: int = 0

    def plus(
        self, step_id: str, output: Output, docs: Mapping[str, Doc], version: int
    ) -> StepOutputs:
        """Return the memory after one more step."""
        return StepOutputs(
            {**self.outputs, step_id: output},
            {**self.docs, **docs},
            max(self.index_version, version),
        )


@dataclass(frozen=True, slots=True)
class Executed:
    """A plan with the status and usage of each step, and what the steps yielded."""

    plan: Plan
    memory: StepOutputs
    stop_reason: str = "complete"


@dataclass(frozen=True, slots=True)
class Ran:
    """One step after it ran; ``output`` is None where it failed."""

    step: Step
    output: Output | None
    docs: Mapping[str, Doc]
    index_version: int = 0


async def run_step(
    step: Step, memory: StepOutputs, toolbox: Toolbox, picture: bytes | None = None
) -> Ran:
    """Run one step whose inputs are in memory; a refusal fails the step and raises nothing."""
    tool = REGISTRY[step.tool]
    used = ResourceUsage(tool_calls=tool.calls, cost=tool.cost)
    try:
        inputs = [memory.outputs[id] for id in step.inputs]
        call = ToolCall(
            step.tool, step.id, step.args, step.inputs, inputs, memory.docs, toolbox, picture
        )
        yielded = await tool.run(call)
    except KeyError as error:
        failed = replace(step, status="skipped", error=f"no output of {error.args[0]}")
        return Ran(failed, None, {})
    except (AgentError, RetrievalError) as error:
        return Ran(replace(step, status="failed", usage=used, error=str(error)[:300]), None, {})
    done = replace(step, status="done", usage=used, output_ids=yielded.output.ids, error=None)
    return Ran(done, yielded.output, yielded.docs, yielded.index_version)


async def run_steps(
    steps: Sequence[Step],
    memory: StepOutputs,
    toolbox: Toolbox,
    ledger: Ledger | None = None,
    listener: Listener = silent,
    picture: bytes | None = None,
) -> tuple[tuple[Step, ...], StepOutputs, str]:
    """Run steps in waves; those that may, side by side.

    Args:
        steps: Valid ones; steps in a cycle are skipped.
        memory: Outputs that steps may take their inputs from.
        toolbox: The index.
        ledger: Pays for each step before it starts; None where the caller has paid.
        listener: Hears ``step.started`` and ``step.finished``.
        picture: The picture that came with the goal.

    Returns:
        The steps in the given order with their status, the memory after them, and
        ``complete``, ``budget_…`` or ``deadline``.
    """
    waves, caught = ordered(steps)
    after: dict[str, Step] = {s.id: replace(s, status="skipped", error="cycle") for s in caught}
    reason = "complete"
    for wave in waves:
        paid, stopped = _paid(wave, ledger)
        reason = stopped or reason
        for step in wave[len(paid) :]:
            after[step.id] = replace(step, status="skipped", error=reason)
        for step, _ in paid:
            listener(Event("step.started", {"id": step.id, "tool": step.tool}))
        ran, late = await _wave([step for step, _ in paid], memory, toolbox, ledger, picture)
        reason = late or reason
        for item, (_, reserved) in zip(ran, paid, strict=True):
            if ledger is not None:
                ledger.settle(reserved, item.step.usage)
            if item.output is not None:
                memory = memory.plus(item.step.id, item.output, item.docs, item.index_version)
            after[item.step.id] = item.step
            listener(Event("step.finished", item.step.to_json()))
    return tuple(after[step.id] for step in steps), memory, reason


def _paid(
    wave: Sequence[Step], ledger: Ledger | None
) -> tuple[list[tuple[Step, ResourceUsage]], str | None]:
    paid: list[tuple[Step, ResourceUsage]] = []
    for step in wave:
        tool = REGISTRY[step.tool]
        price = ResourceUsage(tool_calls=tool.calls, cost=tool.cost)
        if ledger is None:
            paid.append((step, price))
            continue
        if ledger.expired:
            return paid, "deadline"
        try:
            paid.append((step, ledger.reserve(price)))
        except BudgetExceeded as error:
            return paid, f"budget_{error.where}"
    return paid, None


async def _wave(
    steps: Sequence[Step],
    memory: StepOutputs,
    toolbox: Toolbox,
    ledger: Ledger | None,
    picture: bytes | None,
) -> tuple[list[Ran], str | None]:
    limit_s = None if ledger is None else ledger.remaining_s()
    jobs = [asyncio.create_task(run_step(step, memory, toolbox, picture)) for step in steps]
    if not jobs:
        return [], None
    try:
        await asyncio.wait(jobs, timeout=limit_s)
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
    ran = [_come_home(step, job) for step, job in zip(steps, jobs, strict=True)]
    return ran, "deadline" if any(job.cancelled() for job in jobs) else None


def _come_home(step: Step, job: asyncio.Task[Ran]) -> Ran:
    tool = REGISTRY[step.tool]
    used = ResourceUsage(tool_calls=tool.calls, cost=tool.cost)
    if job.cancelled():
        return Ran(replace(step, status="failed", usage=used, error="deadline"), None, {})
    error = job.exception()
    if error is not None:
        message = f"{type(error).__name__}: {error}"[:300]
        return Ran(replace(step, status="failed", usage=used, error=message), None, {})
    return job.result()


async def execute(
    plan: Plan,
    toolbox: Toolbox,
    ledger: Ledger,
    listener: Listener = silent,
    picture: bytes | None = None,
) -> Executed:
    """Run a valid plan from the start; what ran before is forgotten."""
    steps = [step.planned() for step in plan.steps]
    ran, memory, reason = await run_steps(steps, StepOutputs(), toolbox, ledger, listener, picture)
    done = replace(plan, steps=ran, index_version=memory.index_version or plan.index_version)
    return Executed(done, memory, reason)


def groups_of(output: Output | None) -> tuple[Group, ...]:
    """Return the groups of an output, none if it is something else."""
    return output.groups if isinstance(output, Groups) else ()

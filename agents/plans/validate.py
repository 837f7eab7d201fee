"""The validator: what is wrong with a plan before anything runs. It never raises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agents.budget import Budget
from agents.plans.defects import Defect
from agents.plans.plan import Plan, Step
from agents.tools.registry import REGISTRY
from agents.tools.tool import Param, Tool
from retrieval.errors import InvalidFilter
from retrieval.filtering.parse import parse

MIN_CALL_MS = 1.0
"""No call to the index is faster; a chain of them that cannot fit the deadline is refused."""


def plan_defects(
    plan: Plan, allowed: frozenset[str] | None = None, budget: Budget | None = None
) -> list[Defect]:
    """Return every structural defect of a plan, in the order of its steps.

    Args:
        plan: Any plan, however broken.
        allowed: Tools that the request allows; None allows all.
        budget: Bounds that the whole plan must hold; None asks for none.
    """
    steps = {step.id: step for step in plan.steps}
    found: list[Defect] = []
    seen: set[str] = set()
    for step in plan.steps:
        if not step.id or step.id in seen:
            found.append(
                Defect(
                    "type_mismatch",
                    step.id,
                    f"the id {step.id!r} is not unique",
                    "give each step an id of its own",
                )
            )
        seen.add(step.id)
        found += step_defects(step, {id: _returns(s) for id, s in steps.items()}, allowed)
    found += _cycles(plan.steps)
    if plan.steps and (plan.answer_step is None or plan.answer_step not in steps):
        found.append(
            Defect(
                "missing_input",
                "answer_step",
                f"no step {plan.answer_step!r} to take the answer from",
                "name a step of the plan",
            )
        )
    if budget is not None:
        found += _overruns(plan, budget)
    return found


def step_defects(
    step: Step, types: Mapping[str, str | None], allowed: frozenset[str] | None = None
) -> list[Defect]:
    """Return what is wrong with one step.

    Args:
        step: The step.
        types: Step id to what it returns, None for an unknown tool.
        allowed: Tools that the request allows.
    """
    tool = REGISTRY.get(step.tool)
    found = [
        Defect(
            "missing_input",
            step.id,
            f"there is no step {id!r}",
            "insert the step that yields it, or drop the dependency",
            (id,),
        )
        for id in step.all_dependencies
        if id not in types
    ]
    if tool is None:
        known = ", ".join(sorted(REGISTRY))
        return [
            *found,
            Defect("unknown_tool", step.id, f"unknown tool {step.tool!r}", f"use one of {known}"),
        ]
    if not tool.read_only or (allowed is not None and tool.name not in allowed):
        found.append(
            Defect(
                "disallowed_tool",
                step.id,
                f"the request does not allow {tool.name}",
                "remove the step, or allow its tool",
            )
        )
    return found + _inputs(step, tool, types) + _arguments(step, tool)


def _inputs(step: Step, tool: Tool, types: Mapping[str, str | None]) -> list[Defect]:
    found = []
    if len(step.inputs) < tool.min_inputs:
        found.append(
            Defect(
                "missing_input",
                step.id,
                f"{tool.name} takes at least {tool.min_inputs} inputs, not {len(step.inputs)}",
                "insert a step that yields it",
            )
        )
    if len(step.inputs) > tool.max_inputs:
        found.append(
            Defect(
                "type_mismatch",
                step.id,
                f"{tool.name} takes at most {tool.max_inputs} inputs, not {len(step.inputs)}",
                "drop inputs",
            )
        )
    for id in step.inputs:
        given = types.get(id)
        if given is not None and tool.inputs and given not in tool.inputs:
            found.append(
                Defect(
                    "type_mismatch",
                    step.id,
                    f"{id} yields {given}, {tool.name} takes {' or '.join(tool.inputs)}",
                    "put a step between",
                    (id,),
                )
            )
    return found


def _arguments(step: Step, tool: Tool) -> list[Defect]:
    found = []
    for name in step.args:
        if tool.param(name) is None:
            known = ", ".join(param.name for param in tool.params) or "none"
            found.append(
                Defect(
                    "type_mismatch",
                    f"{step.id}.args.{name}",
                    f"{tool.name} has no argument {name!r}; it has {known}",
                    "drop it",
                )
            )
    for param in tool.params:
        where = f"{step.id}.args.{param.name}"
        if param.name not in step.args:
            if param.required:
                message = f"{tool.name} needs the argument {param.name!r}"
                found.append(Defect("missing_input", where, message, "give it"))
        elif (problem := _problem(param, step.args[param.name])) is not None:
            found.append(Defect("type_mismatch", where, problem, "correct the value"))
    if (fault := tool.fault(step.args, len(step.inputs))) is not None:
        where = step.id if fault.argument is None else f"{step.id}.args.{fault.argument}"
        found.append(Defect(fault.code, where, fault.message, fault.suggestion))
    return found


def _problem(param: Param, value: Any) -> str | None:
    match param.type:
        case "string":
            return _string_problem(param, value)
        case "strings":
            if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
                return f"{param.name} is a list of strings"
            return _range_problem(param, len(value), "entries")
        case "integer" | "number":
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole and not (param.type == "number" and isinstance(value, float)):
                return f"{param.name} is a {param.type}, not {value!r:.40}"
            if not math.isfinite(value):
                return f"{param.name} is not finite"
            return _range_problem(param, value, "")
        case "boolean":
            return None if isinstance(value, bool) else f"{param.name} is true or false"
        case "filter":
            return _filter_problem(value)
        case "object":
            return _object_problem(param, value)


def _string_problem(param: Param, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"{param.name} is a string, not {type(value).__name__}"
    if param.choices and value not in param.choices:
        return f"{param.name} is one of {', '.join(param.choices)}, not {value!r:.40}"
    return _range_problem(param, len(value.strip()), "characters")


def _range_problem(param: Param, size: float, unit: str) -> str | None:
    low = -math.inf if param.minimum is None else param.minimum
    high = math.inf if param.maximum is None else param.maximum
    if low <= size <= high:
        return None
    return f"{param.name} lies in {low:g}..{high:g} {unit}".rstrip() + f", not {size:g}"


def _filter_problem(value: Any) -> str | None:
    try:
        parse(value)
    except InvalidFilter as error:
        return f"{error.where}: {error.message}"
    return None


def _object_problem(param: Param, value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return f"{param.name} is an object"
    return None if param.problem is None else param.problem(value)


def _returns(step: Step) -> str | None:
    tool = REGISTRY.get(step.tool)
    return None if tool is None else tool.returns


def ordered(steps: Sequence[Step]) -> tuple[list[list[Step]], list[Step]]:
    """Return steps in waves that may run side by side, and those caught in cycles (Kahn 1962).

    Dependencies on steps that do not exist are left to the validator.
    """
    known = {step.id for step in steps}
    left, done, waves = list(steps), set(), []
    while left:
        wave = [s for s in left if all(d in done or d not in known for d in s.all_dependencies)]
        if not wave:
            return waves, left
        waves.append(wave)
        done |= {step.id for step in wave}
        left = [step for step in left if step not in wave]
    return waves, []


def _cycles(steps: Sequence[Step]) -> list[Defect]:
    _, caught = ordered(steps)
    if not caught:
        return []
    ids = tuple(step.id for step in caught)
    return [
        Defect(
            "cycle",
            ids[0],
            f"steps wait for each other: {', '.join(ids[:8])}",
            "drop one of the dependencies",
            ids,
        )
    ]


def critical_calls(plan: Plan) -> int:
    """Return the calls to the index on the longest chain of steps; cycles are left out."""
    longest: dict[str, int] = {}
    for wave in ordered(plan.steps)[0]:
        for step in wave:
            tool = REGISTRY.get(step.tool)
            before = max((longest.get(id, 0) for id in step.all_dependencies), default=0)
            longest[step.id] = before + (tool.calls if tool else 0)
    return max(longest.values(), default=0)


def _overruns(plan: Plan, budget: Budget) -> list[Defect]:
    tools = [tool for step in plan.steps if (tool := REGISTRY.get(step.tool))]
    sums = {
        "max_tool_calls": float(sum(tool.calls for tool in tools)),
        "max_cost": sum(tool.cost for tool in tools),
        "deadline_ms": critical_calls(plan) * MIN_CALL_MS,
    }
    return [
        Defect(
            "budget_overrun",
            f"budget.{name}",
            f"the plan needs {needed:g} of {getattr(budget, name):g}",
            "remove the steps that add the least, or raise the budget",
        )
        for name, needed in sums.items()
        if needed > getattr(budget, name) + 1e-9
    ]

"""Plans that callers send back: strict about the shape, tolerant of everything that ran."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from agents.errors import InvalidPlan
from agents.plans.plan import STEP_STATUSES, Aspect, AspectKind, Plan, Step
from agents.tools.registry import REGISTRY
from agents.usage import ResourceUsage

MAX_STEPS = 256
MAX_TEXT_CHARACTERS = 4000
MAX_DEPTH = 12


def plan_from_json(data: object, where: str = "plan") -> Plan:
    """Return the plan that decoded JSON describes; wrong content is for the validator to flag.

    Fields that an answer of ``/agents/plan`` has besides are ignored, so that the
    whole answer can be sent back.

    Raises:
        InvalidPlan: A missing or mistyped field, more than 256 steps; names the place.
    """
    body = _given(data, where)
    raw = body.get("steps", [])
    if not isinstance(raw, list) or len(raw) > MAX_STEPS:
        raise InvalidPlan(f"steps is a list of at most {MAX_STEPS}", f"{where}.steps")
    steps = tuple(_step(item, f"{where}.steps.{i}") for i, item in enumerate(raw))
    answer = body.get("answer_step")
    if answer is None and steps:
        answer = steps[-1].id
    return Plan(
        goal=_text(body.get("goal", ""), f"{where}.goal"),
        steps=steps,
        answer_step=None if answer is None else _text(answer, f"{where}.answer_step"),
        aspects=_aspects(body.get("aspects", []), f"{where}.aspects"),
        index_version=_whole(body.get("index_version", 0), f"{where}.index_version"),
        engine=_text(body.get("engine", "embedded"), f"{where}.engine"),
        seed=_whole(body.get("seed", 0), f"{where}.seed"),
    )


def _step(data: object, where: str) -> Step:
    body = _given(data, where)
    if "id" not in body or "tool" not in body:
        raise InvalidPlan("a step has an id and a tool", where)
    depends_on = _texts(body.get("depends_on", []), f"{where}.depends_on")
    name = _text(body["tool"], f"{where}.tool")
    tool = REGISTRY.get(name)
    # Without inputs of its own, a tool that needs some takes what it depends on.
    implied = depends_on if tool is not None and tool.max_inputs else ()
    inputs = body.get("inputs")
    status = body.get("status", "planned")
    if status not in STEP_STATUSES:
        raise InvalidPlan(f"status is one of {', '.join(STEP_STATUSES)}", f"{where}.status")
    error = body.get("error")
    return Step(
        id=_text(body["id"], f"{where}.id"),
        tool=name,
        args=_arguments(body.get("args", {}), f"{where}.args"),
        inputs=implied if inputs is None else _texts(inputs, f"{where}.inputs"),
        depends_on=depends_on,
        rationale=_text(body.get("rationale", ""), f"{where}.rationale"),
        status=status,
        output_ids=_texts(body.get("output_ids", []), f"{where}.output_ids"),
        usage=_usage(body.get("usage", {}), f"{where}.usage"),
        error=None if error is None else _text(error, f"{where}.error"),
    )


def _aspects(data: object, where: str) -> tuple[Aspect, ...]:
    if not isinstance(data, list) or len(data) > MAX_STEPS:
        raise InvalidPlan(f"aspects is a list of at most {MAX_STEPS}", where)
    return tuple(_aspect(item, f"{where}.{i}") for i, item in enumerate(data))


def _aspect(data: object, where: str) -> Aspect:
    body = _given(data, where)
    kind = body.get("kind", "must")
    if kind not in get_args(AspectKind):
        raise InvalidPlan(f"unknown kind {kind!r:.40}", f"{where}.kind")
    slot = body.get("slot")
    return Aspect(
        id=_text(body.get("id", ""), f"{where}.id"),
        text=_text(body.get("text", ""), f"{where}.text"),
        kind=kind,
        weight=_number(body.get("weight", 0.0), f"{where}.weight"),
        grounding=_arguments(body.get("grounding", {}), f"{where}.grounding"),
        slot=None if slot is None else _whole(slot, f"{where}.slot"),
    )


def _usage(data: object, where: str) -> ResourceUsage:
    body = _given(data, where)
    return ResourceUsage(
        nodes=_whole(body.get("nodes", 0), f"{where}.nodes"),
        tool_calls=_whole(body.get("tool_calls", 0), f"{where}.tool_calls"),
        llm_tokens=_whole(body.get("llm_tokens", 0), f"{where}.llm_tokens"),
        cost=_number(body.get("cost", 0.0), f"{where}.cost"),
    )


def _object(data: object, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidPlan(f"expected an object, not {type(data).__name__}", where)
    return data


def _given(data: object, where: str) -> Mapping[str, Any]:
    """Return the members of an object; null is the same as left out."""
    body = _object(data, where)
    return {name: value for name, value in body.items() if value is not None}


def _arguments(data: object, where: str) -> dict[str, Any]:
    body = _object(data, where)
    # Places are made up only where there is a mistake to name.
    if not _is_json(body, MAX_DEPTH):
        _check_json(body, where, MAX_DEPTH)
    return {str(key): value for key, value in body.items()}


def _is_json(value: object, depth: int) -> bool:
    if isinstance(value, Mapping | list):
        items = value.values() if isinstance(value, Mapping) else value
        return depth > 0 and all(_is_json(item, depth - 1) for item in items)
    if isinstance(value, float):
        return depth > 0 and math.isfinite(value)
    return depth > 0 and (value is None or isinstance(value, str | bool | int))


def _check_json(value: object, where: str, depth: int) -> None:
    if depth == 0:
        raise InvalidPlan(f"nested deeper than {MAX_DEPTH}", where)
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_json(item, f"{where}.{key!s:.80}", depth - 1)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            _check_json(item, f"{where}.{at}", depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidPlan("a number is finite", where)
    elif value is not None and not isinstance(value, str | bool | int | float):
        raise InvalidPlan(f"not JSON: {type(value).__name__}", where)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS:
        raise InvalidPlan(f"a string of at most {MAX_TEXT_CHARACTERS} characters", where)
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 4096:
        raise InvalidPlan("a list of strings", where)
    return tuple(_text(item, f"{where}.{i}") for i, item in enumerate(value))


def _whole(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidPlan(f"a whole number, not {value!r:.40}", where)
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidPlan(f"a finite number, not {value!r:.40}", where)
    return float(value)

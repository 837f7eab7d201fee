"""From bodies of `/agents` to orders: everything that can be checked without the index."""

from typing import Any

import orjson

from agents.budget import Budget
from agents.plans.parse import plan_from_json
from agents.reflection.request import ReflectRequest
from agents.requests import PlanRequest
from api.bodies.decoding import read_picture, refuse_picture
from api.dependencies import Context
from api.errors import BadRequest, at
from api.input_checks import check_picture
from api.plan_messages import PlanCommand, ReflectCommand
from api.schemas.agents import MAX_CONTEXT_CHARACTERS, PlanIn, ReflectIn
from reliability.deadline import left_s
from retrieval.documents import check_known_id, check_namespace

MARGIN_S = 0.25
"""Of the request's deadline, for the way back."""


async def plan_order(body: PlanIn, ctx: Context) -> PlanCommand:
    """Return the order of a plan request.

    Raises:
        AgentError, ApiError, RetrievalError: Naming what cannot be served.
    """
    _check_namespace(body.namespace, ctx)
    _check_text(body.goal, "goal", ctx.limits.max_body_bytes)
    refuse_picture(body.goal, "goal", "send it as `image_base64`")
    _check_tools(body.tools)
    _check_text(body.context, "context", MAX_CONTEXT_CHARACTERS)
    picture = None
    if body.image_base64 is not None:
        most = ctx.limits.max_picture_bytes
        picture = await read_picture(body.image_base64, "image_base64", most)
        check_picture(picture, "image_base64", ctx.limits.max_picture_bytes)
    request = PlanRequest(
        goal=body.goal,
        strategy=body.strategy,
        namespace=body.namespace,
        tools=None if body.tools is None else tuple(body.tools),
        execute=body.execute,
        limit=body.limit,
        budget=Budget.from_json(body.budget.model_dump()),
        seed=body.seed,
        context=body.context,
        picture=picture,
        memory=body.recall,
    )
    return PlanCommand(request, body.engine, "", _left_s(request.budget), body.remember)


def reflect_order(body: ReflectIn, ctx: Context) -> ReflectCommand:
    """Return the order of a reflect request.

    Raises:
        AgentError, ApiError, RetrievalError: Naming what cannot be served.
    """
    _check_namespace(body.namespace, ctx)
    _check_tools(body.tools)
    for place in ("goal", "answer", "plan"):
        _check_text(getattr(body, place), place, ctx.limits.max_body_bytes)
    ids = [item if isinstance(item, str) else item.id for item in body.results]
    request = ReflectRequest(
        goal=body.goal,
        plan=None if body.plan is None else plan_from_json(body.plan),
        answer=body.answer,
        results=tuple(check_known_id(id, f"results.{at}") for at, id in enumerate(ids)),
        namespace=body.namespace,
        max_rounds=body.max_rounds,
        quality_threshold=body.quality_threshold,
        tools=None if body.tools is None else tuple(body.tools),
        budget=Budget.from_json(body.budget.model_dump()),
        limit=body.limit,
        seed=body.seed,
    )
    return ReflectCommand(request, _left_s(request.budget), body.remember)


def _check_namespace(namespace: str, ctx: Context) -> None:
    check_namespace(namespace)
    ctx.client.check_namespace(namespace)


def _check_tools(tools: list[str] | None) -> None:
    if tools == []:
        raise BadRequest("no tool is allowed: there is nothing to plan with", None, at("tools"))


def _check_text(value: Any, place: str, most: int) -> None:
    """Refuse what is too long, or cannot be written as UTF-8 further on."""
    try:
        size = len(orjson.dumps(value))
    except orjson.JSONEncodeError:
        raise BadRequest(
            f"{place} holds half a surrogate pair", "invalid_text", at(place)
        ) from None
    if size > most:
        raise BadRequest(
            f"{place} has {size} bytes as JSON, at most {most}", "text_too_long", at(place), 413
        )


def _left_s(budget: Budget) -> float:
    """Return the seconds a run may take: its own deadline, or what the request has left."""
    longest_s = budget.deadline_ms / 1000
    return max(0.0, left_s(longest_s + MARGIN_S) - MARGIN_S)

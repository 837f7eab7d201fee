"""`POST /agents/plan`: plans over one namespace, as an answer or as a stream of events."""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import StreamingResponse

from agents.budget import Budget
from agents.planner import PlanRequest
from agents.read_goal import check_goal
from agents.strategies import check_strategy
from agents.tools import allowed_tools
from api.agent_schemas import MAX_CONTEXT_CHARACTERS, PlanIn, PlanOut
from api.decoding import picture_bytes
from api.dependencies import Context, Ctx
from api.errors import BadRequest, at
from api.event_stream import MEDIA_TYPE, EventStream
from api.plan_orders import Answer, EventBatch, PlanOrder
from api.responses import JsonResponse
from api.routes.documents import image_url
from api.routes.embed import check_picture
from reliability.deadline import left_s
from retrieval.documents import check_namespace

router = APIRouter(tags=["agents"])

EVENT_ID = re.compile(r"([0-9a-f]{1,64}):([0-9]{1,9})")
MARGIN_S = 0.25
"""Of the request's deadline, for the way back."""
LastEventId = Annotated[
    str | None, Header(description="`run:seq` of the last event that arrived: resumes after it")
]
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The plan; or, with `stream` or `Accept: text/event-stream`, its events",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@router.post("/agents/plan", response_model=PlanOut, responses=STREAMED)
async def plan(
    body: PlanIn, http: Request, ctx: Ctx, last_event_id: LastEventId = None
) -> JsonResponse | EventStream:
    """Plan a goal, carry the plan out and return the best with what it found."""
    order = _order(body, ctx)
    if last_event_id is not None:
        run_id, after = parse_event_id(last_event_id)
        return await _stream(run_id, after, ctx)
    if body.stream or MEDIA_TYPE in http.headers.get("accept", ""):
        first = await ctx.backend.start_plan(order)
        return _following(first, 0, ctx)
    answer = await ctx.backend.plan(order)
    return JsonResponse(_shown(answer, order.request.namespace))


@router.get("/agents/plan/{run_id}", response_model=PlanOut)
async def finished_plan(run_id: str, ctx: Ctx) -> JsonResponse:
    """Return the answer of a streamed run that has ended; 409 while it goes on."""
    batch, after = await ctx.backend.plan_events(run_id, "", 0, 0.0), 0
    while batch.events and not batch.finished:
        after = batch.events[-1].seq
        batch = await ctx.backend.plan_events(run_id, "", after, 0.0)
    last = batch.events[-1] if batch.events else None
    if last is None or last.name != "run.finished":
        raise BadRequest(
            "the run goes on, or failed: follow its events",
            "run_not_finished",
            at("run_id", run_id),
            409,
        )
    return JsonResponse(_shown(orjson.loads(last.data), batch.namespace))


@router.get("/agents/plan/{run_id}/events", response_class=StreamingResponse, responses=STREAMED)
async def follow_plan(run_id: str, ctx: Ctx, last_event_id: LastEventId = None) -> EventStream:
    """Follow a streamed run from its first event, or from the one after `Last-Event-ID`."""
    after = 0
    if last_event_id is not None:
        named, after = parse_event_id(last_event_id)
        if named != run_id:
            raise BadRequest(
                f"Last-Event-ID names run {named:.64}, the path {run_id:.64}",
                "invalid_event_id",
                at("header.last-event-id", last_event_id),
            )
    return await _stream(run_id, after, ctx)


def parse_event_id(value: str) -> tuple[str, int]:
    """Return the run and the number of an event.

    Raises:
        BadRequest: Not ``run:seq``.
    """
    match = EVENT_ID.fullmatch(value.strip())
    if match is None:
        raise BadRequest(
            "Last-Event-ID is `run:seq` as events carry it",
            "invalid_event_id",
            at("header.last-event-id", value),
        )
    return match[1], int(match[2])


async def _stream(run_id: str, after: int, ctx: Context) -> EventStream:
    # Asked once before the head is sent, so that an unknown run is a 404.
    first = await ctx.backend.plan_events(run_id, "", after, 0.0)
    return _following(first, after, ctx)


def _following(first: EventBatch, after: int, ctx: Context) -> EventStream:
    async def follow(seq: int, wait_s: float) -> EventBatch:
        return await ctx.backend.plan_events(first.run_id, "", seq, wait_s)

    return EventStream(first, after, follow, ctx.streams)


def _order(body: PlanIn, ctx: Context) -> PlanOrder:
    """Check everything that can be checked without the index."""
    check_namespace(body.namespace)
    ctx.client.check_namespace(body.namespace)
    check_goal(body.goal)
    check_strategy(body.strategy)
    allowed_tools(body.tools)
    if body.tools == []:
        raise BadRequest("no tool is allowed: there is nothing to plan with", None, at("tools"))
    if len(orjson.dumps(body.context)) > MAX_CONTEXT_CHARACTERS:
        raise BadRequest(
            f"context is longer than {MAX_CONTEXT_CHARACTERS} characters as JSON",
            "text_too_long",
            at("context"),
            413,
        )
    picture = None
    if body.image_base64 is not None:
        picture = picture_bytes(body.image_base64, "image_base64")
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
    )
    longest_s = request.budget.deadline_ms / 1000
    return PlanOrder(request, body.engine, left_s=max(0.0, left_s(longest_s + MARGIN_S) - MARGIN_S))


def _shown(answer: Answer, namespace: str) -> Answer:
    """Add to each result where its picture is, as search does."""
    for result in answer["results"]:
        has_picture = result.get("modality") == "IMAGE"
        result["image_url"] = image_url(namespace, result["id"]) if has_picture else None
    return answer

"""`/agents`: plans over one namespace, as an answer or as a stream of events, and reflection."""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import StreamingResponse

from api.agent_requests import plan_order, reflect_order
from api.answers.links import image_url
from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Context, Ctx
from api.errors import BadRequest, at
from api.event_stream import MEDIA_TYPE, EventStream
from api.middleware.metering import estimated_j, record_work
from api.plan_messages import AnswerBody, EventBatch
from api.schemas.agents import PlanIn, PlanOut, ReflectIn, ReflectOut

router = APIRouter(tags=["agents"], route_class=BodyRoute)

EVENT_ID = re.compile(r"([0-9a-f]{1,64}):([0-9]{1,9})")
LastEventId = Annotated[
    str | None,
    Header(
        description="`run:seq` of the last event that arrived: resumes after it",
        json_schema_extra={"pattern": f"^{EVENT_ID.pattern}$"},
    ),
]
EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["data"],
}
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The plan; or, with `stream` or `Accept: text/event-stream`, its events",
        "content": {MEDIA_TYPE: {"schema": EVENT}},
    }
}


@router.post("/agents/plan", response_model=PlanOut, responses={**STREAMED, **refusals(404, 409)})
async def plan(
    body: PlanIn, http: Request, ctx: Ctx, last_event_id: LastEventId = None
) -> JsonResponse | EventStream:
    """Plan a goal, carry the plan out and return the best with what it found."""
    order = await plan_order(body, ctx)
    if last_event_id is not None:
        run_id, after = parse_event_id(last_event_id)
        return await _stream(run_id, after, ctx)
    if body.stream or MEDIA_TYPE in http.headers.get("accept", ""):
        first = await ctx.backend.start_plan(order)
        return _following(first, 0, ctx)
    answer = await ctx.backend.plan(order)
    _metered(answer, str(answer["strategy"]))
    return JsonResponse(_shown(answer, order.request.namespace))


@router.post("/agents/reflect", response_model=ReflectOut, responses=refusals(404, 409))
async def reflect(body: ReflectIn, ctx: Ctx) -> JsonResponse:
    """Judge a plan, an answer or results against a goal, and revise what can be revised."""
    order = reflect_order(body, ctx)
    answer = await ctx.backend.reflect(order)
    _metered(answer, "reflection")
    return JsonResponse(_shown(answer, order.request.namespace))


@router.get("/agents/plan/{run_id}", response_model=PlanOut, responses=refusals(404, 409))
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


@router.get(
    "/agents/plan/{run_id}/events",
    response_class=StreamingResponse,
    responses={**STREAMED, **refusals(404)},
)
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


def _metered(answer: AnswerBody, kind: str) -> None:
    """Tell the run's joules: what it caused in every deployment, by its thoughts and calls."""
    usage = answer["usage"]
    record_work(kind, usage.get("nodes", 0) + usage.get("tool_calls", 0))
    usage["energy_j"] = estimated_j()


def _shown(answer: AnswerBody, namespace: str) -> AnswerBody:
    """Add to each result where its picture is, as search does."""
    for result in answer["results"]:
        has_picture = result.get("modality") == "IMAGE"
        result["image_url"] = image_url(namespace, result["id"]) if has_picture else None
    return answer

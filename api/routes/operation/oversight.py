"""`GET /limits` and `GET /logs/{request_id}`: what an administrator looks at when one asks why."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from api.answers.responses import JsonResponse, refusals
from api.bodies.strict_route import StrictRoute
from api.dependencies import Ctx
from api.schemas.operation.oversight import LimitsOut, LogLinesOut

router = APIRouter(tags=["operation"], route_class=StrictRoute)

NOT_LISTED = {
    "code": "not_listed",
    "message": "the buckets are kept in Redis, which several services may share: ask Redis",
    "where": "limits",
}


@router.get("/limits", response_model=LimitsOut, responses=refusals(503))
async def limits(ctx: Ctx) -> JsonResponse:
    """Tell what clients have left of their limits, those first that asked last.

    A client whose bucket is full again is not in the list.
    """
    told = await ctx.backend.limits()
    if told is None:
        return JsonResponse({"limits": [], "total": 0, "replicas": None, "warnings": [NOT_LISTED]})
    rows, warnings = [asdict(each) for each in told.holdings], []
    if told.kept > len(rows):
        message = f"{told.kept - len(rows)} further buckets are left out, not asked for lately"
        warnings.append({"code": "truncated", "message": message, "where": "limits"})
    return JsonResponse(
        {"limits": rows, "total": told.kept, "replicas": told.replicas, "warnings": warnings}
    )


@router.get("/logs/{request_id}", response_model=LogLinesOut, responses=refusals(503))
async def log_lines(
    ctx: Ctx, request_id: Annotated[str, Path(min_length=1, max_length=128)]
) -> JsonResponse:
    """Return the log lines of one request, whichever deployment and node wrote them.

    By its `X-Request-ID` or its trace's id. Looking is recorded in the audit log. Lines of calls
    are written once a second; what was rotated away is gone.
    """
    told = await ctx.backend.log_lines(request_id)
    warnings = []
    if told.left_out:
        message = f"{told.left_out} files or lines are left out: too much to look through"
        warnings.append({"code": "truncated", "message": message, "where": "lines"})
    if not told.lines:
        message = f"no line of it in {told.files} files of {told.nodes} nodes"
        warnings.append({"code": "no_lines", "message": message, "where": "lines"})
    lines = [
        {
            "at": str(line.get("timestamp", "")),
            "component": str(line.get("component", "")),
            "replica": str(line.get("replica", "")),
            "level": str(line.get("level", "")),
            "event": str(line.get("event", "")),
            "fields": {name: value for name, value in line.items() if name not in SAID},
        }
        for line in told.lines
    ]
    return JsonResponse({"lines": lines, "nodes": told.nodes, "warnings": warnings})


SAID = frozenset({"timestamp", "component", "replica", "level", "event"})

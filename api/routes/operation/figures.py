"""`GET /metrics`, `/slo`, `/slo/history`: numbers over all replicas, true or not told."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from api.answers.compressed import accepts_gzip
from api.answers.responses import JsonResponse, refusals
from api.backend import Backend
from api.bodies.strict_route import StrictRoute
from api.dependencies import Shared
from api.schemas.operation.slo import SloHistory, SloReport
from reliability.slo.history import HistoryWindow
from telemetry.exposition import CONTENT_TYPE

router = APIRouter(tags=["figures"], route_class=StrictRoute)

TEXT = {
    200: {
        "description": "Prometheus text, format 0.0.4; every name begins with `brainwav_`",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@router.get("/metrics", response_class=PlainTextResponse, responses={**TEXT, **refusals(503)})
async def metrics(request: Request) -> Response:
    """Return the metrics, compressed for who asks for gzip, as Prometheus does.

    503 where the hub cannot be reached, never one replica's numbers.
    """
    # The backend says how long a text holds: one kept longer would show totals that fall.
    shared: Shared = request.app.state.shared
    text = await shared.backend.metrics_text()
    headers = {"Vary": "Accept-Encoding"}
    if accepts_gzip(request.headers.get("Accept-Encoding")):
        headers["Content-Encoding"] = "gzip"
        text = shared.metrics.of(text)
    return Response(text, headers=headers, media_type=CONTENT_TYPE)


@router.get("/slo", response_model=SloReport, responses=refusals(503))
async def slo(request: Request) -> JsonResponse:
    """Report latency, error rate, budget and burn rates of every route with an objective."""
    backend: Backend = request.app.state.shared.backend
    return JsonResponse(await backend.slo())


@router.get("/slo/history", response_model=SloHistory, responses=refusals(503))
async def slo_history(
    request: Request,
    over: Annotated[
        HistoryWindow, Query(description="By minute up to `2h`, by hour beyond", examples=["1h"])
    ] = "1h",
) -> JsonResponse:
    """Tell how many requests each route had, and how long they took, minute by minute."""
    backend: Backend = request.app.state.shared.backend
    return JsonResponse(await backend.slo_history(over))

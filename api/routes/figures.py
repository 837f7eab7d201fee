"""`GET /metrics` and `/slo`: numbers of the whole service, true over all replicas or not told."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from api.backend import Backend
from api.freshness import Fresh
from api.responses import JsonResponse, refusals
from api.slo_schemas import SloReport
from telemetry.exposition import CONTENT_TYPE

router = APIRouter(tags=["figures"])

FRESH_S = 1.0
STALE_S = 2.0
"""Replicas push every second: nothing is won by asking more often."""
TEXT = {
    200: {
        "description": "Prometheus text, format 0.0.4; every name begins with `brainwav_`",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


class Figures:
    """What the hub told last; many scrapers cost it one question a second."""

    def __init__(self, backend: Backend) -> None:
        self.text = Fresh(backend.metrics_text, FRESH_S, STALE_S)
        self.slo = Fresh(backend.slo, FRESH_S, STALE_S)


@router.get("/metrics", response_class=PlainTextResponse, responses={**TEXT, **refusals(503)})
async def metrics(request: Request) -> Response:
    """Return the metrics; 503 where the hub cannot be reached, never one replica's numbers."""
    figures: Figures = request.app.state.figures
    return Response(await figures.text.get(), media_type=CONTENT_TYPE)


@router.get("/slo", response_model=SloReport, responses=refusals(503))
async def slo(request: Request) -> JsonResponse:
    """Report latency, error rate, budget and burn rates of every route with an objective."""
    figures: Figures = request.app.state.figures
    return JsonResponse(await figures.slo.get())

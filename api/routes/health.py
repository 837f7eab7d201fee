"""`GET /health`, `/health/ready` and `/health/live`: what was used just now and how it went."""

import asyncio
import time
from collections.abc import Sequence

from fastapi import APIRouter, Request

from api.backend import Backend, ComponentHealth
from api.dependencies import Ctx
from api.responses import JsonResponse
from api.schemas import Alive, Health, NotReady, Ready

router = APIRouter(tags=["health"])

FRESH_S = 1.0
"""A verdict is kept this long, so that probing is cheap however many probe."""


class HealthCache:
    """The last verdict of all components; callers that come together share one check."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = asyncio.Lock()
        self._checked_s = float("-inf")
        self._components: Sequence[ComponentHealth] = ()

    async def components(self) -> Sequence[ComponentHealth]:
        """Return what each component answered, at most ``FRESH_S`` ago."""
        async with self._lock:
            if time.monotonic() - self._checked_s > FRESH_S:
                self._components = await self._backend.components()
                self._checked_s = time.monotonic()
            return self._components


@router.get("/health", response_model=Health)
async def health(request: Request, ctx: Ctx) -> JsonResponse:
    """Say how every component answered when it was really used; details need an unbound key."""
    components = await _cache(request).components()
    healthy = all(component.healthy for component in components)
    # Details count what others own too.
    sees_details = ctx.client.namespaces is None
    content = {
        "status": "healthy" if healthy else "degraded",
        "components": {
            component.name: {
                "healthy": component.healthy,
                "latency_ms": round(component.latency_ms, 3),
                **(component.detail if sees_details else {}),
            }
            for component in components
        },
    }
    return JsonResponse(content, 200)


@router.get("/health/ready", response_model=Ready, responses={503: {"model": NotReady}})
async def ready(request: Request, ctx: Ctx) -> JsonResponse:
    """200 when requests can be served, else 503 with the components that are missing."""
    components = await _cache(request).components()
    missing = [component.name for component in components if not component.healthy]
    if missing:
        content = {"status": "not_ready", "missing": missing}
        return JsonResponse(content, 503, {"Retry-After": "2"})
    return JsonResponse({"status": "ready"})


@router.get("/health/live", response_model=Alive)
async def live() -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


def _cache(request: Request) -> HealthCache:
    return request.app.state.health

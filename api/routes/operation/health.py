"""`GET /health`, `/health/ready` and `/health/live`: what was used just now and how it went."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request

from api.answers.freshness import Fresh
from api.answers.responses import JsonResponse
from api.backend import Backend
from api.bodies.strict_route import StrictRoute
from api.dependencies import Ctx
from api.operator_backend import ComponentHealth
from api.schemas.operation.health import Alive, Health, NotReady, Ready
from telemetry.logs import get_logger
from telemetry.registry import Registry

router = APIRouter(tags=["health"], route_class=StrictRoute)

FRESH_S = 1.0
"""Every component is used for real once in so long, however many probe."""
STALE_S = 3.0
"""An older verdict is not told: the prober waits for a new one."""
log = get_logger()


@dataclass(frozen=True, slots=True)
class Round:
    """What components answered."""

    as_of: float
    """Unix time at which it began."""
    components: Sequence[ComponentHealth]


class HealthCache:
    """The last verdict of all components, made anew in the background.

    Args:
        backend: Uses the components.
        registry: Keeps how long each took and whether it answered.
    """

    def __init__(self, backend: Backend, registry: Registry) -> None:
        self.draining = False
        """True from the moment this replica is told to stop: readiness falls first."""
        self._registry = registry
        self._needed = Fresh(lambda: self._check(backend.needed_components), FRESH_S, STALE_S)
        self._others = Fresh(lambda: self._check(backend.other_components), FRESH_S, STALE_S)
        self._healthy: dict[str, bool] = {}

    async def needed(self) -> Round:
        """Return what those answered that every request needs, at most ``STALE_S`` ago.

        The others are looked at as well, and nobody waits for them: in a rollout one that is
        being replaced answers after seconds.
        """
        self._others.look()
        return await self._needed.get()

    async def all(self) -> Round:
        """Return what each component answered, at most ``STALE_S`` ago."""
        needed, others = await asyncio.gather(self._needed.get(), self._others.get())
        return Round(min(needed.as_of, others.as_of), (*needed.components, *others.components))

    def forget(self) -> None:
        """Have the next prober wait for a new verdict."""
        self._needed.forget()
        self._others.forget()

    async def _check(self, use: Callable[[], Awaitable[Sequence[ComponentHealth]]]) -> Round:
        began = time.time()
        components = await use()
        for component in components:
            self._note(component)
        return Round(began, components)

    def _note(self, component: ComponentHealth) -> None:
        name, registry = component.name, self._registry
        took_s = component.latency_ms / 1000
        registry.observe("brainwav_health_check_duration_seconds", name, value=took_s)
        registry.set("brainwav_component_status", name, to=float(component.healthy))
        if self._healthy.get(name, True) != component.healthy:
            tell = log.info if component.healthy else log.error
            tell("health.changed", component=name, healthy=component.healthy, **component.detail)
        self._healthy[name] = component.healthy


@router.get("/health", response_model=Health)
async def health(request: Request, ctx: Ctx) -> JsonResponse:
    """Say how every component answered when it was really used; details need an unbound key."""
    cache = _cache(request)
    found = await cache.all()
    healthy = all(component.healthy for component in found.components)
    # Details count what others own too.
    sees_details = ctx.client.namespaces is None
    content = {
        "status": "healthy" if healthy else "degraded",
        "as_of": round(found.as_of, 3),
        "components": {
            component.name: {
                "healthy": component.healthy,
                "latency_ms": round(component.latency_ms, 3),
                **(component.detail if sees_details else {}),
            }
            for component in found.components
        },
    }
    return JsonResponse(content, 200)


@router.get("/health/ready", response_model=Ready, responses={503: {"model": NotReady}})
async def ready(request: Request, ctx: Ctx) -> JsonResponse:
    """200 when requests can be served, else 503 with what is missing of that which all need.

    Replicas share the other components: sending requests elsewhere would help none of them.
    """
    cache = _cache(request)
    missing = [c.name for c in (await cache.needed()).components if not c.healthy]
    missing += ["draining"] if cache.draining else []
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

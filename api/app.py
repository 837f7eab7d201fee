"""The HTTP application over any backend: the same one on a replica and under a test client."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import Receive, Scope, Send

from api import errors
from api.backend import Backend
from api.body_limit import BodyLimitMiddleware
from api.dependencies import Context
from api.limits import RequestLimits
from api.request_id import RequestIdMiddleware
from api.routes import documents, embed, health, openai, search
from api.routes.health import HealthCache
from api.schemas import ErrorOut

VERSION = "0.1.0"
DESCRIPTION = (
    "Embeds pictures and text with CLIP and searches them by keyword and by meaning. "
    "Every error has one shape; every response carries X-Request-ID."
)


class Service:
    """The application with its request ids outermost, so that even a 500 carries one."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._asgi = RequestIdMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._asgi(scope, receive, send)

    def set_limits(self, limits: RequestLimits) -> None:
        """Change what the next requests may hold."""
        self.app.state.context.limits = limits


def build_app(backend: Backend, limits: RequestLimits) -> Service:
    """Return the ASGI application."""
    app = FastAPIOffline(
        title="brAInwav Serve",
        version=VERSION,
        description=DESCRIPTION,
        redoc_url=None,
        responses={"4XX": {"model": ErrorOut}, "5XX": {"model": ErrorOut}},
    )
    app.state.context = Context(backend, limits)
    app.state.health = HealthCache(backend)
    app.add_middleware(
        BodyLimitMiddleware, max_body_bytes=lambda: app.state.context.limits.max_body_bytes
    )
    errors.install(app)
    for module in (embed, openai, documents, search, health):
        app.include_router(module.router)
    return Service(app)

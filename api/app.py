"""The HTTP application over any backend: the same one on a replica and under a test client."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.admission import AdmissionMiddleware, Guard
from api.access.hosts import HostMiddleware, KnownHosts
from api.access.origins import OriginMiddleware, listed_origins
from api.access.rate_settings import Overload
from api.access.route_templates import RouteTemplates
from api.answers import warnings
from api.answers.errors import install
from api.audit import AuditMiddleware
from api.backend import Backend
from api.bodies.account import BodyAccount
from api.bodies.body_limit import BodyLimitMiddleware
from api.bodies.body_pace import BodyPaceMiddleware
from api.bodies.content_encoding import ContentEncodingMiddleware
from api.bodies.limits import RequestLimits
from api.bodies.picture_urls import PictureFetcher
from api.bodies.reading_turns import ReadingTurns
from api.dependencies import Shared
from api.event_stream import StreamBounds
from api.idempotency import BodyDigestMiddleware
from api.middleware.compression import CompressionMiddleware
from api.middleware.cross_origin import CrossOriginMiddleware
from api.middleware.hang_ups import HangUpMiddleware
from api.middleware.head_requests import HeadMiddleware
from api.middleware.metering import Energy, HeaderEstimates, MeteringMiddleware
from api.middleware.observation import ObservationMiddleware, Observer
from api.middleware.relative_location import RelativeLocationMiddleware
from api.middleware.security_headers import SecurityHeadersMiddleware
from api.openapi import ApiDocument
from api.request_id import RequestIdMiddleware
from api.routes import (
    agents,
    changes,
    console,
    documents,
    embed,
    jobs,
    namespace_settings,
    namespaces,
    openai,
    pictures,
    rank,
    search,
    suggest,
)
from api.routes.operation import audit, figures, health, oversight, sustainability
from api.routes.operation.health import HealthCache
from api.schemas.errors import ErrorOut
from api.uploads.uploaded_files import PlainReader, TextReader
from api.version import VERSION

DESCRIPTION = (
    "Embeds pictures and text with CLIP, searches them by keyword and by meaning, and plans "
    "searches that need several steps. "
    "Every error has one shape; every response carries X-Request-ID. Null for an optional member "
    "is the same as leaving it out; HEAD is answered wherever GET is."
)
ROUTES = (
    embed,
    search,
    suggest,
    openai,
    rank,
    documents,
    pictures,
    changes,
    namespaces,
    namespace_settings,
    jobs,
    agents,
    sustainability,
    audit,
    oversight,
    health,
    figures,
    console,
)
"""In the order in which a request is compared with them: those that are asked most come first."""
ENERGY_HEADERS = ("X-Energy-Joules", "X-Carbon-Grams")
RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


class HttpApplication:
    """The application behind its door; request ids are outermost, so that even a 500 has one."""

    def __init__(
        self,
        app: FastAPI,
        guard: Guard | None,
        cors_origins: Sequence[str],
        observer: Observer,
        energy: Energy | None,
        hosts: KnownHosts | None,
    ) -> None:
        self.app = app
        self.guard = guard
        # Unpacked outside of what digests a body: gzip writes the time into it.
        packed = HeadMiddleware(CompressionMiddleware(app))
        unpacked = ContentEncodingMiddleware(BodyDigestMiddleware(packed))
        inner: ASGIApp = AuditMiddleware(unpacked, app.state.shared.backend)
        if energy is not None:
            inner = MeteringMiddleware(inner, energy)
        if guard is not None:
            inner = AdmissionMiddleware(inner, guard)
        listed = listed_origins(cors_origins)
        if listed:
            # Outside of admission: a preflight carries no key.
            told = [*RATE_HEADERS, *ENERGY_HEADERS, warnings.HEADER]
            inner = CrossOriginMiddleware(inner, listed, told)
        inner = OriginMiddleware(inner, listed)
        if hosts is not None:
            inner = HostMiddleware(inner, hosts, guard and guard.identity)
        inner = SecurityHeadersMiddleware(RelativeLocationMiddleware(inner))
        own = [route for module in ROUTES for route in module.router.routes]
        templates = RouteTemplates([*app.routes, *own])
        observed = ObservationMiddleware(inner, observer, templates)
        self._asgi = HangUpMiddleware(RequestIdMiddleware(observed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._asgi(scope, receive, send)

    @property
    def bodies(self) -> BodyAccount:
        """Return the account of the bodies in flight."""
        return self.app.state.shared.bodies

    @property
    def reading_turns(self) -> ReadingTurns:
        """In which large bodies are read."""
        return self.app.state.shared.turns

    def set_limits(self, limits: RequestLimits) -> None:
        """Change what the next requests may hold."""
        self.app.state.shared.limits = limits

    def set_model_aliases(self, aliases: Mapping[str, str]) -> None:
        """Change by which other names the served models are asked for."""
        self.app.state.shared.model_aliases = aliases

    def drain(self) -> None:
        """Say from now on that this replica is not ready, while it still answers."""
        self.app.state.health.draining = True

    def set_streams(self, streams: StreamBounds) -> None:
        """Change the bounds of the streams that begin next."""
        self.app.state.shared.streams = streams


def build_app(
    backend: Backend,
    limits: RequestLimits,
    guard: Guard | None = None,
    cors_origins: Sequence[str] = (),
    observer: Observer | None = None,
    energy: Energy | None = None,
    hosts: KnownHosts | None = None,
    reader: TextReader | None = None,
) -> HttpApplication:
    """Return the ASGI application.

    Without a guard everybody may do everything, without ``energy`` nothing is metered, without
    ``hosts`` every Host is answered, and without a reader no file's text is read.
    """
    observer = observer or Observer(meter=HeaderEstimates())
    app = FastAPIOffline(
        title="brAInwav Serve",
        version=VERSION,
        description=DESCRIPTION,
        redoc_url=None,
        # It would lead to http://<Host>/…: in clear behind TLS, and to whatever host was named.
        redirect_slashes=False,
        # Generated clients name their functions so.
        generate_unique_id_function=lambda route: route.name,
        # Whatever its host: a document that names one is wrong behind a proxy.
        servers=[{"url": "/", "description": "This service"}],
        # Named only so that its schema is in the document; api.openapi states each status.
        responses={"default": {"model": ErrorOut}},
    )
    app.state.shared = Shared(backend, limits, PictureFetcher(), reader=reader or PlainReader())
    app.state.health = HealthCache(backend, observer.registry)

    def overload() -> Overload:
        return guard.overload if guard else Overload()

    app.add_middleware(
        BodyLimitMiddleware,
        limits=lambda: app.state.shared.limits,
        overload=overload,
        account=app.state.shared.bodies,
    )
    app.add_middleware(BodyPaceMiddleware, overload=overload)
    install(app)
    for module in ROUTES:
        app.include_router(module.router)
    app.openapi = ApiDocument(  # type: ignore[method-assign]
        app,
        lambda: (app.state.shared.limits, guard.rates if guard else None),
        guard is not None and guard.identity.needs_key,
    )
    return HttpApplication(app, guard, cors_origins, observer, energy, hosts)

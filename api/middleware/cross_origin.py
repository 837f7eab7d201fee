"""What browsers are told of listed origins; what they may not do is an error in the one shape."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers.errors import response
from api.errors import BadRequest

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "Last-Event-ID",
    "X-API-Key",
    "X-Request-Deadline-Ms",
    "X-Request-ID",
)
"""Fields that pages may send."""
READ = (
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "Retry-After",
    "Server-Timing",
    "X-Brainwav-Warnings",
    "X-Request-ID",
)
"""Fields that pages may read, besides those of the routes."""


class CrossOriginMiddleware(CORSMiddleware):
    """Starlette's, for origins that were found listed."""

    def __init__(self, app: ASGIApp, origins: Sequence[str], read: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=[*READ, *read],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = Headers(scope=scope)
            if "origin" in headers and "access-control-request-method" in headers:
                answer = self._preflight(scope, headers)
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def _preflight(self, scope: Scope, headers: Headers) -> Response:
        answer = self.preflight_response(headers)
        if answer.status_code == 200:
            return answer
        # A plain text that names what was not allowed.
        refusal = response(Request(scope), BadRequest(bytes(answer.body).decode(), status=400))
        for name, value in answer.headers.items():
            refusal.headers.setdefault(name, value)
        return refusal

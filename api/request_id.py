"""Every response carries ``X-Request-ID``: the caller's if it is well-formed, else a new one."""

import re
import uuid
from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.serve_answers import ServeAnswersMiddleware, install_protocol

HEADER = b"x-request-id"
WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def request_id_of(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the caller's request id, or a new one where it sent none that is well-formed.

    Of two that differ neither is the caller's.
    """
    sent = {value for name, value in headers if name == HEADER}
    if len(sent) == 1 and WELL_FORMED.fullmatch(value := sent.pop()):
        return value.decode("ascii")
    return uuid.uuid4().hex


class RequestIdMiddleware:
    """Puts one id into the request's headers and state and into the response's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"])
        named = (HEADER, request_id.encode("ascii"))
        scope["headers"] = [*_without_id(scope["headers"]), named]
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_without_id(message["headers"]), named]
            await send(message)

        await self._app(scope, receive, send_with_id)


def middlewares() -> list[Middleware]:
    """Return what goes round Serve's own handling of a request.

    Named to Serve by ``RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH``, see
    ``deployments.local.environment``.
    """
    # Serve asks right before it starts its server.
    install_protocol()
    # The last is the outermost.
    return [Middleware(ServeAnswersMiddleware), Middleware(RequestIdMiddleware)]


def _without_id(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() != HEADER]

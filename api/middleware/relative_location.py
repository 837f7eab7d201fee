"""Redirects lead to a path, never to a host: behind TLS we would send people out into the clear."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RelativeLocationMiddleware:
    """Takes scheme and host out of every `Location`.

    A framework makes them of the Host that the client sent, and of our own scheme, which is not
    the one outside. This service never sends anybody elsewhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_relative(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_relative(*header) for header in message["headers"]]
            await send(message)

        await self._app(scope, receive, send_relative)


def _relative(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() != b"location":
        return name, value
    parts = urlsplit(value.decode("latin-1"))
    path = "/" + parts.path.lstrip("/") if parts.netloc or parts.scheme else parts.path
    if path.startswith("//"):
        # Browsers read that as a host.
        path = "/" + path.lstrip("/")
    return name, parts._replace(scheme="", netloc="", path=path).geturl().encode("latin-1")

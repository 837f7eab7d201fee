"""Large answers in JSON travel as gzip to whoever takes it."""

import asyncio
import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers.compressed import LEVEL, accepts_gzip

LEAST_BYTES = 16 * 1024
"""Smaller ones fit a few packets: packing them takes longer than sending them."""
OF_VECTORS = ("/embed", "/v1/embeddings")
"""Routes whose answers stay as they are: digits that look random become half as long, and packing
them takes as long as encoding a few texts."""


class CompressionMiddleware:
    """Packs answers that come in one piece.

    Those with an `ETag` stay as they are: a strong tag names the bytes that are sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OF_VECTORS):
            await self._app(scope, receive, send)
            return
        accepts = accepts_gzip(Headers(scope=scope).get("accept-encoding"))
        start: Message | None = None

        async def send_packed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_json(message):
                start = message
                return
            if start is not None:
                head, start = start, None
                message = await _packed(head, message, accepts)
                await send(head)
            await send(message)

        await self._app(scope, receive, send_packed)


def _is_json(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return (
        headers.get("content-type", "").startswith("application/json")
        and "content-encoding" not in headers
        and "etag" not in headers
    )


async def _packed(start: Message, message: Message, accepts: bool) -> Message:
    """Return the body, packed where that is worth it; its head says so."""
    body = message.get("body", b"")
    if message.get("more_body") or len(body) < LEAST_BYTES:
        return message
    headers = MutableHeaders(raw=start["headers"])
    headers.add_vary_header("Accept-Encoding")
    start["headers"] = headers.raw
    if not accepts:
        return message
    # On a thread: packing lets go of the interpreter's lock.
    packed = await asyncio.to_thread(gzip.compress, body, LEVEL)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(packed))
    start["headers"] = headers.raw
    return {**message, "body": packed}

"""What Serve and uvicorn answer by themselves, on a replica's own port, gets the one error shape.

Serve refuses for back-pressure, timeouts and paths outside of the application in plain text,
uvicorn what its parser cannot read and what Serve's own handling fails at.
"""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.answers.errors import CODE_BY_STATUS, body
from api.answers.responses import JsonResponse
from telemetry.logs import get_logger

log = get_logger()

SERVES_OWN = "/-/"
"""Serve's endpoints; HAProxy reads their answers."""
OF_SERVE = frozenset(
    {
        b"x-request-timeout-seconds",
        b"x-request-disconnect-disabled",
        b"x-session-id",
        b"serve-multiplexed-model-id",
    }
)
"""Written with `-` or `_`. By these fields clients would change how Serve handles a request, or
make it fail: it decodes them as UTF-8 without a look."""
HEAD_S = 10.0
"""A connection that has not sent a request after so long is closed; HAProxy sends one at once."""


class ServeAnswersMiddleware:
    """Goes round Serve's handling, inside of the request id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(SERVES_OWN):
            await self._app(scope, receive, send)
            return
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name.replace(b"_", b"-") not in OF_SERVE
        ]
        answer = _Answer({**scope, "headers": headers}, receive, send)
        try:
            await self._app(answer.scope, receive, answer.send)
        except Exception as error:
            if answer.started:
                raise
            log.error("request.failed", exc_info=error)
            await answer.refuse(500, "an unexpected error; the log has its trace", {})


class _Answer:
    """Holds a plain error back until its text is whole."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.started = False
        self._receive = receive
        self._send = send
        self._held: Message | None = None
        self._text = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_plain_error(message):
            self._held = message
        elif self._held is not None and message["type"] == "http.response.body":
            self._text += message.get("body", b"")
            if not message.get("more_body"):
                wait = {n: v for n, v in _headers(self._held).items() if n == "retry-after"}
                await self.refuse(self._held["status"], self._text.decode(errors="replace"), wait)
        else:
            self.started = True
            await self._send(message)

    async def refuse(self, status: int, message: str, headers: dict[str, str]) -> None:
        self.started = True
        other = "invalid_request" if status < 500 else "internal_error"
        code = CODE_BY_STATUS.get(status, other)
        content = body(Request(self.scope), code, message)
        await JsonResponse(content, status, headers)(self.scope, self._receive, self._send)


def _is_plain_error(message: Message) -> bool:
    kind = _headers(message).get("content-type", "text/plain")
    return message["status"] >= 400 and kind.startswith("text/plain")


def _headers(message: Message) -> dict[str, str]:
    return {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in message["headers"]}


class OneShapeProtocol(HttpToolsProtocol):
    """uvicorn's, with its one error in our shape and no patience for the silent."""

    _silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the time within which a request must begin."""
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._silent = loop.call_later(HEAD_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._heard()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """A request has begun."""
        self._heard()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Say what uvicorn says, without an id since none could be read."""
        text = (
            f'{{"error":{{"code":"invalid_request","message":"brAInwav: {msg}",'
            '"request_id":"","details":{}}}'
        ).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(text)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + text)
        self.transport.close()

    def _heard(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None


def install_protocol() -> None:
    """Have uvicorn speak by it in this process, where nobody chose another protocol."""
    HTTP_PROTOCOLS["auto"] = f"{__name__}:OneShapeProtocol"

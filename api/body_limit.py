"""A request's body is capped while it is read, and all bodies that are read at once together.

Caps may change while running.
"""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimitMiddleware:
    """Answers 413 as soon as the declared or received length passes the cap.

    503 when all bodies of this replica together would pass theirs: so many requests may run
    because most are small, and memory must not depend on that.
    """

    def __init__(
        self, app: ASGIApp, max_body_bytes: Callable[[], int], max_bytes_at_once: Callable[[], int]
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._max_bytes_at_once = max_bytes_at_once
        self.held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._max_body_bytes()
        declared = _declared_bytes(scope)
        received = 0

        async def capped_receive() -> Message:
            nonlocal received
            if declared > most:
                raise _too_large(declared, most)
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self.held_bytes += size
            if received > most:
                raise _too_large(received, most)
            if self.held_bytes > max(most, self._max_bytes_at_once()):
                raise HTTPException(
                    503, "too many large bodies are being read; try again shortly", NO_ROOM
                )
            return message

        try:
            await self._app(scope, capped_receive, send)
        finally:
            self.held_bytes -= received


NO_ROOM = {"Retry-After": "1"}


def _declared_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _too_large(size: int, most: int) -> HTTPException:
    return HTTPException(413, f"the body has {size} bytes or more, at most {most} are allowed")

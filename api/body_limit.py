"""A request's body is capped while it is read, not after; the cap may change while running."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimitMiddleware:
    """Answers 413 as soon as the declared or received length passes the cap."""

    def __init__(self, app: ASGIApp, max_body_bytes: Callable[[], int]) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

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
            received += len(message.get("body", b""))
            if received > most:
                raise _too_large(received, most)
            return message

        await self._app(scope, capped_receive, send)


def _declared_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _too_large(size: int, most: int) -> HTTPException:
    return HTTPException(413, f"the body has {size} bytes or more, at most {most} are allowed")

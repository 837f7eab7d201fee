"""A body must keep coming: a client that dribbles holds a place others could use."""

import asyncio
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.rate_settings import Overload


class BodyPaceMiddleware:
    """Answers 408 when a body pauses too long or takes too long in all."""

    def __init__(self, app: ASGIApp, overload: Callable[[], Overload]) -> None:
        self._app = app
        self._overload = overload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bounds = self._overload()
        ends_s = time.monotonic() + bounds.body_deadline_s
        complete = False

        async def paced_receive() -> Message:
            nonlocal complete
            if complete:
                # What comes now is the disconnect, which may take as long as the answer.
                return await receive()
            wait_s = min(bounds.body_pause_s, ends_s - time.monotonic())
            try:
                async with asyncio.timeout(wait_s):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408,
                    f"the body paused for {bounds.body_pause_s:g} s or took more than "
                    f"{bounds.body_deadline_s:g} s",
                    {"Connection": "close"},
                ) from None
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, paced_receive, send)

"""`HEAD` wherever `GET`: the same answer without its body.

A stream ends with its head: whoever asks for it so does not follow it.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Asks the routes for what GET would answer, and sends its head."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        sent = False

        async def send_head(message: Message) -> None:
            nonlocal sent
            if message["type"] != "http.response.body":
                await send(message)
                return
            if not sent:
                sent = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            if message.get("more_body", False):
                raise _HeadSent

        try:
            await self._app({**scope, "method": "GET"}, receive, send_head)
        except _HeadSent:
            return


class _HeadSent(Exception):
    """Nothing that follows is wanted."""

"""Work ends when its caller hangs up, without reading more of a body than was asked for.

Serve can do this itself, but then it reads a whole body into a queue without bounds, as fast as it
comes, whatever the application takes of it: sixteen bodies of 64 MiB were a gigabyte. HAProxy
tells it not to (``deployments.haproxy.connection_rules``), and this takes its place.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

AFTER_S = 0.1
"""Most requests are answered sooner and need no watch."""
GONE: Message = {"type": "http.disconnect"}


class HangUpMiddleware:
    """Cancels the application when the client has gone before the answer was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(scope, receive, send)
        try:
            await self._app(scope, watch.receive, watch.send)
        except asyncio.CancelledError:
            if not watch.has_cancelled or watch.work.uncancel():
                # Somebody else wants this to end as well.
                raise
        finally:
            watch.end()


class _Watch:
    """One request's: who receives, the application or the watch, and whether it is answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.work = task
        self.has_cancelled = False
        self._receive = receive
        self._send = send
        self._is_whole = not _has_body(scope)
        """Nothing of the body is to come: what comes next is that the client went."""
        self._is_answered = False
        self._is_late = False
        self._came: list[Message] = []
        """While nobody but the watch received: the empty body of a request without one."""
        self._news = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(AFTER_S, self._become_late)

    async def receive(self) -> Message:
        """Receive for the application."""
        if self._is_whole:
            # Only one may receive.
            self._watch()
            while not self._came:
                self._news.clear()
                await self._news.wait()
            return GONE if self._came[0] == GONE else self._came.pop(0)
        message = await self._receive()
        if not message.get("more_body", False):
            self._is_whole = True
            if self._is_late:
                self._watch()
        return message

    async def send(self, message: Message) -> None:
        """Send for the application."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            # From here on the server says that the client went, though it did not.
            self._is_answered = True
        await self._send(message)

    def end(self) -> None:
        """Stop watching."""
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _become_late(self) -> None:
        self._is_late = True
        if self._is_whole:
            self._watch()

    def _watch(self) -> None:
        if self._watching is None:
            self._watching = asyncio.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        is_gone = False
        while not is_gone:
            message = await self._receive()
            # A server may say more in it than its type.
            is_gone = message["type"] == GONE["type"]
            self._came.append(GONE if is_gone else message)
            self._news.set()
        if not self._is_answered:
            self.has_cancelled = True
            self.work.cancel()


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )

"""A caller that hangs up ends the work for it, and nothing else does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.middleware import hang_ups
from api.middleware.hang_ups import GONE, HangUpMiddleware

Message = dict[str, Any]
WHOLE: Message = {"type": "http.request", "body": b"all", "more_body": False}
PART: Message = {"type": "http.request", "body": b"some", "more_body": True}
ANSWER: Message = {"type": "http.response.body", "body": b"", "more_body": False}
WITH_BODY = [(b"content-length", b"3")]


class Server:
    """Hands out messages as they come, and counts who receives at once."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []
        self.receiving = self.most = self.taken = 0

    async def receive(self) -> Message:
        self.receiving += 1
        self.most = max(self.most, self.receiving)
        try:
            message = await self.came.get()
        finally:
            self.receiving -= 1
        self.taken += 1
        return message

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message == ANSWER:
            # As uvicorn does once an answer is complete.
            self.came.put_nowait(GONE)


def serve(
    app: Callable[..., Awaitable[None]],
    headers: list[tuple[bytes, bytes]],
    happens: Callable[[Server], Awaitable[None]],
) -> Server:
    """Run a request while something happens; the server is what it left."""

    async def main() -> Server:
        server = Server()
        scope = {"type": "http", "headers": headers}
        request = asyncio.create_task(
            HangUpMiddleware(app)(scope, server.receive, server.send)  # type: ignore[arg-type]
        )
        await happens(server)
        await asyncio.wait_for(request, 60)
        return server

    return asyncio.run(main())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hang_ups, "AFTER_S", 0.0)


@pytest.mark.parametrize(
    ("headers", "reads"), [([], False), ([], True), (WITH_BODY, True)], ids=str
)
def test_work_ends_when_its_caller_is_gone(headers: list[tuple[bytes, bytes]], reads: bool) -> None:
    """Whether it reads its body or has none; nothing is sent any more, and no error is raised."""
    ended = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            if reads:
                assert await receive() == WHOLE
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def happens(server: Server) -> None:
        server.came.put_nowait(WHOLE)
        server.came.put_nowait(GONE)

    server = serve(app, headers, happens)
    assert ended == [True]
    assert server.sent == []
    assert server.most == 1


def test_what_follows_the_answer_is_not_cut_off() -> None:
    """The server says that the client went as soon as it has its answer."""
    done = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(0)
        await send(ANSWER)
        for _ in range(20):
            await asyncio.sleep(0)
        done.append(True)

    async def happens(server: Server) -> None:
        server.came.put_nowait(WHOLE)

    serve(app, WITH_BODY, happens)
    assert done == [True]


def test_an_application_that_listens_itself_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a stream does; only one of both receives."""
    monkeypatch.setattr(hang_ups, "AFTER_S", 60.0)
    heard = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append(await receive())
        try:
            heard.append(await receive())
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def happens(server: Server) -> None:
        server.came.put_nowait(WHOLE)
        for _ in range(20):
            await asyncio.sleep(0)
        server.came.put_nowait(GONE)

    server = serve(app, [], happens)
    assert heard == [WHOLE, "cancelled"]
    assert server.most == 1


def test_no_more_of_a_body_is_taken_than_is_asked_for() -> None:
    """However long the application takes: what comes waits in the socket."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for _ in range(50):
            await asyncio.sleep(0)
        await send(ANSWER)

    async def happens(server: Server) -> None:
        for _ in range(10):
            server.came.put_nowait(PART)

    assert serve(app, WITH_BODY, happens).taken == 1


def test_somebody_elses_cancellation_is_not_swallowed() -> None:
    """Serve ends requests when a replica goes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        server = Server()
        middleware = HangUpMiddleware(app)
        request = asyncio.create_task(
            middleware({"type": "http", "headers": []}, server.receive, server.send)  # type: ignore[arg-type]
        )
        await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(main())

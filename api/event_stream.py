"""Server-sent events of a run: ids to resume by, heartbeats, and no queue for a slow reader.

Format: WHATWG HTML, 9.2 "Server-sent events". Events are fetched from the planner only after
the reader took the ones before, so that a slow reader holds a number and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import ApiError
from api.plan_messages import EventBatch

MEDIA_TYPE = "text/event-stream"


@dataclass(frozen=True, slots=True)
class StreamBounds:
    """``heartbeat_s``: silence after which a comment is sent. ``slow_reader_s``: a reader that
    takes nothing for so long is hung up on."""

    heartbeat_s: float = 10.0
    slow_reader_s: float = 30.0


Follow = Callable[[int, float], Awaitable[EventBatch]]
"""Returns the events after a number, waiting so many seconds for one."""


class EventStream(Response):
    """A response that follows a run to its end, or until its reader goes."""

    media_type = MEDIA_TYPE

    def __init__(self, first: EventBatch, after: int, follow: Follow, bounds: StreamBounds) -> None:
        # No proxy shall wait for more before it hands on what there is.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Run-ID": first.run_id}
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._first = first
        self._after = after
        self._follow = follow
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        pump = asyncio.create_task(self._pump(send))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
            if pump.done():
                pump.result()
        finally:
            for task in (pump, gone):
                task.cancel()
            await asyncio.gather(pump, gone, return_exceptions=True)

    async def _pump(self, send: Send) -> None:
        async def write(data: bytes, more: bool = True) -> None:
            async with asyncio.timeout(self._bounds.slow_reader_s):
                await send({"type": "http.response.body", "body": data, "more_body": more})

        batch, after = self._first, self._after
        try:
            while True:
                # A batch at a time: a chunk for each event would cost a system call each.
                data = b"".join(encoded(batch, after))
                await write(data or b": heartbeat\n\n")
                after = batch.events[-1].seq if batch.events else after
                if batch.finished:
                    break
                batch = await self._follow(after, self._bounds.heartbeat_s)
        except ApiError as error:
            body = {"id": batch.run_id, "code": error.code, "message": f"brAInwav: {error}"}
            await write(b"event: run.failed\ndata: " + orjson.dumps(body) + b"\n\n")
        except TimeoutError:
            # A slow reader: hung up on, with the run's end not said, so that it may resume.
            return
        await write(b"", more=False)


def encoded(batch: EventBatch, after: int) -> Iterator[bytes]:
    """Yield the events of a batch as they are sent, after a notice of what is missing."""
    if batch.missed:
        gap = orjson.dumps({"missed": batch.missed, "after": f"{batch.run_id}:{after}"})
        yield b"event: gap\ndata: " + gap + b"\n\n"
    for event in batch.events:
        head = f"id: {batch.run_id}:{event.seq}\nevent: {event.name}\ndata: "
        yield head.encode("ascii") + event.data + b"\n\n"


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

"""The client for event loops: the same operations, awaited."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

from brainwav_client import changes, embeddings, operations, writes
from brainwav_client.client import as_method
from brainwav_client.exchange import (
    Operation,
    Pause,
    Request,
    Step,
    Work,
    error_of,
    http_options,
    patient,
)
from brainwav_client.plan_answers import PlanAnswer, PlanEvent
from brainwav_client.plan_stream import RunReader, begun
from brainwav_client.retries import RetryPolicy
from brainwav_client.searching import maps, searches, settings, suggesting

P = ParamSpec("P")
T = TypeVar("T")
Awaited = Coroutine[Any, Any, T]


def awaited(
    operation: Callable[P, Operation[T]],
) -> Callable[Concatenate["AsyncClient", P], Awaited[T]]:
    """Return an operation as a method to be awaited."""

    async def method(self: "AsyncClient", *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(operation(*args, **kwargs))

    as_method(method, operation)
    return method


def planning(
    request: Callable[P, Request],
) -> Callable[Concatenate["AsyncClient", P], Awaited[PlanAnswer]]:
    """Return what asks for a plan as a method to be awaited."""

    async def method(self: "AsyncClient", *args: P.args, **kwargs: P.kwargs) -> PlanAnswer:
        asked = await asyncio.to_thread(request, *args, **kwargs)
        return await self.run(operations.planned(asked))

    as_method(method, request)
    return method


def streaming(
    request: Callable[P, Request],
) -> Callable[Concatenate["AsyncClient", P], AsyncIterator[PlanEvent]]:
    """Return what asks for a plan as a method that yields the run's events."""

    async def method(
        self: "AsyncClient", *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[PlanEvent]:
        asked = await asyncio.to_thread(request, *args, **kwargs)
        async for event in self.read(RunReader(self.retries, begun(asked))):
            yield event

    as_method(method, request)
    return method


class AsyncClient:
    """Asks a brAInwav service from an event loop of asyncio.

    Reading and packing pictures happens on a thread. Arguments are those of ``Client``.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 120.0,
        retries: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        options = http_options(url, api_key, timeout_s)
        self._http = httpx.AsyncClient(transport=transport, **options)
        self._sleep = sleep
        self.retries = retries or RetryPolicy()

    search = awaited(searches.search)
    suggest = awaited(suggesting.suggest)
    search_batch = awaited(searches.search_batch)
    get = awaited(operations.get)
    picture = awaited(operations.picture)
    documents = awaited(operations.documents)
    delete = awaited(operations.delete)
    patch = awaited(changes.patch)
    delete_matching = awaited(changes.delete_matching)
    delete_namespace = awaited(changes.delete_namespace)
    namespace_settings = awaited(settings.namespace_settings)
    set_namespace_settings = awaited(settings.set_namespace_settings)
    namespaces = awaited(operations.namespaces)
    namespace_map = awaited(maps.namespace_map)
    health = awaited(operations.health)
    finished_plan = awaited(operations.finished_plan)
    reflect = awaited(operations.reflect)
    call = awaited(operations.call)
    embed = awaited(embeddings.embed)
    put = awaited(writes.put)
    upload = awaited(writes.upload)
    plan = planning(operations.plan_request)
    stream_plan = streaming(operations.plan_request)

    def follow_plan(self, run_id: str, *, after: str | None = None) -> AsyncIterator[PlanEvent]:
        """Yield the events of a run, from the first or from the one after an event's id."""
        return self.read(RunReader(self.retries, None, run_id, after))

    async def run(self, operation: Operation[T]) -> T:
        """Carry an operation out."""
        steps = patient(operation, self.retries)
        try:
            step = next(steps)
            while True:
                try:
                    came = await self._carried_out(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(came)
        except StopIteration as done:
            return done.value

    async def _carried_out(self, step: Step) -> Any:
        match step:
            case Request(method=method, path=path):
                try:
                    return await self._http.request(method, path, **step.options())
                except httpx.RequestError as error:
                    return error
            case Pause(seconds=seconds):
                return await self._sleep(seconds)
            case Work(do=do):
                return await asyncio.to_thread(do)

    async def read(self, reader: RunReader) -> AsyncIterator[PlanEvent]:
        """Yield the events of a run until it ends; closing the iterator hangs up."""
        while not reader.ended:
            request, failure = reader.request(), None
            try:
                options = request.options()
                async with self._http.stream(request.method, request.path, **options) as reply:
                    if reply.is_success:
                        reader.opened(reply.headers)
                        async for data in reply.aiter_bytes():
                            for event in reader.feed(data):
                                yield event
                    else:
                        await reply.aread()
                        failure = error_of(reply)
            except httpx.RequestError as error:
                failure = error_of(error)
            if not reader.ended:
                await self._sleep(reader.pause_s(failure))

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        # Never the key.
        return f"AsyncClient({str(self._http.base_url)!r})"

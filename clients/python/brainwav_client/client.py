"""The client for programs that wait: every operation as a blocking call."""

import functools
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

from brainwav_client import changes, embeddings, operations, writes
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


def as_method(method: Callable[..., Any], of: Callable[..., Any]) -> None:
    """Give a method the name, words and parameters of what it is made from."""
    functools.update_wrapper(method, of)
    del method.__wrapped__  # type: ignore[attr-defined]
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(of).parameters.values()
    method.__signature__ = inspect.Signature([own, *parameters])  # type: ignore[attr-defined]


def blocking(operation: Callable[P, Operation[T]]) -> Callable[Concatenate["Client", P], T]:
    """Return an operation as a method that waits for its end."""

    def method(self: "Client", *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(operation(*args, **kwargs))

    as_method(method, operation)
    return method


def planning(request: Callable[P, Request]) -> Callable[Concatenate["Client", P], PlanAnswer]:
    """Return what asks for a plan as a method that waits for it."""

    def method(self: "Client", *args: P.args, **kwargs: P.kwargs) -> PlanAnswer:
        return self.run(operations.planned(request(*args, **kwargs)))

    as_method(method, request)
    return method


def streaming(
    request: Callable[P, Request],
) -> Callable[Concatenate["Client", P], Iterator[PlanEvent]]:
    """Return what asks for a plan as a method that yields the run's events."""

    def method(self: "Client", *args: P.args, **kwargs: P.kwargs) -> Iterator[PlanEvent]:
        return self.read(RunReader(self.retries, begun(request(*args, **kwargs))))

    as_method(method, request)
    return method


class Client:
    """Asks a brAInwav service; one client may be used by many threads.

    Args:
        url: Of the service; else ``BRAINWAV_URL``, else the one of this machine.
        api_key: Else ``BRAINWAV_API_KEY``.
        timeout_s: Seconds without an answer.
        retries: How patient it is where the service says that it will pass.
        transport: Of httpx, for tests.
        sleep: Waits; for tests.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 120.0,
        retries: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(transport=transport, **http_options(url, api_key, timeout_s))
        self._sleep = sleep
        self.retries = retries or RetryPolicy()

    search = blocking(searches.search)
    suggest = blocking(suggesting.suggest)
    search_batch = blocking(searches.search_batch)
    get = blocking(operations.get)
    picture = blocking(operations.picture)
    documents = blocking(operations.documents)
    delete = blocking(operations.delete)
    patch = blocking(changes.patch)
    delete_matching = blocking(changes.delete_matching)
    delete_namespace = blocking(changes.delete_namespace)
    namespace_settings = blocking(settings.namespace_settings)
    set_namespace_settings = blocking(settings.set_namespace_settings)
    namespaces = blocking(operations.namespaces)
    namespace_map = blocking(maps.namespace_map)
    health = blocking(operations.health)
    finished_plan = blocking(operations.finished_plan)
    reflect = blocking(operations.reflect)
    call = blocking(operations.call)
    embed = blocking(embeddings.embed)
    put = blocking(writes.put)
    upload = blocking(writes.upload)
    plan = planning(operations.plan_request)
    stream_plan = streaming(operations.plan_request)

    def follow_plan(self, run_id: str, *, after: str | None = None) -> Iterator[PlanEvent]:
        """Yield the events of a run, from the first or from the one after an event's id."""
        return self.read(RunReader(self.retries, None, run_id, after))

    def run(self, operation: Operation[T]) -> T:
        """Carry an operation out."""
        steps = patient(operation, self.retries)
        try:
            step = next(steps)
            while True:
                try:
                    came = self._carried_out(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(came)
        except StopIteration as done:
            return done.value

    def _carried_out(self, step: Step) -> Any:
        match step:
            case Request(method=method, path=path):
                try:
                    return self._http.request(method, path, **step.options())
                except httpx.RequestError as error:
                    return error
            case Pause(seconds=seconds):
                return self._sleep(seconds)
            case Work(do=do):
                return do()

    def read(self, reader: RunReader) -> Iterator[PlanEvent]:
        """Yield the events of a run until it ends; closing the iterator hangs up."""
        while not reader.ended:
            request, failure = reader.request(), None
            try:
                options = request.options()
                with self._http.stream(request.method, request.path, **options) as reply:
                    if reply.is_success:
                        reader.opened(reply.headers)
                        for data in reply.iter_bytes():
                            yield from reader.feed(data)
                    else:
                        reply.read()
                        failure = error_of(reply)
            except httpx.RequestError as error:
                failure = error_of(error)
            if not reader.ended:
                self._sleep(reader.pause_s(failure))

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Never the key.
        return f"Client({str(self._http.base_url)!r})"

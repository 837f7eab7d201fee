"""What an operation asks of whoever carries it out: the core that both clients share.

An operation is a generator. It yields steps, a request to be sent, seconds to be waited, work
that would hold up an event loop, and is sent what came of each. It does no input or output
itself, so that the same operation runs with blocking calls, in an event loop and in a test.
"""

import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import httpx

from brainwav_client.errors import BrainwavError, NoAnswer, UnreadableAnswer, class_of
from brainwav_client.retries import PASSING, RetryPolicy, may_repeat, pause_s

URL, KEY = "BRAINWAV_URL", "BRAINWAV_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_S = 10.0
DEADLINE = "X-Request-Deadline-Ms"
T = TypeVar("T")
File: TypeAlias = tuple[str, bytes, str]
"""Name, content and media type of a part of a form."""
More: TypeAlias = Mapping[str, Any]
"""Members of a request that this version does not know; they win over the others."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; ``repeatable`` if sending it twice does no harm."""

    method: str
    path: str
    body: bytes | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True

    def options(self) -> dict[str, Any]:
        """Return it as httpx takes it, but for method and path."""
        options: dict[str, Any] = {"params": dict(self.params), "headers": dict(self.headers)}
        if self.body is not None:
            options["content"] = self.body
            options["headers"]["Content-Type"] = "application/json"
        elif self.files:
            options["files"] = [("file", each) for each in self.files]
            options["data"] = dict(self.form)
        return options


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds to wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Something that takes the processor or a disk a while."""

    do: Callable[[], Any]


Step: TypeAlias = Request | Pause | Work
Reply: TypeAlias = httpx.Response | httpx.RequestError
"""What came of a request."""
Operation: TypeAlias = Generator[Step, Any, T]
"""To an operation itself requests come back as answers that went well, or as errors."""


def as_json(value: Any) -> bytes:
    """Return a body; what JSON cannot say is an error here rather than at the service."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")


def patient(operation: Operation[T], policy: RetryPolicy) -> Operation[T]:
    """Return the operation with its requests sent as often and as long as the policy allows."""
    try:
        step = next(operation)
        while True:
            try:
                came = yield from _carried_out(step, policy)
            except Exception as error:
                step = operation.throw(error)
            else:
                step = operation.send(came)
    except StopIteration as done:
        return done.value


def _carried_out(step: Step, policy: RetryPolicy) -> Operation[Any]:
    if not isinstance(step, Request):
        return (yield step)
    attempt = 0
    while True:
        reply: Reply = yield step
        if isinstance(reply, httpx.Response) and reply.is_success:
            return reply
        error = error_of(reply)
        wait_s = pause_s(error, attempt, policy) if may_repeat(error, step.repeatable) else None
        if wait_s is None:
            raise error from (reply if isinstance(reply, Exception) else None)
        yield Pause(wait_s)
        attempt += 1


def error_of(reply: Reply) -> BrainwavError:
    """Return what a failure is to a caller."""
    if isinstance(reply, httpx.RequestError):
        arrived = not isinstance(reply, httpx.ConnectError | httpx.ConnectTimeout)
        return NoAnswer(f"no answer: {type(reply).__name__}: {reply}", arrived)
    try:
        told = reply.json()["error"]
        status, code, message = reply.status_code, str(told["code"]), str(told["message"])
        id, details = str(told["request_id"]), dict(told["details"])
    except (ValueError, KeyError, TypeError):
        return _of_no_service(reply)
    kind = class_of(status, code)
    return kind(message, status, code, id, details, retry_after_s(reply.headers))


def _of_no_service(reply: httpx.Response) -> BrainwavError:
    status, text = reply.status_code, " ".join(reply.text[:300].split())
    if status in PASSING:
        # A proxy in between: it says no more than the status does.
        return class_of(status, "")(text, status, "", "", {}, retry_after_s(reply.headers))
    return UnreadableAnswer(f"{status}, not as the service says it: {text}", status)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return what `Retry-After` says in seconds; the service sends no dates."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def http_options(url: str | None, api_key: str | None, timeout_s: float) -> dict[str, Any]:
    """Return what an `httpx` client is made with.

    Args:
        url: Of the service; else ``BRAINWAV_URL``, else the service of this machine.
        api_key: Else ``BRAINWAV_API_KEY``; none where neither is.
        timeout_s: Seconds without an answer; the service stops working on it then as well.

    Raises:
        ValueError: No address of HTTP.
    """
    address = url or os.environ.get(URL) or DEFAULT_URL
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"{address!r} is no address: it begins with http:// or https://")
    key = api_key or os.environ.get(KEY)
    headers = {DEADLINE: str(round(timeout_s * 1000))}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return {"base_url": address.rstrip("/"), "headers": headers, "timeout": timeout_s}


def given(body: Mapping[str, Any], more: More | None) -> dict[str, Any]:
    """Return a body without the members that are None, and with what else was given."""
    return {name: value for name, value in body.items() if value is not None} | dict(more or {})

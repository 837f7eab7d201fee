"""Following a streamed run: events as they come, resumed where the connection breaks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

RESUMES = 5
FIRST_PAUSE_S = 0.2


class PlanFailed(RuntimeError):
    """The service refused the request, or the run failed; the message is the service's own."""


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event; ``id`` is empty for notices that are not part of the run."""

    id: str
    name: str
    data: Mapping[str, Any]


def follow_run(
    client: httpx.Client, body: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep
) -> Iterator[StreamedEvent]:
    """Yield the events of a new run, up to and with ``run.finished``.

    A connection that breaks is taken up again after the last event that came. A client that
    goes away for good cancels the run, a few seconds later.

    Raises:
        PlanFailed: Refused, failed, or it could not be taken up again.
    """
    last = ""
    headers = {"Accept": "text/event-stream"}
    for attempt in range(RESUMES + 1):
        if attempt:
            sleep(FIRST_PAUSE_S * 2**attempt)
            headers["Last-Event-ID"] = last
        try:
            with client.stream("POST", "/agents/plan", json=dict(body), headers=headers) as answer:
                _check(answer)
                for told in events(answer.iter_lines()):
                    last = told.id or last
                    if told.name == "run.failed":
                        raise PlanFailed(str(told.data["message"]))
                    yield told
                    if told.name == "run.finished":
                        return
        except httpx.TransportError as error:
            # Without an event there is nothing to take up: a second request is a second run.
            if not last:
                raise PlanFailed(f"{type(error).__name__}: {error}") from error
    raise PlanFailed(f"the connection broke {RESUMES + 1} times; the last event was {last}")


def events(lines: Iterator[str]) -> Iterator[StreamedEvent]:
    """Yield what lines of a stream say; comments are heartbeats."""
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and fields:
            yield StreamedEvent(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    answer.read()
    try:
        said = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        said = answer.text[:300]
    raise PlanFailed(f"{answer.status_code}: {said}")

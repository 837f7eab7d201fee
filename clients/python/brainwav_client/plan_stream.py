"""Following a run: events as they come, taken up again where a connection broke.

Format: WHATWG HTML, 9.2 "Server-sent events". The service keeps a run's events and gives those
after `Last-Event-ID`; so none is lost and none comes twice.
"""

import json
from collections.abc import Mapping
from urllib.parse import quote

from brainwav_client.errors import BrainwavError, NoAnswer, RunFailed, UnreadableAnswer
from brainwav_client.exchange import Request
from brainwav_client.plan_answers import PlanEvent
from brainwav_client.retries import RetryPolicy, may_repeat, pause_s

ACCEPT = {"Accept": "text/event-stream"}
ENDS = frozenset({"run.finished", "run.failed"})


class EventParser:
    """Turns bytes as they arrive into events; comments are heartbeats."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, data: bytes) -> list[PlanEvent]:
        """Return the events that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        found = []
        for line in lines:
            told = line.removesuffix(b"\r").decode("utf-8")
            if told:
                self._take(told)
            elif "data" in self._fields:
                found.append(self._event())
            if not told:
                self._fields = {}
        return found

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and name in self._fields:
            value = f"{self._fields[name]}\n{value}"
        if name:
            self._fields[name] = value

    def _event(self) -> PlanEvent:
        fields = self._fields
        try:
            data = json.loads(fields["data"])
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise UnreadableAnswer(f"no event of the service: {fields['data']:.100}", 200)
        return PlanEvent(id=fields.get("id", ""), name=fields.get("event", "message"), data=data)


class RunReader:
    """Where a reader of a run stands, and what to ask next.

    Args:
        policy: How often in a row a connection may break without a new event.
        start: Begins the run; None to follow one that was begun.
        run_id: Of that one.
        last_id: Its last event that arrived.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        start: Request | None,
        run_id: str | None = None,
        last_id: str | None = None,
    ) -> None:
        self._policy, self._start = policy, start
        self._run_id, self._last_id = run_id, last_id
        self._parser = EventParser()
        self._broken = 0
        self.ended = False

    def request(self) -> Request:
        """Return what opens the stream, for the first time or again."""
        self._parser = EventParser()
        if self._run_id is None:
            assert self._start is not None
            return self._start
        headers = ACCEPT | ({"Last-Event-ID": self._last_id} if self._last_id else {})
        path = f"/agents/plan/{quote(self._run_id, safe='')}/events"
        return Request("GET", path, headers=headers)

    def opened(self, headers: Mapping[str, str]) -> None:
        """Learn which run it is."""
        self._run_id = headers.get("X-Run-ID", self._run_id)

    def feed(self, data: bytes) -> list[PlanEvent]:
        """Return the events that are complete now.

        Raises:
            RunFailed: The run ended in an error.
        """
        events = self._parser.feed(data)
        for event in events:
            self._broken = 0
            self._last_id = event.id or self._last_id
            self.ended = self.ended or event.name in ENDS
            if event.name == "run.failed":
                told = event.data
                raise RunFailed(str(told["message"]), str(told["code"]), str(told.get("id", "")))
        return events

    def pause_s(self, failure: BrainwavError | None) -> float:
        """Return the seconds before the stream is opened again; None: it just ended.

        Raises:
            BrainwavError: It is of no use.
        """
        error = failure or NoAnswer("the stream ended before its run did")
        known = self._run_id is not None
        repeatable = known or (self._start is not None and self._start.repeatable)
        wait_s = pause_s(error, self._broken, self._policy)
        if wait_s is None or not may_repeat(error, repeatable):
            raise error
        self._broken += 1
        return wait_s


def begun(plan: Request) -> Request:
    """Return a request for a plan as one for its events."""
    # A stream is long: what bounds it is the plan's own `deadline_ms`.
    return Request(plan.method, plan.path, plan.body, headers=ACCEPT, repeatable=plan.repeatable)

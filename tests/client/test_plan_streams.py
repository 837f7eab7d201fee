"""Plans as they grow: every event once, whatever becomes of the connection."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from client_samples import made
from hypothesis import given
from hypothesis import strategies as st

from brainwav_client import RetryPolicy
from brainwav_client.errors import (
    NoAnswer,
    RunFailed,
    RunUnknown,
    UnknownNamespace,
    UnreadableAnswer,
)
from brainwav_client.plan_stream import EventParser

GOAL = "a red mug under 20"


class Torn(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The first bytes of a stream; then the connection breaks."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream, self._most = stream, most

    def __iter__(self) -> Iterator[bytes]:
        left = self._most
        for data in self._stream:
            yield data[:left]
            left -= len(data)
            if left <= 0:
                raise httpx.ReadError("torn")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for data in self._stream:
            yield data[:left]
            left -= len(data)
            if left <= 0:
                raise httpx.ReadError("torn")

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


class Tearing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The real way to the service, whose streams break after so many bytes, one after the other."""

    def __init__(self, kind: str, most: list[int]) -> None:
        self._way: Any = httpx.HTTPTransport() if kind == "blocking" else None
        self._way = self._way or httpx.AsyncHTTPTransport()
        self._most = list(most)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._torn(self._way.handle_request(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._torn(await self._way.handle_async_request(request))

    def _torn(self, answer: httpx.Response) -> httpx.Response:
        if self._most:
            answer.stream = Torn(answer.stream, self._most.pop(0))
        return answer


def test_a_stream_ends_with_the_answer(client: Any) -> None:
    """Events in order, each in its class."""
    events = list(client.stream_plan(GOAL, namespace="shop"))
    assert events[0].name == "run.started"
    assert [event.answer is None for event in events] == [True] * (len(events) - 1) + [False]
    answer = events[-1].answer
    assert answer.results[0]["id"] == "mug"
    assert client.finished_plan(answer.id).score == answer.score


@pytest.mark.parametrize("kind", ["blocking", "awaited"])
def test_a_stream_that_breaks_again_and_again_loses_nothing(url: str, kind: str) -> None:
    """It is taken up after the last event that came whole."""
    way = Tearing(kind, [700, 10, 900, 0, 1300])
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    options = {"transport": way, "retries": RetryPolicy(retries=2, draw=lambda: 0.0)}
    options["sleep"] = sleep if kind == "awaited" else pauses.append
    for client in made(kind, url, **options):
        events = list(client.stream_plan(GOAL, namespace="shop", strategy="tot"))
    assert [request.method for request in way.asked] == ["POST"] + ["GET"] * len(pauses)
    assert len(pauses) == 5
    run = events[0].data["id"]
    assert [event.id for event in events] == [f"{run}:{n + 1}" for n in range(len(events))]
    assert events[-1].answer is not None


def test_a_stream_that_brings_nothing_new_is_given_up(url: str) -> None:
    """Not followed for ever."""
    way = Tearing("blocking", [40] * 9)
    policy = RetryPolicy(retries=2, draw=lambda: 0.0)
    options = {"transport": way, "retries": policy, "sleep": lambda seconds: None}
    for client in made("blocking", url, **options):
        with pytest.raises(NoAnswer):
            list(client.stream_plan(GOAL, namespace="shop"))
    assert len(way.asked) == 3


def test_a_run_is_followed_from_any_event(client: Any) -> None:
    """By its id alone, by whoever owns it."""
    events = list(client.stream_plan(GOAL, namespace="shop"))
    run = events[0].data["id"]
    assert list(client.follow_plan(run)) == events
    assert list(client.follow_plan(run, after=events[3].id)) == events[4:]
    with pytest.raises(RunUnknown):
        list(client.follow_plan("feed"))


def test_a_refused_stream_is_an_error_in_its_class(client: Any) -> None:
    """As of any other request."""
    with pytest.raises(UnknownNamespace):
        list(client.stream_plan(GOAL, namespace="shpo"))


def test_a_run_that_failed_says_why() -> None:
    """By the code of the service."""
    told = {"id": "a1", "code": "unavailable", "message": "brAInwav: gone"}
    text = f"event: run.failed\ndata: {json.dumps(told)}\n\n"
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=text))
    for client in made("blocking", "http://test", transport=transport):
        with pytest.raises(RunFailed) as failed:
            list(client.stream_plan(GOAL))
    assert (failed.value.code, failed.value.run_id) == ("unavailable", "a1")


@given(st.data())
def test_events_do_not_depend_on_how_bytes_arrive(data: st.DataObject) -> None:
    """Cut anywhere, within a letter too; by either line end, with heartbeats between."""
    words = data.draw(st.lists(st.text(max_size=5), max_size=4))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    lines = []
    for n, word in enumerate(words):
        lines += [
            f"id: a:{n}",
            "event: x",
            f"data: {json.dumps({'w': word}, ensure_ascii=False)}",
            "",
        ]
        lines += [": heartbeat", ""]
    sent = end.join([*lines, ""]).encode("utf-8")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=5)))
    parser, found = EventParser(), []
    for start, stop in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        found += parser.feed(sent[start:stop])
    expected = [(f"a:{n}", "x", {"w": word}) for n, word in enumerate(words)]
    assert [(event.id, event.name, event.data) for event in found] == expected


@pytest.mark.parametrize("told", ["[]", "nothing"])
def test_an_event_that_the_service_does_not_send_is_an_error(told: str) -> None:
    """A proxy's, perhaps."""
    with pytest.raises(UnreadableAnswer):
        EventParser().feed(f"data: {told}\n\n".encode())

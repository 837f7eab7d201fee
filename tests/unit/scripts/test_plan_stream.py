"""`commands/plan_stream.py`: a run is followed to its end, whatever the connection does."""

import json

import httpx
import pytest

from deployments.commands.client.plan_stream import PlanFailed, events, follow_run

BODY = {"goal": "x", "stream": True}


def block(number: int, name: str, **data) -> str:
    return f"id: feed:{number}\nevent: {name}\ndata: {json.dumps(data)}\n\n"


class Breaks(httpx.SyncByteStream):
    """A body that ends in a broken connection."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self):
        yield self._text.encode()
        raise httpx.RemoteProtocolError("peer closed connection")


def client_of(*answers: httpx.Response | Exception) -> tuple[httpx.Client, list[httpx.Request]]:
    """A client that gets these answers in turn, and what it asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = answers[len(asked) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://service"), asked


def no_pause(seconds: float) -> None:
    """Time to wait that a test does not have."""


def test_events_are_read_and_heartbeats_are_not() -> None:
    """A comment between two events is no event; a notice has no id."""
    text = block(1, "run.started") + ": heartbeat\n\n" + 'event: gap\ndata: {"missed": 2}\n\n'
    assert [(told.id, told.name) for told in events(iter(text.split("\n")))] == [
        ("feed:1", "run.started"),
        ("", "gap"),
    ]


def test_a_broken_connection_is_taken_up_after_the_last_event() -> None:
    """Each event comes once, and the second request names the last one."""
    first = httpx.Response(200, stream=Breaks(block(1, "run.started") + block(2, "aspects")))
    second = httpx.Response(200, text=block(3, "budget") + block(4, "run.finished"))
    client, asked = client_of(first, httpx.ConnectError("refused"), second)
    told = [event.id for event in follow_run(client, BODY, no_pause)]
    assert told == ["feed:1", "feed:2", "feed:3", "feed:4"]
    assert asked[2].headers["Last-Event-ID"] == "feed:2"
    assert "Last-Event-ID" not in asked[0].headers


def test_a_connection_that_never_was_is_not_tried_again() -> None:
    """There is no run to take up, and a second request would begin another one."""
    client, asked = client_of(httpx.ConnectError("refused"))
    with pytest.raises(PlanFailed, match="refused"):
        list(follow_run(client, BODY, no_pause))
    assert len(asked) == 1


def test_it_gives_up_in_the_end() -> None:
    """After so many breaks, saying where it stood."""
    breaks = [httpx.Response(200, stream=Breaks(block(n, "budget"))) for n in range(1, 9)]
    client, _ = client_of(*breaks)
    with pytest.raises(PlanFailed, match="the last event was feed:6"):
        list(follow_run(client, BODY, no_pause))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(422, json={"error": {"message": "brAInwav: empty goal"}}), "empty goal"),
        (httpx.Response(502, text="<html>no backend</html>"), "502: <html>"),
        (httpx.Response(200, text=block(1, "run.failed", message="it broke")), "it broke"),
    ],
)
def test_what_the_service_says_is_passed_on(answer: httpx.Response, message: str) -> None:
    """Its own words, not a stack trace."""
    client, _ = client_of(answer)
    with pytest.raises(PlanFailed, match=message):
        list(follow_run(client, BODY, no_pause))

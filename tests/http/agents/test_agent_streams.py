"""Plans as streams of events: told, resumed, and their owner's alone."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import Limit, RateLimits
from tests.fakes import LocalBackend
from tests.http.agents.film_samples import ask, fill, refusal
from tests.http.doors import Clock, Keys, client_of, guarded


def events(text: str) -> list[dict[str, Any]]:
    """Return a stream's events, each with its data decoded."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
        if fields:
            found.append(fields | {"data": json.loads(fields["data"])})
    return found


def test_a_stream_tells_the_tree_as_it_grows(client: TestClient) -> None:
    """Ids count up by one; the last event is the whole answer; created comes before scored."""
    response = ask(client, stream=True, strategy="tot")
    assert response.headers["content-type"].startswith("text/event-stream")
    told = events(response.text)
    run = told[0]["data"]["id"]
    assert [event["id"] for event in told] == [f"{run}:{n + 1}" for n in range(len(told))]
    names = [event["event"] for event in told]
    assert names[:2] == ["run.started", "aspects"]
    assert names[-1] == "run.finished"
    assert {"node.created", "node.scored", "best.changed", "budget", "step.finished"} <= set(names)
    created = [event["data"]["id"] for event in told if event["event"] == "node.created"]
    answer = told[-1]["data"]
    assert sorted(created) == sorted(node["id"] for node in answer["tree"]["nodes"])
    assert answer["tree"]["hash"] == ask(client, strategy="tot").json()["tree"]["hash"]


def test_the_accept_header_asks_for_a_stream_too(client: TestClient) -> None:
    """As browsers' clients send it."""
    response = ask(client, headers={"Accept": "text/event-stream"})
    assert events(response.text)[-1]["event"] == "run.finished"


def test_a_stream_is_resumed_after_the_last_event_that_arrived(client: TestClient) -> None:
    """By GET or by the same POST: exactly what is missing."""
    told = events(ask(client, stream=True).text)
    run, last = told[0]["data"]["id"], told[3]["id"]
    path = f"/agents/plan/{run}/events"
    assert events(client.get(path).text) == told
    assert events(client.get(path, headers={"Last-Event-ID": last}).text) == told[4:]
    assert events(ask(client, headers={"Last-Event-ID": last}).text) == told[4:]
    assert client.get(f"/agents/plan/{run}").json()["tree"] == told[-1]["data"]["tree"]


@pytest.mark.parametrize("path", ["/agents/plan/feed", "/agents/plan/feed/events"])
def test_a_run_that_is_not_known_is_said_to_be_unknown(client: TestClient, path: str) -> None:
    """404, whether it never was or was forgotten."""
    assert refusal(client.get(path), 404, "run_unknown")["where"] == "run_id"


@pytest.mark.parametrize("event_id", ["7", "a:b", "feed:-1", "x" * 99])
def test_an_event_id_that_is_none_is_refused(client: TestClient, event_id: str) -> None:
    """422 that quotes it."""
    details = refusal(ask(client, headers={"Last-Event-ID": event_id}), 422, "invalid_event_id")
    assert details["value"] == event_id


def test_a_run_is_its_owners_alone(tmp_path, backend: LocalBackend) -> None:
    """Another key gets the same answer as for a run that never was."""
    keys = Keys(tmp_path / "keys.json")
    mine, theirs = keys.make(), keys.make()
    bound = keys.make(namespaces=["other"])
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with client_of(backend, guard) as client:
        fill(client, headers=mine)
        run = events(ask(client, headers=mine, stream=True).text)[0]["data"]["id"]
        path = f"/agents/plan/{run}/events"
        assert client.get(path, headers=mine).status_code == 200
        refusal(client.get(path, headers=theirs), 404, "run_unknown")
        refusal(ask(client, headers=bound), 403, "namespace_forbidden")
        refusal(ask(client, headers=bound, stream=True), 403, "namespace_forbidden")


def test_planning_has_a_limit_of_its_own(backend: LocalBackend) -> None:
    """The eleventh plan of a minute is refused, looking at a run is not."""
    guard = guarded(RateLimits(plan=Limit(limit=2)), Clock())
    with client_of(backend, guard) as client:
        fill(client)
        statuses = [ask(client, execute=False).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert client.get("/agents/plan/feed").status_code == 404

"""A language model behind `POST /agents/plan`, against a server that speaks the protocol."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from agents.engines.llm import LlmSettings
from api.app import build_app
from api.bodies.limits import RequestLimits
from deployments.planning.service import GRACE_S
from tests.fakes import LocalBackend
from tests.fault_server import Says, Script, always, good, serving

NAMESPACE = "films"
PASSAGES = {
    "Stern Kessel": "Stern Kessel is a film directed by Ada Lind.",
    "Ada Lind": "Ada Lind was born in Norrtal in 1901.",
    "Norrtal": "Norrtal is a town on the river Mave.",
    "Cellars": "A cellar needs a dry floor.",
}
GOAL = "Where was the director of Stern Kessel born?"


@contextmanager
def service(folder: Path, **llm: Any) -> Iterator[tuple[TestClient, LocalBackend]]:
    """A service with a language model, or without one, and a few passages."""
    backend = LocalBackend(folder, LlmSettings(model="m", **llm) if llm else None)
    app = build_app(backend, RequestLimits())
    with TestClient(app, raise_server_exceptions=False) as client:
        documents = [
            {"id": f"d{n}", "text": text, "metadata": {"title": title}}
            for n, (title, text) in enumerate(PASSAGES.items(), start=1)
        ]
        body = {"namespace": NAMESPACE, "documents": documents}
        assert client.put("/documents", json=body).json()["failed"] == []
        yield client, backend


def ask(client: TestClient, **fields: Any) -> dict[str, Any]:
    """Plan with the language model; anything but 200 is a failed test."""
    body = {"goal": GOAL, "namespace": NAMESPACE, "engine": "llm"} | fields
    response = client.post("/agents/plan", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def ids(answer: dict[str, Any]) -> set[str]:
    return {result["id"] for result in answer["results"]}


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_model_that_answers_plans(tmp_path: Path) -> None:
    """Its thoughts are in the tree, its tokens in the usage, nothing is degraded."""
    with serving(good) as server, service(tmp_path, base_url=server.url) as (client, backend):
        answer = ask(client, strategy="cot")
    assert answer["engine"] == "llm"
    assert answer["degraded"] is False
    assert answer["usage"]["llm_tokens"] == 50 * len(server.requests)
    assert "llm" in {node["thought"]["origin"] for node in answer["tree"]["nodes"]}
    (figures,) = backend.counted
    assert (figures.engine, figures.llm_tokens) == ("llm", answer["usage"]["llm_tokens"])


FAULTS: dict[str, Script] = {
    "429": always(Says(status=429)),
    "500": always(Says(status=500)),
    "401": always(Says(status=401)),
    "no such model": always(Says("model not found", status=404)),
    "garbage": always(Says("\x00\x01 <html>gateway</html>")),
    "wrong shape": always(Says(json.dumps({"moves": "all of them", "votes": 7}))),
    "cut off": always(Says('{"moves":[', finish="length")),
    "refusal": always(Says(refusal="I cannot help with that")),
    "blanks for ever": always(Says(forever="  \n")),
    "never answers": always(Says(hangs=True)),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("strategy", ["auto", "tot"])
def test_a_server_with_a_fault_degrades_the_answer(tmp_path, fault: str, strategy: str) -> None:
    """200 from the embedded engine, with the reason, within the deadline of the request."""
    deadline_ms = 4000
    with (
        serving(FAULTS[fault]) as server,
        service(tmp_path, base_url=server.url, call_timeout_s=0.5) as (client, backend),
    ):
        answer = ask(client, strategy=strategy, budget={"deadline_ms": deadline_ms})
    assert answer["degraded"] is True
    assert answer["engine"] == "embedded"
    assert answer["degraded_reason"].startswith("language model: ")
    assert {"d1", "d2"} <= ids(answer)
    assert answer["usage"]["wall_ms"] <= deadline_ms + 1000 * GRACE_S
    assert backend.counted[-1].status == "degraded"


def test_an_endpoint_that_is_down_degrades_the_answer(tmp_path: Path) -> None:
    """Connection refused; the reason says so."""
    url = f"http://127.0.0.1:{free_port()}/v1"
    with service(tmp_path, base_url=url) as (client, _):
        answer = ask(client)
    assert "unreachable" in answer["degraded_reason"]
    assert {"d1", "d2"} <= ids(answer)


def test_a_stream_says_that_it_is_degraded(tmp_path: Path) -> None:
    """Before its last event, which is the whole answer."""
    with (
        serving(always(Says(status=500))) as server,
        service(tmp_path, base_url=server.url) as (client, _),
    ):
        body = {"goal": GOAL, "namespace": NAMESPACE, "engine": "llm", "stream": True}
        text = client.post("/agents/plan", json=body).text
    names = [line.removeprefix("event: ") for line in text.split("\n") if line[:6] == "event:"]
    assert "degraded" in names
    assert names[-1] == "run.finished"


def test_a_run_without_a_tree_needs_no_model(tmp_path: Path) -> None:
    """A plan that is not executed is the embedded engine's; nobody is asked."""
    with serving(good) as server, service(tmp_path, base_url=server.url) as (client, _):
        answer = ask(client, execute=False)
    assert answer["engine"] == "embedded"
    assert not server.requests


@pytest.mark.parametrize("max_tokens", [1, 1000, 9000, 20_000])
def test_tokens_stay_within_the_request_budget(tmp_path: Path, max_tokens: int) -> None:
    """Also where the server counts none; without room for one thought the rules answer."""

    def silent(request, number):
        return Says(good(request).text, usage=None)

    with serving(silent) as server, service(tmp_path, base_url=server.url) as (client, _):
        answer = ask(client, strategy="tot", budget={"max_tokens": max_tokens})
    assert answer["usage"]["llm_tokens"] <= max_tokens
    assert answer["results"]
    if max_tokens <= 1000:
        assert not server.requests
        assert "tokens" in answer["degraded_reason"]


@pytest.mark.parametrize(("engine", "asked"), [("embedded", False), ("auto", False), ("llm", True)])
def test_only_who_asks_for_the_model_gets_it(tmp_path, engine: str, asked: bool) -> None:
    """`auto` is the embedded engine unless the operator says otherwise."""
    with serving(good) as server, service(tmp_path, base_url=server.url) as (client, _):
        answer = ask(client, engine=engine)
    assert bool(server.requests) is asked
    assert answer["degraded"] is False


@pytest.mark.parametrize(("wanted", "engine"), [(True, "llm"), (False, "embedded")])
def test_auto_asks_the_model_of_ignored_words(tmp_path: Path, wanted: bool, engine: str) -> None:
    """Unless the operator does not want it; the word stays ignored, and the answer says who was
    asked."""
    with (
        serving(good) as server,
        service(tmp_path, base_url=server.url, ask_of_ignored=wanted) as (client, _),
    ):
        answer = ask(client, engine="auto", goal="the zweibel director of Stern Kessel")
    assert bool(server.requests) is wanted
    assert answer["engine"] == engine
    assert [item["words"] for item in answer["ignored"]] == ["zweibel"]
    assert any("A language model was asked" in line for line in answer["explanation"]) is wanted


def test_auto_is_the_model_where_the_operator_says_so(tmp_path: Path) -> None:
    """One setting; reflection then revises with the model too."""
    with (
        serving(good) as server,
        service(tmp_path, base_url=server.url, use_for_auto=True) as (client, _),
    ):
        assert ask(client, engine="auto")["engine"] == "llm"
        server.requests.clear()
        body = {"goal": GOAL, "namespace": NAMESPACE, "results": ["d4"]}
        assert client.post("/agents/reflect", json=body).status_code == 200
        assert server.requests


def test_a_model_that_is_not_configured_is_said_to_be_missing(tmp_path: Path) -> None:
    """Not an error: the answer is the embedded engine's."""
    with service(tmp_path) as (client, _):
        answer = ask(client)
    assert answer["degraded_reason"] == "no language model is configured"
    assert {"d1", "d2"} <= ids(answer)


def test_a_key_that_is_missing_degrades_and_is_named(tmp_path: Path, monkeypatch) -> None:
    """The place of the key, of course not the key."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with (
        serving(good) as server,
        service(tmp_path, base_url=server.url, api_key_env="NO_SUCH_KEY") as (client, _),
    ):
        assert "$NO_SUCH_KEY" in ask(client)["degraded_reason"]
    assert not server.requests


def test_a_key_travels_to_the_server_and_into_no_answer(tmp_path: Path) -> None:
    """From a file, as a bearer token."""
    file = tmp_path / "key"
    file.write_text("sk-very-secret\n")
    with (
        serving(always(Says("sk-very-secret is wrong", status=401))) as server,
        service(tmp_path / "index", base_url=server.url, api_key_file=str(file)) as (client, _),
    ):
        answer = ask(client)
    assert server.keys == ["Bearer sk-very-secret"]
    assert "sk-very-secret" not in json.dumps(answer)

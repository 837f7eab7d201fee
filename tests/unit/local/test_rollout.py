"""A rollout waits out a slow dashboard and a dead proxy, and gives up on a wrong configuration."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deployments.local import rollout
from deployments.local.cluster import Cluster
from deployments.local.ports import PREFERRED

RUNNING = {"applications": {"brainwav": {"status": "RUNNING", "message": "", "deployments": {}}}}


@contextmanager
def dashboard(puts: list[int], hang_ups: int = 0) -> Iterator[tuple[Cluster, list[str]]]:
    """A dashboard that answers deployments with ``puts`` in turn, 0 by hanging up.

    It hangs up on as many readers as ``hang_ups`` says.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append("PUT")
            if status := puts[asked.count("PUT") - 1]:
                self._answer(status, b"Traceback\nActorDiedError: proxy")

        def do_GET(self) -> None:
            asked.append("GET")
            if asked.count("GET") > hang_ups:
                self._answer(200, json.dumps(RUNNING).encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    ports = type(PREFERRED)(**{**PREFERRED_PORTS, "dashboard": server.server_address[1]})
    try:
        yield Cluster("test", ports), asked
    finally:
        server.shutdown()
        server.server_close()


PREFERRED_PORTS = {name: getattr(PREFERRED, name) for name in PREFERRED.__dataclass_fields__}


def deploy(cluster: Cluster, state: Path, said: list[str]) -> None:
    """Deploy an empty configuration of an empty project."""
    rollout.deploy(cluster, {"applications": []}, state, state, 30, said.append)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks a test need not wait."""
    monkeypatch.setattr(rollout, "POLL_S", 0)


def test_serve_is_asked_again_when_its_proxy_died(tmp_path: Path) -> None:
    """A 500 is Serve's trouble, not the configuration's; the reason is shown."""
    said: list[str] = []
    with dashboard([500, 200]) as (cluster, asked):
        deploy(cluster, tmp_path, said)
    assert asked.count("PUT") == 2
    assert any("ActorDiedError: proxy" in line for line in said)


@pytest.mark.parametrize(("answers", "tries"), [([400], 1), ([500, 500, 500], 3)])
def test_a_refusal_ends_the_rollout(tmp_path: Path, answers: list[int], tries: int) -> None:
    """At once where the configuration is wrong, after three tries where Serve fails."""
    with (
        dashboard(answers) as (cluster, asked),
        pytest.raises(rollout.RolloutError, match="ActorDiedError"),
    ):
        deploy(cluster, tmp_path, [])
    assert asked == ["GET"] + ["PUT"] * tries


def test_a_dashboard_that_died_is_reported(tmp_path: Path) -> None:
    """One line that says so, no traceback of the client."""
    with (
        dashboard([0, 0, 0]) as (cluster, _),
        pytest.raises(rollout.RolloutError, match="the dashboard does not answer"),
    ):
        deploy(cluster, tmp_path, [])


def test_a_dashboard_too_busy_to_answer_is_asked_again(tmp_path: Path) -> None:
    """A look that fails says nothing about the deployment, nor about what ran before it."""
    with dashboard([200], hang_ups=2) as (cluster, asked):
        deploy(cluster, tmp_path, [])
    assert asked == ["GET", "GET", "GET", "PUT", "GET"]

"""Planning on the real graph: replicas, streams through HAProxy, disconnects, deaths."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import httpx
import pytest

from deployments.local import rollout
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service
from tests.waiting import until

pytestmark = pytest.mark.cluster

NAMESPACE = "chains"
TOWNS = ["Norrtal", "Mavik", "Osby", "Lindau", "Trollvik", "Kessby", "Arnheim", "Solberg"]
GOAL = "Which river flows through the town where the director of the film Stern Kessel was born?"
GOALS = [(GOAL, "tot"), ("Who was born in Osby and directed a film?", "tot"), (GOAL, "auto")]


@pytest.fixture(scope="module")
def planned(service: Service) -> Iterator[httpx.Client]:
    """A client of the service, with chains of titled passages in the index."""
    settings = deepcopy(service.settings)
    for deployment in settings["applications"][0]["deployments"]:
        if deployment["name"] == "Ingress":
            # These tests freeze a component and ask for the health of the others.
            deployment["user_config"]["probe_deadline_s"] = 1
    rollout.deploy(service.running, settings, PROJECT, service.state, TIMEOUT_S, lambda _: None)
    with httpx.Client(base_url=service.url, timeout=120) as client:
        body = {"namespace": NAMESPACE, "documents": passages()}
        assert client.put("/documents", json=body).json()["failed"] == []
        yield client
    service.start()


def passages() -> list[dict[str, Any]]:
    """Films, their directors, the directors' towns and the towns' rivers."""
    found: list[tuple[str, str]] = [("Stern Kessel", "Stern Kessel is a film by Ada Osby Lind.")]
    for n, town in enumerate(TOWNS):
        director, river = ("Ada Osby Lind" if n == 0 else f"Director {town}"), f"River {town[:4]}"
        film = f"Film of {TOWNS[-n - 1]}"
        found += [
            (film, f"{film} is a film directed by {director}."),
            (director, f"{director} was born in {town} and made films."),
            (town, f"{town} is a town on the {river}."),
            (river, f"The {river} flows through {town} to the sea."),
        ]
    return [
        {"id": f"p{n}", "text": text, "metadata": {"title": title}}
        for n, (title, text) in enumerate(found)
    ]


def body(goal: str = GOAL, strategy: str = "tot", **more: Any) -> dict[str, Any]:
    return {"goal": goal, "namespace": NAMESPACE, "strategy": strategy} | more


def hashes(client: httpx.Client) -> list[str]:
    """Plan all goals; every plan must have grown a tree without failures."""
    found = []
    for goal, strategy in GOALS:
        answer = client.post("/agents/plan", json=body(goal, strategy)).json()
        assert not answer["degraded"]
        assert "failed" not in {node["status"] for node in answer["tree"]["nodes"]}
        found.append(answer["tree"]["hash"])
    return found


def component(client: httpx.Client, name: str) -> dict[str, Any]:
    """Return what a component says of itself now, once it is well."""
    said: dict[str, Any] = {}
    asked = time.time()

    def well() -> bool:
        health = client.get("/health").json()
        said.update(health["components"][name])
        # The last round may be of before the question.
        return said["healthy"] and health["as_of"] >= asked

    until(well)
    return said


def cancelled(client: httpx.Client) -> int:
    """Return how many plans were cancelled, by the metrics."""
    text = client.get("/metrics").text
    found = re.findall(r'^brainwav_planning_requests_total{.*"cancelled"} (\d+)$', text, re.M)
    return sum(map(int, found))


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process for a while: calls to it hang until it goes on."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def asking(service: Service, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Post a plan request from a thread; the dict gets its ``answer`` or ``error``."""
    said: dict[str, Any] = {}
    client = httpx.Client(base_url=service.url, timeout=120)

    def ask() -> None:
        try:
            said["answer"] = client.post("/agents/plan", json=request)
        except (httpx.HTTPError, RuntimeError) as error:
            said["error"] = error

    said["client"] = client
    thread = threading.Thread(target=ask)
    thread.start()
    yield said
    thread.join(timeout=120)
    client.close()
    assert not thread.is_alive()


@contextmanager
def leaving(service: Service, request: dict[str, Any]) -> Iterator[None]:
    """Post a plan request and hang up at the end of the block, with nothing read."""
    url, content = httpx.URL(service.url), json.dumps(request).encode()
    head = (
        f"POST /agents/plan HTTP/1.1\r\nHost: {url.host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    # A client of httpx that another thread reads from would not hang up when it is closed.
    with socket.create_connection((url.host, url.port), timeout=60) as caller:
        caller.sendall(head.encode() + content)
        yield


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Yield a stream's events as they arrive."""
    fields: dict[str, Any] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, value = line.split(": ", 1)
            fields[name] = json.loads(value) if name == "data" else value
        elif fields:
            yield fields
            fields = {}


def test_events_pass_the_proxy_while_the_run_goes_on(service: Service, planned) -> None:
    """Nothing is buffered: the start is read while the run cannot go on. Then it is resumed."""
    encoder = component(planned, "embedder")["replica_pid"]
    request = body(stream=True, budget={"deadline_ms": 60_000})
    with frozen(encoder), planned.stream("POST", "/agents/plan", json=request) as response:
        told = events(response.iter_lines())
        first = [next(told) for _ in range(3)]
    assert first[0]["event"] == "run.started"
    run, last = first[0]["data"]["id"], first[-1]["id"]
    path, headers = f"/agents/plan/{run}/events", {"Last-Event-ID": last}
    with planned.stream("GET", path, headers=headers) as response:
        rest = list(events(response.iter_lines()))
    numbers = [int(event["id"].split(":")[1]) for event in first + rest]
    assert numbers == list(range(1, len(numbers) + 1))
    assert rest[-1]["event"] == "run.finished"
    assert rest[-1]["data"]["stop_reason"] != "cancelled"


def test_a_client_that_leaves_cancels_the_work_everywhere(service: Service, planned) -> None:
    """The planner and the branch stop though the encoder they wait for never answers."""
    # A run of the test before may still be going.
    until(lambda: component(planned, "planner")["planning"] == 0)
    until(lambda: component(planned, "thought_branch")["replica_running"] == 0)
    encoder, before = component(planned, "embedder")["replica_pid"], cancelled(planned)
    with frozen(encoder):
        with leaving(service, body(budget={"deadline_ms": 120_000})):
            until(lambda: component(planned, "thought_branch")["replica_running"] > 0)
            assert component(planned, "planner")["planning"] == 1
        until(lambda: component(planned, "planner")["planning"] == 0)
        until(lambda: component(planned, "thought_branch")["replica_running"] == 0)
    # Told by the planner itself: not by the deadline, and whichever call it waited for.
    until(lambda: cancelled(planned) == before + 1)


def test_a_branch_that_dies_is_expanded_again(service: Service, planned) -> None:
    """Killed with a branch in its hands: the answer is the one of an undisturbed run."""
    (alone, *_) = hashes(planned)
    encoder = component(planned, "embedder")["replica_pid"]
    branch = component(planned, "thought_branch")["replica_pid"]
    request = body(budget={"deadline_ms": 60_000})
    with asking(service, request) as said, frozen(encoder):
        until(lambda: component(planned, "thought_branch")["replica_running"] > 0)
        os.kill(branch, signal.SIGKILL)
    answer = said["answer"]
    assert answer.status_code == 200, answer.text
    assert answer.json()["tree"]["hash"] == alone


def test_a_planner_that_dies_takes_its_runs_along_and_says_so(service: Service, planned) -> None:
    """The stream ends with a plain word; the run is unknown afterwards; planning goes on."""
    encoder, planner = (component(planned, name)["replica_pid"] for name in ("embedder", "planner"))
    request = body(stream=True, budget={"deadline_ms": 60_000})
    with frozen(encoder), planned.stream("POST", "/agents/plan", json=request) as response:
        told = events(response.iter_lines())
        run = next(told)["data"]["id"]
        os.kill(planner, signal.SIGKILL)
        last = list(told)[-1]
    assert last["event"] == "run.failed"
    assert last["data"]["code"] in ("run_unknown", "unavailable", "deadline_exceeded")
    until(lambda: planned.get(f"/agents/plan/{run}").status_code == 404)
    assert planned.post("/agents/plan", json=body()).status_code == 200


def test_the_tree_is_the_same_on_two_replicas(service: Service, planned: httpx.Client) -> None:
    """Twice each, so that the new replica takes part. `make bench` does it with four."""
    alone = hashes(planned)
    assert hashes(planned) == alone
    settings = deepcopy(service.settings)
    for deployment in settings["applications"][0]["deployments"]:
        if deployment["name"] == "ThoughtBranch":
            deployment["autoscaling_config"] |= {"min_replicas": 2, "max_replicas": 2}
    rollout.deploy(service.running, settings, PROJECT, service.state, TIMEOUT_S, lambda _: None)
    until(lambda: running(service, "ThoughtBranch") == 2)
    assert [hashes(planned) for _ in range(3)] == [alone] * 3


def running(service: Service, deployment: str) -> int:
    replicas = service.replicas(deployment)
    return sum(replica["state"] == "RUNNING" for replica in replicas)


def test_a_goal_is_planned_by_handle(service: Service, planned: httpx.Client) -> None:
    """The example for other code on the cluster grows the tree that HTTP grows."""
    command = [
        sys.executable,
        "-m",
        "scripts.examples.plan_by_handle",
        GOAL,
        "--namespace",
        NAMESPACE,
        "--state",
        str(service.state),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=PROJECT
    )
    assert done.returncode == 0, done.stderr
    assert hashes(planned)[0] in done.stdout

"""One request followed through every deployment that worked for it, by the command."""

import json
import os
import subprocess
import sys
from collections import Counter

import httpx
import pytest

from tests.serve.conftest import PROJECT, Service
from tests.waiting import until

pytestmark = pytest.mark.cluster
NAMESPACE = "followed"
TEXTS = ("Ada was born in Osby.", "Osby lies on the river Lind.", "Stern is a film by Ada.")
GOAL = "Which river flows through the town where the director of the film Stern was born?"


def lines(service: Service, request_id: str) -> list[dict]:
    """Return our own lines of a request; Serve writes some as well."""
    command = [sys.executable, "-m", "deployments.cli", "--home", str(service.state), "logs"]
    done = subprocess.run(
        [*command, "--request", request_id, "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env=os.environ.copy(),
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in found if "component" in line]


def test_a_plan_is_followed_through_every_deployment(
    service: Service, client: httpx.Client
) -> None:
    """Of another request there is no line, and the order is that of time."""
    documents = [{"id": str(n), "text": text} for n, text in enumerate(TEXTS)]
    write = {"namespace": NAMESPACE, "documents": documents}
    client.put("/documents", json=write, headers={"X-Request-ID": "the-write"}).raise_for_status()
    plan = {"goal": GOAL, "namespace": NAMESPACE, "strategy": "tot"}
    client.post("/agents/plan", json=plan, headers={"X-Request-ID": "the-plan"}).raise_for_status()
    wanted = {"Ingress", "Planner", "ThoughtBranch", "HybridSearch", "Embedder"}

    def told() -> set[str]:
        return {line["component"] for line in lines(service, "the-plan")}

    until(lambda: wanted <= told(), "replicas write the lines of their calls each second")
    found = lines(service, "the-plan")
    assert told() == wanted
    assert {line["request_id"] for line in found} == {"the-plan"}
    assert [line["timestamp"] for line in found] == sorted(line["timestamp"] for line in found)
    events = Counter((line["component"], line["event"]) for line in found)
    assert events["Ingress", "request"] == 1
    assert events["Planner", "plan.done"] == 1
    assert events["ThoughtBranch", "call"] >= 1
    written = {line["component"] for line in lines(service, "the-write")}
    assert {"Ingress", "Embedder", "IndexWriter"} <= written

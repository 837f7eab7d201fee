"""Another model in a running service: searches go on, and no acknowledged document is lost."""

import json
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path

import httpx
import pytest
import yaml

from deployments.local import rollout
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service
from tests.serve.load import Load

pytestmark = pytest.mark.cluster
NAMESPACE = "two-models"
BEFORE = 100


class Writers:
    """Writes documents one by one and remembers which were acknowledged, and what refused them."""

    def __init__(self) -> None:
        self.acknowledged: set[str] = set()
        self.refusals: set[tuple[int, str]] = set()
        self._numbers = count()

    def __call__(self, client: httpx.Client) -> httpx.Response:
        id = f"late-{next(self._numbers)}"
        document = {"id": id, "text": f"document {id} of many"}
        answer = put(client, [document])
        if answer.status_code == 200:
            self.acknowledged.add(id)
        else:
            self.refusals.add((answer.status_code, answer.json()["error"]["code"]))
        return answer


def put(client: httpx.Client, documents: list[dict]) -> httpx.Response:
    return client.put("/documents", json={"namespace": NAMESPACE, "documents": documents})


def search(client: httpx.Client) -> httpx.Response:
    body = {"namespace": NAMESPACE, "query": "a document of many", "limit": 3}
    answer = client.post("/search", json=body)
    assert answer.status_code != 200 or len(answer.json()["results"]) == 3
    return answer


@pytest.fixture
def other(service: Service, tmp_path: Path) -> Iterator[Path]:
    """The same towers in the other precision: vectors of the same length that must not mix."""
    settings = deepcopy(service.settings)
    args = settings["applications"][0]["args"]
    args["model"]["precision"] = "fp32"
    # A neighbour: what lies beside an index, such as totals and buckets, stays in use.
    args["index"]["uri"] += "-in-fp32"
    file = tmp_path / "next.yaml"
    file.write_text(yaml.safe_dump(settings))
    yield file
    rollout.deploy(
        service.running, service.settings, PROJECT, service.state, TIMEOUT_S, lambda line: None
    )


def reembed(
    service: Service, other: Path, tmp_path: Path, *more: str
) -> subprocess.CompletedProcess[str]:
    now = tmp_path / "now.yaml"
    now.write_text(yaml.safe_dump(service.settings))
    script = str(PROJECT / "scripts" / "reembed.py")
    given = ["--config", str(now), "--next", str(other), "--state", str(service.state)]
    command = [sys.executable, script, *given, "--gate-seconds", "15", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def held(client: httpx.Client) -> set[str]:
    """Return the ids in the index that is served."""
    found: set[str] = set()
    while True:
        params = {"namespace": NAMESPACE, "limit": 100, "offset": len(found)}
        page = client.get("/documents", params=params).json()
        found |= {document["id"] for document in page["documents"]}
        if len(found) >= page["total"]:
            return found


def test_models_are_switched_under_load(
    service: Service, client: httpx.Client, other: Path, tmp_path: Path
) -> None:
    """Every search is answered; a write is acknowledged and there, or told to come again."""
    first = {f"early-{n}" for n in range(BEFORE)}
    put(client, [{"id": id, "text": f"document {id} of many"} for id in sorted(first)])
    writers = Writers()
    writing, searching = Load(service, writers, 2), Load(service, search, 2)
    try:
        writing.await_more(5)
        switched = reembed(service, other, tmp_path, "--max-p95-ms", "5000")
        assert switched.returncode == 0, switched.stdout + switched.stderr
        writing.await_more(5)
        searching.await_more(5)
    finally:
        writing.stop()
        searching.stop()
    assert searching.refusals == []
    assert (503, "unavailable") in writers.refusals
    assert writers.refusals <= {(503, "unavailable"), (503, "other_model"), (503, "overloaded")}
    assert held(client) == first | writers.acknowledged
    status = rollout.status(service.running, service.state)
    args = status["applications"]["brainwav"]["deployed_app_config"]["args"]
    assert args["model"]["precision"] == "fp32", json.dumps(args)
    # By meaning too: each has a vector of the model that asks.
    for id in ("early-7", max(writers.acknowledged)):
        body = {"namespace": NAMESPACE, "query": f"document {id} of many", "mode": "semantic"}
        [best, *_] = client.post("/search", json=body).json()["results"]
        assert best["id"] == id

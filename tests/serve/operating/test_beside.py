"""Two services on one machine, the second of another user where that can be."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deployments.local import cluster, processes
from tests.serve.conftest import Service, free_port
from tests.serve.operating.running import Running

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
NOBODY = 65534


def _another() -> int | None:
    """Return another user than us, if we may become one and he may run this Python."""
    try:
        subprocess.run([sys.executable, "-c", ""], check=True, user=NOBODY, group=NOBODY)
    except OSError:
        return None
    return NOBODY


USER = _another()
"""Of the second service; None: ours."""
DEPLOYMENTS = ("IndexWriter", "Embedder", "MetricsHub", "EnergyMeter", "RateLimiter")
"""Which no autoscaler begins or ends by itself meanwhile."""


@dataclass(frozen=True, slots=True)
class Other:
    """The second service."""

    home: Path
    url: str
    said: list[str]


@pytest.fixture(scope="module")
def other(service: Service) -> Iterator[Other]:
    """Brought up by the command, in a home of its user's, while the first one runs."""
    with tempfile.TemporaryDirectory(prefix="brainwav other ") as name:
        if USER is not None:
            os.chown(name, USER, USER)
        home, port = Path(name) / "home", free_port()
        try:
            up = Running(home, "up", "--port", str(port), user=USER)
            up.wait()
            yield Other(home, f"http://127.0.0.1:{port}", up.lines)
        finally:
            cluster.stop(home)


def pids_of(service: Service, deployment: str) -> set[int]:
    return {replica["pid"] for replica in service.replicas(deployment)}


def found(url: str, word: str) -> list[str]:
    body = {"namespace": "both", "query": word, "mode": "keyword"}
    answer = httpx.post(f"{url}/search", json=body, timeout=60)
    return [hit["id"] for hit in answer.json()["results"]] if answer.is_success else []


def test_a_second_service_comes_up_beside_the_first(service: Service, other: Other) -> None:
    """With ports of its own, and not one process of the other."""
    assert any("ready: " in line for line in other.said), other.said
    first, second = cluster.recorded(service.state), cluster.recorded(other.home)
    assert first is not None
    assert second is not None
    assert not set(processes.family(first.instance)) & set(processes.family(second.instance))
    if USER is not None:
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes.marked(second.instance)}
        assert owners == {USER}


def test_neither_finds_what_the_other_holds(service: Service, other: Other) -> None:
    """The same namespace and the same word in both."""
    for url, id in ((service.url, "ours"), (other.url, "theirs")):
        document = {"namespace": "both", "documents": [{"id": id, "text": "a kettle"}]}
        httpx.put(f"{url}/documents", json=document, timeout=60).raise_for_status()
    assert found(service.url, "kettle") == ["ours"]
    assert found(other.url, "kettle") == ["theirs"]


def test_the_end_of_the_second_leaves_the_first_alone(service: Service, other: Other) -> None:
    """Its replicas are the same processes as before."""
    before = {name: pids_of(service, name) for name in DEPLOYMENTS}
    down = Running(other.home, "down", user=USER)
    assert down.wait() == 0, down.lines
    assert cluster.recorded(other.home) is None
    assert {name: pids_of(service, name) for name in DEPLOYMENTS} == before
    assert httpx.get(f"{service.url}/health/ready", timeout=60).is_success

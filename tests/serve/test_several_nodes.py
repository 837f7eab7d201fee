"""Several nodes: replicas spread, one node dies under load, and nothing acknowledged is lost."""

import os
import threading
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.checking import config
from deployments.local import cluster, nodes, rollout
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service, free_port
from tests.serve.load import Load

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
SPREAD = ("Ingress", "Embedder", "HybridSearch")


class Nodes(Service):
    """A service on a head without replicas and two nodes with them."""

    def start(self) -> None:
        port = self.settings["http_options"]["port"]
        running = cluster.start(PROJECT, self.state, 0, port)
        self.nodes = [nodes.add(running, PROJECT, self.state, n, num_cpus=2) for n in (1, 2)]
        rollout.deploy(running, self.settings, PROJECT, self.state, TIMEOUT_S, lambda line: None)
        rollout.await_ready(self.url, TIMEOUT_S)


def settings_of(state: Path) -> dict[str, Any]:
    """The default configuration with two of everything that can be two, on different nodes."""
    settings = deepcopy(config.load(PROJECT / "serve_config.yaml"))
    settings["proxy_location"] = "HeadOnly"
    settings["http_options"]["port"] = free_port()
    config.raise_limits(settings)
    app = settings["applications"][0]
    app["args"]["index"]["uri"] = str(state / "index")
    for deployment in app["deployments"]:
        if deployment["name"] in SPREAD:
            deployment["max_replicas_per_node"] = 1
            deployment["health_check_period_s"] = 2
            deployment["autoscaling_config"] |= {"min_replicas": 2, "max_replicas": 2}
    return settings


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    state = tmp_path_factory.mktemp("nodes")
    os.environ.setdefault("RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S", "1")
    service = Nodes(state, settings_of(state))
    try:
        service.start()
        yield service
    finally:
        cluster.stop(state)


def nodes_of(service: Service, deployment: str) -> set[str]:
    return {r["node_id"] for r in service.replicas(deployment) if r["state"] == "RUNNING"}


def retried(call, times: int = 1) -> httpx.Response:
    """Call, and once more where it failed, as the client's documentation advises."""
    try:
        answer = call()
    except httpx.HTTPError:
        answer = None
    if answer is not None and answer.status_code < 500:
        return answer
    return call() if times <= 1 else retried(call, times - 1)


def test_a_node_dies_under_load_and_the_service_goes_on(spread: Nodes) -> None:
    """Searches with one retry never fail; every acknowledged document is there afterwards."""
    for name in SPREAD:
        assert len(nodes_of(spread, name)) == 2, f"{name} is on one node only"
    acknowledged: list[str] = []
    over = threading.Event()
    # A search of a namespace that nobody has written is refused.
    first = {"namespace": "nodes", "documents": [{"id": "first", "text": "word1"}]}
    httpx.put(f"{spread.url}/documents", json=first, timeout=60).raise_for_status()

    def write() -> None:
        number = 0
        while not over.is_set():
            id = f"d{number}"
            body = {"namespace": "nodes", "documents": [{"id": id, "text": f"word{number}"}]}
            try:
                if httpx.put(f"{spread.url}/documents", json=body, timeout=60).is_success:
                    acknowledged.append(id)
            except httpx.HTTPError:
                pass
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    search = {"namespace": "nodes", "query": "word1"}

    def ask(_: httpx.Client) -> httpx.Response:
        return retried(lambda: httpx.post(f"{spread.url}/search", json=search, timeout=60))

    load = Load(spread, ask, 2)
    try:
        load.await_more(30)
        assert spread.nodes[1].kill() > 0
        load.await_more(200)
    finally:
        over.set()
        writer.join(timeout=120)
        load.stop()
    assert load.refusals == []
    assert acknowledged
    with httpx.Client(base_url=spread.url, timeout=60) as client:
        for id in acknowledged:
            answer = client.get(f"/documents/{id}", params={"namespace": "nodes"})
            assert answer.status_code == 200, id

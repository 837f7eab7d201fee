"""One cluster for all tests of this folder, started as `make up` starts it."""

import socket
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.checking import config
from deployments.local import cluster, processes, rollout
from tests.waiting import until

PROJECT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 600
"""For what never comes: a machine that is busy with others starts replicas slowly."""


@dataclass
class Service:
    """A running service and the way to change it."""

    state: Path
    settings: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['http_options']['port']}"

    @property
    def running(self) -> cluster.Cluster:
        found = cluster.recorded(self.state)
        assert found is not None, "the cluster is gone"
        return found

    def start(self) -> None:
        """Start the cluster if need be, deploy the settings and wait until they serve."""
        port = self.settings["http_options"]["port"]
        running = cluster.start(PROJECT, self.state, cluster.cpu_count(), port)
        rollout.deploy(running, self.settings, PROJECT, self.state, TIMEOUT_S, lambda line: None)
        rollout.await_ready(self.url, TIMEOUT_S)

    def kill_everything(self) -> None:
        """SIGKILL every process of the cluster at once."""
        processes.stop(self.running.instance, grace_s=0.0)

    def replicas(self, deployment: str) -> list[dict[str, Any]]:
        """Return Serve's account of a deployment's replicas."""
        told: list[dict[str, Any]] = []
        # The dashboard has the same two cores as everything else.
        until(lambda: told.append(rollout.status(self.running, self.state)) or True)
        return told[0]["applications"]["brainwav"]["deployments"][deployment]["replicas"]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The default configuration on free ports, with two search replicas."""
    state = tmp_path_factory.mktemp("service")
    settings = deepcopy(config.load(PROJECT / "serve_config.yaml"))
    settings["http_options"]["port"] = free_port()
    # These tests look for other bounds; test_limits.py sets its own.
    config.raise_limits(settings)
    app = settings["applications"][0]
    app["args"]["index"]["uri"] = str(state / "index")
    for deployment in app["deployments"]:
        if deployment["name"] == "HybridSearch":
            deployment["autoscaling_config"]["min_replicas"] = 2
        if deployment["name"] == "Ingress":
            deployment["user_config"]["model_aliases"] = {"text-embedding-3-small": "text"}
    service = Service(state, settings)
    service.start()
    yield service
    cluster.stop(state)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client of the service."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

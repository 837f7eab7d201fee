"""A deployment that became slow is taken back, and nobody is refused meanwhile."""

import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import httpx
import pytest
import yaml

from deployments.local import rollout
from deployments.local.environment import token_file
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service
from tests.serve.load import Load

pytestmark = pytest.mark.cluster


def test_a_planted_slow_version_is_rolled_back_without_an_outage(
    service: Service, tmp_path: Path
) -> None:
    """`brainwav deploy` exits with 1; all the while every search is answered, and so no balancer
    is told to send searches elsewhere, though each deployment is replaced there and back.
    """
    planted = deepcopy(service.settings)
    planted["applications"][0]["import_path"] = "tests.serve.slow_graph:build"
    file = tmp_path / "slow.yaml"
    file.write_text(yaml.safe_dump(planted))
    written = {"namespace": "gate-test", "documents": [{"id": "mug", "text": "a red mug"}]}
    httpx.put(f"{service.url}/documents", json=written, timeout=60).raise_for_status()
    search = {"namespace": "gate-test", "query": "a red mug"}
    load = Load(service, lambda _: httpx.post(f"{service.url}/search", json=search, timeout=60), 2)
    # Each time on a new connection, as balancers do: any Ingress replica may answer.
    ready = Load(service, lambda _: httpx.get(f"{service.url}/health/ready", timeout=60), 1)
    try:
        load.await_more(20)
        done = _deploy(service, file)
        load.await_more(20)
    finally:
        load.stop()
        ready.stop()
        rollout.deploy(
            service.running, service.settings, PROJECT, service.state, TIMEOUT_S, lambda line: None
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "POST /search: p95" in done.stderr
    assert "the previous version serves" in done.stdout
    assert load.refusals == []
    assert ready.refusals == []
    status = rollout.status(service.running, service.state)
    deployed = status["applications"]["brainwav"]["deployed_app_config"]
    assert deployed["import_path"] == "graph:build"


def _deploy(service: Service, file: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(PROJECT / "scripts" / "deploy.py"),
        "--home",
        str(service.state),
        "--config",
        str(file),
        "--dashboard",
        service.running.dashboard_url,
        "--service",
        service.url,
        "--token-file",
        str(token_file(service.state)),
        "--gate",
        "http",
        "--gate-seconds",
        "15",
    ]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ.copy()
    )

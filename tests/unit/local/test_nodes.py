"""Further nodes: one that does not join is named at once."""

import sys
from pathlib import Path

import pytest

from deployments.local import environment, nodes
from deployments.local.cluster import Cluster, ClusterError
from deployments.local.environment import Ports

PORTS = Ports(*range(20001, 20010))


@pytest.fixture
def ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of `ray`."""
    monkeypatch.setattr(environment, "run_folder_path", lambda state: tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return tmp_path / "python"


def written(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


def test_what_ray_said_is_told_when_a_node_does_not_join(ray: Path, tmp_path: Path) -> None:
    written(ray, "echo no such cluster >&2; exit 1")
    with pytest.raises(ClusterError, match="node 2 did not join:\nno such cluster"):
        nodes.add(Cluster("none", PORTS), tmp_path, tmp_path, 2, num_cpus=1)


def test_a_node_that_joined_can_be_killed_with_all_its_processes(ray: Path, tmp_path: Path) -> None:
    written(ray, "sleep 60 >/dev/null 2>&1 &\nsleep 60 >/dev/null 2>&1 &\nexit 0")
    node = nodes.add(Cluster("some", PORTS), tmp_path, tmp_path, 1, num_cpus=1)
    assert node.name == "some-1"
    assert node.kill() == 2

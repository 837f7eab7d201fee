"""A shared machine: what another user of it reads, writes and connects to, which is nothing."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.local import cluster, listening, processes
from deployments.local.environment import run_folder_path, token_file
from tests.serve.conftest import PROJECT, Service

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user"),
]
NOBODY = 65534
STRANGER = Path(__file__).with_name("stranger.py")
KEYED = ("HAProxy", "ProxyActor", "replica of the Ingress")
"""The service's own HTTP: API keys say who may do what there."""
UNASKED = ("DashboardAgent", "dashboard")
"""Show Ray's metrics to whoever is on this machine; docs/explanation/security.md says so."""


def below(folder: Path) -> list[str]:
    return [str(folder), *(str(path) for path in folder.rglob("*"))]


def sockets_of(pids: list[int]) -> list[str]:
    """Every socket of the file system, and every abstract one, of the cluster's processes."""
    inodes = {inode for pid in pids for inode in listening._socket_inodes(pid)}
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return [fields[7] for fields in lines if len(fields) > 7 and int(fields[6]) in inodes]


@pytest.fixture(scope="module")
def stranger(service: Service) -> dict[str, Any]:
    """What a stranger got from a service that holds documents."""
    document = {"namespace": "secret", "documents": [{"id": "1", "text": "the recipe"}]}
    httpx.put(f"{service.url}/documents", json=document, timeout=60).raise_for_status()
    # As `make up` does at its end.
    cluster.close_sockets(service.state)
    pids = processes.marked(service.running.instance)
    run = run_folder_path(service.state)
    found = listening.listening(service.running.instance)
    task = {
        "paths": [*below(run), *below(service.state)],
        "sockets": [*(str(p) for p in run.rglob("*") if p.is_socket()), *sockets_of(pids)],
        "pids": pids,
        "ports": sorted({each.port for each in found if each.protocol == "tcp"}),
    }
    assert any(path.endswith("admin.sock") for path in task["sockets"])
    assert any("/index/" in path for path in task["paths"])
    return ask(task) | {"listeners": found}


def ask(task: dict[str, Any]) -> dict[str, Any]:
    """Have the stranger try, and return what it got."""
    done = subprocess.run(
        [sys.executable, str(STRANGER)],
        input=json.dumps(task | {"uid": NOBODY, "gid": NOBODY}),
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_stranger_reads_writes_and_enters_nothing(stranger: dict[str, Any]) -> None:
    """Files, folders, sockets, processes' variables: several hundred places."""
    assert stranger["got"] == []


def test_a_stranger_would_have_been_noticed() -> None:
    """The same program gets what is open."""
    with tempfile.TemporaryDirectory(prefix="brainwav-test-") as name:
        folder = Path(name)
        (folder / "open").write_text("x")
        (folder / "open").chmod(0o644)
        folder.chmod(0o755)
        got = ask({"paths": below(folder), "sockets": [], "pids": [], "ports": []})["got"]
    assert got == [f"read {folder}", f"listed {folder}", f"read {folder}/open"]


def test_rays_ports_ask_for_the_token(service: Service, stranger: dict[str, Any]) -> None:
    """Every one but two that show numbers; each was asked by HTTP and by eight calls of gRPC."""
    let_in: set[tuple[str, int]] = set()
    for each in stranger["listeners"]:
        answers = stranger["ports"][str(each.port)]
        pages = [page for page, status in answers["http"].items() if status == 200]
        calls = [name for name, status in answers["grpc"].items() if status == "OK"]
        assert calls == [], each
        if each.port == service.running.ports.dashboard:
            # A page without anything in it; whoever wants to see or do something is asked.
            assert pages == ["/"]
        elif pages and each.process not in KEYED:
            let_in.add((each.process, each.port))
    ports = service.running.ports
    assert let_in == {
        ("DashboardAgent", ports.metrics_export),
        ("dashboard", ports.dashboard_metrics),
    }


def test_every_port_of_rays_own_is_one_that_asks(stranger: dict[str, Any]) -> None:
    """Where a call arrives at all it is refused for want of a token, not for want of a method."""
    others = (*KEYED, *UNASKED, "RuntimeEnvAgent")
    asking = [each for each in stranger["listeners"] if each.process not in others]
    assert asking
    for each in asking:
        statuses = set(stranger["ports"][str(each.port)]["grpc"].values())
        assert "UNAUTHENTICATED" in statuses, (each, statuses)
        assert statuses <= {"UNAUTHENTICATED", "UNIMPLEMENTED"}, (each, statuses)


def test_no_secret_is_on_a_command_line(service: Service) -> None:
    """Everybody on the machine reads those."""
    token = token_file(service.state).read_text().strip().encode()
    pids = processes.marked(service.running.instance)
    assert pids
    for pid in pids:
        assert token not in Path(f"/proc/{pid}/cmdline").read_bytes()

"""Who leaks goes, and nobody else; what other programs hold ends nobody.

A cluster of its own, in which Ray counts the machine as full from a share on that its neighbour
exceeds: with Ray's monitor in force (`RAY_memory_monitor_refresh_ms=250`) it kills replicas and
Serve's controller here. Really filling the machine would end other things than ours.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import httpx
import psutil
import pytest

from deployments.checking import config
from deployments.local import cluster, processes
from deployments.local.environment import ray_folder
from deployments.local.listening import name_of
from tests.serve.conftest import PROJECT, Service, free_port
from tests.serve.leaky_graph import MORE_AND_MORE, TOO_MUCH
from tests.serve.load import Load
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
GIB = 1024**3
OWN_BYTES = int(4.5 * GIB)
"""What a cluster holds."""
LEFT_BYTES = 2 * GIB
"""From there on Ray would call the machine full."""
MOST_BYTES = 8 * GIB
"""A neighbour that took more could end what others run here."""
THRESHOLD = "RAY_memory_usage_threshold"
NEIGHBOUR = """
import os, sys
held = bytearray(os.urandom(1)) * int(sys.argv[1])
print("full", flush=True)
sys.stdin.read()
"""


def used_bytes() -> int:
    memory = psutil.virtual_memory()
    return memory.total - memory.available


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two search replicas that may grow by 200 MiB and leak when they are asked to."""
    state = tmp_path_factory.mktemp("memory")
    settings = deepcopy(config.load(PROJECT / "serve_config.yaml"))
    settings["http_options"]["port"] = free_port()
    config.raise_limits(settings)
    app = settings["applications"][0]
    app["import_path"] = "tests.serve.leaky_graph:build"
    app["args"]["index"]["uri"] = str(state / "index")
    for deployment in app["deployments"]:
        if deployment["name"] == "HybridSearch":
            deployment["autoscaling_config"] |= {"min_replicas": 2, "max_replicas": 2}
            deployment["user_config"]["memory"] = {"max_growth_mib": 200}
            deployment["health_check_period_s"] = 1
    service = Service(state, settings)
    full = used_bytes() + OWN_BYTES + LEFT_BYTES
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(THRESHOLD, f"{full / psutil.virtual_memory().total:.4f}")
        try:
            service.start()
            service.full = full  # type: ignore[attr-defined]
            document = {"namespace": "m", "documents": [{"id": "1", "text": "word"}]}
            httpx.put(f"{service.url}/documents", json=document, timeout=60).raise_for_status()
            yield service
        finally:
            cluster.stop(state)


def workers(service: Service) -> dict[int, str]:
    """Replicas, controller and proxies by process id."""
    pids = processes.marked(service.running.instance)
    return {pid: name for pid in pids if not (name := name_of(pid)).startswith("/")}


def search(service: Service, query: str) -> httpx.Response:
    body = {"namespace": "m", "query": query, "mode": "keyword"}
    return httpx.post(f"{service.url}/search", json=body, timeout=60)


def events(service: Service, name: str) -> list[dict[str, object]]:
    """Log lines of search replicas, of an event."""
    folder = ray_folder(service.state) / "session_latest/logs/serve"
    lines = [
        json.loads(line)
        for path in folder.glob("brainwav_HybridSearch_*.jsonl")
        for line in path.read_text().splitlines()
    ]
    return [line for line in lines if line.get("event") == name]


def test_what_a_neighbour_holds_ends_nobody(service: Service) -> None:
    """Gigabytes come and go; every request is answered and every process is the same."""
    before = workers(service)
    assert "ServeController" in before.values()
    load = Load(service, lambda _: search(service, "word"), 4)
    full: int = service.full  # type: ignore[attr-defined]
    # Other programs of the machine may have ended since the start.
    wanted = min(MOST_BYTES, full - used_bytes() + GIB)
    neighbour = subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR, str(wanted)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert neighbour.stdout is not None
        assert neighbour.stdout.readline() == b"full\n"
        assert used_bytes() > full
        # Ray looks four times a second.
        load.await_more(1000)
    finally:
        neighbour.communicate()
        load.stop()
    assert load.refusals == []
    assert workers(service) == before


def test_the_kernel_is_not_told_to_end_our_processes_first(service: Service) -> None:
    """Ray would offer each of its workers before anything else on the machine."""
    found = {name: oom_score(pid) for pid, name in workers(service).items()}
    assert set(found.values()) == {oom_score("self")}
    assert "ServeController" in found


@pytest.mark.parametrize(
    ("query", "event"),
    [(TOO_MUCH, "replica.told_to_end"), (MORE_AND_MORE, "memory.over_bound")],
)
def test_a_replica_that_leaks_is_replaced_and_no_other(
    service: Service, query: str, event: str
) -> None:
    """One keeps 230 MiB and is drained; one never stops and ends at once. Nobody notices."""
    until(lambda: running(service) == 2, "two replicas run")
    before, told = workers(service), len(events(service, event))
    load = Load(service, lambda _: search(service, "word"), 4)
    try:
        load.await_more(20)
        search(service, query)
        until(lambda: len(before.keys() - workers(service).keys()) == 1, "the leaking one is gone")
        until(lambda: running(service) == 2, "another one runs")
        load.await_more(20)
    finally:
        load.stop()
    gone = before.keys() - workers(service).keys()
    assert [before[pid] for pid in gone] == ["replica of the HybridSearch"]
    assert load.refusals == []
    (*_, last) = events(service, event)
    assert len(events(service, event)) == told + 1
    assert "MiB it may" in str(last.get("reason", "MiB it may"))


def oom_score(pid: int | str) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


def running(service: Service) -> int:
    try:
        return sum(r["state"] == "RUNNING" for r in service.replicas("HybridSearch"))
    # The dashboard may be too busy to say.
    except httpx.HTTPError:
        return -1


def test_a_bound_is_seen_beside_what_is_held(service: Service) -> None:
    text = httpx.get(f"{service.url}/metrics", timeout=60).text
    series = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[:1] != "#")
    for component in ("Ingress", "Embedder", "HybridSearch", "IndexWriter", "RateLimiter"):
        held, bound = (
            float(series[f'brainwav_process_{name}_bytes{{component="{component}"}}'])
            for name in ("held", "memory_bound")
        )
        assert 0 < held < bound, component

"""Start and stop one Ray cluster of this project, beside whatever else runs on the machine."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from deployments.local import ports, processes
from deployments.local.environment import Ports, ray_environment, run_folder

START_TIMEOUT_S = 180
GRACE_S = 15.0


class ClusterError(RuntimeError):
    """The cluster cannot be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster, as remembered in the state folder."""

    instance: str
    ports: Ports

    @property
    def dashboard_url(self) -> str:
        """Where the dashboard and the Serve REST interface answer."""
        return f"http://127.0.0.1:{self.ports.dashboard}"


def recorded(state: Path) -> Cluster | None:
    """Return the cluster this project started, if its processes still run."""
    try:
        cluster = _read(state)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    return cluster if processes.marked(cluster.instance) else None


def start(project: Path, state: Path, num_cpus: int, http_port: int) -> Cluster:
    """Start a head node; return at once if this project's cluster already runs.

    Raises:
        ClusterError: A port is taken, or Ray did not come up.
    """
    running = recorded(state)
    if running is not None and _answers(running.ports.gcs):
        return running
    if running is not None:
        stop(state)
    if _answers(http_port):
        raise ClusterError(
            f"port {http_port} on 127.0.0.1 is taken by another program; stop it, or set "
            f"`http_options.port` in serve_config.yaml"
        )
    cluster = _planned(state)
    # Recorded first, so that an interrupted start can still be stopped.
    state.mkdir(parents=True, exist_ok=True)
    _record(state).write_text(json.dumps(asdict(cluster)))
    _launch(cluster, project, state, num_cpus)
    return cluster


def _planned(state: Path) -> Cluster:
    instance = uuid.uuid4().hex

    def lives(other: str) -> bool:
        return bool(processes.marked(other))

    try:
        return Cluster(instance, ports.reserve(run_folder(state), instance, lives, time.time()))
    except ports.NoFreePort as error:
        raise ClusterError(str(error)) from error


def stop(state: Path) -> int:
    """Stop the recorded cluster and nothing else; return how many processes ended."""
    try:
        cluster = _read(state)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return 0
    ended = processes.stop(cluster.instance, GRACE_S)
    _record(state).unlink(missing_ok=True)
    return ended


def _launch(cluster: Cluster, project: Path, state: Path, num_cpus: int) -> None:
    log_path = state / "ray_start.log"
    command = [
        str(Path(sys.executable).with_name("ray")),
        "start",
        "--head",
        "--block",
        "--node-ip-address=127.0.0.1",
        f"--port={cluster.ports.gcs}",
        "--dashboard-host=127.0.0.1",
        f"--dashboard-port={cluster.ports.dashboard}",
        f"--dashboard-agent-listen-port={cluster.ports.dashboard_agent}",
        f"--ray-client-server-port={cluster.ports.ray_client}",
        f"--num-cpus={num_cpus}",
        f"--temp-dir={run_folder(state)}",
        "--object-store-memory=268435456",
        "--disable-usage-stats",
    ]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            env=ray_environment(project, state, cluster.instance, cluster.ports),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # It outlives the shell that ran `make up`.
            start_new_session=True,
        )

    def failed() -> bool:
        return process.poll() is not None

    if not _wait(lambda: _answers(cluster.ports.dashboard), failed, START_TIMEOUT_S):
        tail = log_path.read_text(errors="replace")[-2000:]
        stop(state)
        raise ClusterError(f"Ray did not come up:\n{tail}")


def _wait(ready: Callable[[], bool], failed: Callable[[], bool], timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s and not failed():
        if ready():
            return True
        time.sleep(processes.POLL_S)
    return False


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _read(state: Path) -> Cluster:
    record = json.loads(_record(state).read_text())
    return Cluster(record["instance"], Ports(**record["ports"]))


def _record(state: Path) -> Path:
    return state / "cluster.json"


def cpu_count() -> int:
    """Return the CPUs to declare to Ray: the cores this process may use, at least two."""
    return max(2, len(os.sched_getaffinity(0)))

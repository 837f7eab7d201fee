"""Start and stop one Ray cluster of this project, beside whatever else runs on the machine."""

import contextlib
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

from deployments.local import processes
from deployments.local.environment import Ports, ray_environment, run_folder

PREFERRED = Ports(
    gcs=6379,
    dashboard=8265,
    dashboard_agent=52365,
    ray_client=20001,
    haproxy_stats=8404,
    haproxy_metrics=9101,
    fallback_http=8500,
    fallback_grpc=9500,
    ingress=30000,
)
"""Ray's usual ports; each gives way to a free one where it is taken."""
START_TIMEOUT_S = 60
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
    cluster = Cluster(uuid.uuid4().hex, _free_ports())
    # Recorded first, so that an interrupted start can still be stopped.
    state.mkdir(parents=True, exist_ok=True)
    _record(state).write_text(json.dumps(asdict(cluster)))
    _launch(cluster, project, state, num_cpus)
    return cluster


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


def _free_ports() -> Ports:
    """Return the usual ports, or others in place of those that are taken."""
    with contextlib.ExitStack() as held:
        # All stay bound until the last is found, so that no two are the same.
        return Ports(**{name: _bound(port, held) for name, port in asdict(PREFERRED).items()})


def _bound(preferred: int, held: contextlib.ExitStack) -> int:
    # Fallbacks lie outside the ranges Ray hands out itself.
    for port in (preferred, *range(21000 + preferred % 1000, 29000, 1000)):
        probe = held.enter_context(socket.socket())
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            # On every interface, as Ray will: a port taken on one of them is taken.
            probe.bind(("", port))
        except OSError:
            continue
        return port
    raise ClusterError(f"no free port in place of {preferred}")


def _read(state: Path) -> Cluster:
    record = json.loads(_record(state).read_text())
    return Cluster(record["instance"], Ports(**record["ports"]))


def _record(state: Path) -> Path:
    return state / "cluster.json"


def cpu_count() -> int:
    """Return the CPUs to declare to Ray: the cores this process may use, at least two."""
    return max(2, len(os.sched_getaffinity(0)))

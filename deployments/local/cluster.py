"""Start and stop one Ray cluster of this project, beside whatever else runs on the machine."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from deployments import private
from deployments.home import Say
from deployments.local import ports, processes
from deployments.local.environment import (
    Ports,
    ray_environment,
    ray_folder,
    run_folder,
    run_folder_path,
)

START_TIMEOUT_S = 180
GCS_TIMEOUT_S = 30
"""The first process of a start answers long before; what lacks it then has lost it."""
GRACE_S = 15.0
PRIVATE_UMASK = 0o077
"""Of everything that is started: what it writes is its owner's alone."""
LATER_PORTS = ("metrics_export", "dashboard_metrics")
"""Recorded beside the others, which versions that do not know these read as they always did."""
PLAIN = re.compile(r"[A-Za-z0-9_./+@%:,=-]+")
"""Of a path: what no shell takes for anything else."""


class ClusterError(RuntimeError):
    """The cluster cannot be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster, as remembered in the state folder."""

    instance: str
    ports: Ports
    http: int = 8000
    """Where the service itself listens."""

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


def start(
    project: Path,
    state: Path,
    num_cpus: int,
    http_port: int,
    say: Say = lambda line: None,
) -> Cluster:
    """Start a head node; return at once if this project's cluster already runs.

    Raises:
        ClusterError: A port is taken, or Ray did not come up.
        NotPrivate: Other users of the machine could reach its folders.
    """
    running = recorded(state)
    if running is not None and _comes_up(running, _age_s(state), say):
        check_private(state)
        return running
    if running is not None:
        say("what runs of an earlier start does not answer; it is stopped")
        stop(state)
    if _answers(http_port):
        raise ClusterError(
            f"port {http_port} on 127.0.0.1 is taken by another program; stop it, or set "
            f"`http_options.port` in serve_config.yaml"
        )
    for line in (*private.folder(private.real(state)), *_private_run_folder(state)):
        say(line)
    cluster = _planned(state, http_port)
    # Recorded first, so that an interrupted start can still be stopped.
    private.write(_record(state), json.dumps(_recordable(cluster)))
    _launch(cluster, project, state, num_cpus)
    try:
        check_private(state)
    except private.NotPrivate:
        stop(state)
        raise
    return cluster


def check_private(state: Path) -> None:
    """Look again at what protects a running cluster from other users of the machine.

    Raises:
        NotPrivate: Its folders are open to them, as those of older versions are.
    """
    try:
        private.check(run_folder_path(state))
        private.check(private.real(state))
    except private.NotPrivate as error:
        raise private.NotPrivate(f"{error}; `brainwav down`, then `brainwav up` again") from error


def close_sockets(state: Path) -> None:
    """Take from others what a running cluster opened to them inside of its folder.

    Nobody can enter it; this is for the day on which it is opened by hand.
    """
    private.tighten(run_folder_path(state))


def _private_run_folder(state: Path) -> list[str]:
    """Make the run folder; one that was open to others is put aside, with what they put in."""
    folder = run_folder_path(state)
    if not os.path.lexists(folder):
        return private.folder(folder)
    said = private.folder(folder)
    if said:
        aside = folder.with_name(f"{folder.name}-{uuid.uuid4().hex[:8]}")
        folder.rename(aside)
        said = [*said, f"an older version's logs are in {aside} now", *private.folder(folder)]
    return said


def _planned(state: Path, http_port: int) -> Cluster:
    instance = uuid.uuid4().hex

    def lives(other: str) -> bool:
        return bool(processes.marked(other))

    try:
        found = ports.reserve(run_folder(state), instance, lives, time.time(), http_port)
        return Cluster(instance, found, http_port)
    except ports.NoFreePort as error:
        raise ClusterError(str(error)) from error


def stop(state: Path, grace_s: float = GRACE_S) -> int:
    """Stop the recorded cluster and nothing else; return how many processes ended."""
    try:
        cluster = _read(state)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return 0
    ended = processes.stop(cluster.instance, grace_s)
    _record(state).unlink(missing_ok=True)
    return ended


def _launch(cluster: Cluster, project: Path, state: Path, num_cpus: int) -> None:
    log_path = state / "ray_start.log"
    log_descriptor = private.opened(log_path, os.O_WRONLY | os.O_TRUNC)
    command = [
        # Not the script beside it: a shebang has no room for a long path, or for a space.
        str(interpreter(run_folder(state))),
        "-m",
        "ray.scripts.scripts",
        "start",
        "--head",
        "--block",
        "--node-ip-address=127.0.0.1",
        f"--port={cluster.ports.gcs}",
        "--dashboard-host=127.0.0.1",
        f"--dashboard-port={cluster.ports.dashboard}",
        f"--dashboard-agent-listen-port={cluster.ports.dashboard_agent}",
        f"--ray-client-server-port={cluster.ports.ray_client}",
        f"--metrics-export-port={cluster.ports.metrics_export}",
        f"--num-cpus={num_cpus}",
        f"--temp-dir={ray_folder(state)}",
        "--object-store-memory=268435456",
        "--disable-usage-stats",
        # It would add machines by itself; there is one. A process and an open port less.
        "--no-monitor",
    ]
    with os.fdopen(log_descriptor, "wb") as log:
        process = subprocess.Popen(
            command,
            umask=PRIVATE_UMASK,
            env=ray_environment(project, state, cluster.instance, cluster.ports),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ray puts this folder before a deployment's own `working_dir` on each worker's path: in
            # a checkout it would hide the code that is deployed.
            cwd=run_folder(state),
            # It outlives the shell that ran `brainwav up`.
            start_new_session=True,
        )

    def failed() -> bool:
        return process.poll() is not None

    if not _wait(lambda: _answers(cluster.ports.dashboard), failed, START_TIMEOUT_S):
        tail = log_path.read_text(errors="replace")[-2000:]
        stop(state)
        raise ClusterError(f"Ray did not come up:\n{tail}")


def interpreter(folder: Path) -> Path:
    """Return the Python to start Ray with; by a link in ``folder`` where its path is not plain.

    Ray puts the interpreter's path into a shell's command line without quotes, and its workers
    never start below a folder with a space in its name. Python finds its environment by the path
    it was called by, so a link to the environment is one of that path.
    """
    if PLAIN.fullmatch(sys.executable):
        return Path(sys.executable)
    link = folder / "env"
    link.unlink(missing_ok=True)
    link.symlink_to(sys.prefix, target_is_directory=True)
    return link / Path(sys.executable).relative_to(sys.prefix)


def _comes_up(cluster: Cluster, age_s: float, say: Say) -> bool:
    """Whether a cluster that runs can be worked with; one that is still starting is waited for.

    Whoever started it was interrupted, or does it at this moment. Its dashboard answers some
    seconds after its GCS does, and takes no configuration before.
    """
    if _answers(cluster.ports.dashboard) and _answers(cluster.ports.gcs):
        return True
    say("Ray was being started already; waiting for it")
    left_s = max(0.0, GCS_TIMEOUT_S - age_s)
    if not (
        _answers(cluster.ports.gcs)
        or _wait(lambda: _answers(cluster.ports.gcs), lambda: _gone(cluster), left_s)
    ):
        return False
    return _wait(
        lambda: _answers(cluster.ports.dashboard),
        lambda: _gone(cluster) or not _answers(cluster.ports.gcs),
        START_TIMEOUT_S,
    )


def _age_s(state: Path) -> float:
    """Return how long ago the cluster was begun."""
    try:
        return time.time() - _record(state).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _gone(cluster: Cluster) -> bool:
    return not processes.marked(cluster.instance)


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
    ports = Ports(**record["ports"], **record.get("later_ports", {}))
    return Cluster(record["instance"], ports, record.get("http", 8000))


def _recordable(cluster: Cluster) -> dict[str, object]:
    first = asdict(cluster.ports)
    later = {name: first.pop(name) for name in LATER_PORTS}
    return {
        "instance": cluster.instance,
        "ports": first,
        "later_ports": later,
        "http": cluster.http,
    }


def _record(state: Path) -> Path:
    return state / "cluster.json"


def cpu_count() -> int:
    """Return the CPUs to declare to Ray: the cores this process may use, at least two."""
    return max(2, len(os.sched_getaffinity(0)))

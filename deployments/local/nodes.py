"""Further Ray nodes on this machine: to try out what spreads, and what a node's death does.

They share the machine, its address and its disk, and each has a raylet, workers and replicas
of its own. HTTP enters by the head's proxy, and by an added node's where it was given a port of its
own, since a port can be bound once.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deployments.local import processes
from deployments.local.cluster import PRIVATE_UMASK, START_TIMEOUT_S, Cluster, ClusterError
from deployments.local.environment import (
    INGRESS_RANGE,
    ray_environment,
    ray_folder,
)

OWN_PORT = "RAY_SERVE_WORKER_PROXY_HTTP_PORT"
"""Read by the proxies of every node but the head."""
NODE = "BRAINWAV_NODE"
"""Every process of an added node inherits it, so that all of them can be ended together."""


@dataclass(frozen=True, slots=True)
class LocalNode:
    """A node that was added."""

    name: str

    def kill(self) -> int:
        """End all its processes at once, as a power cut would; return how many there were."""
        pids = processes.with_variable(NODE, self.name)
        processes.kill(pids)
        return len(pids)


def add(
    cluster: Cluster,
    project: Path,
    state: Path,
    number: int,
    num_cpus: int,
    http_port: int | None = None,
) -> LocalNode:
    """Start a node and wait until it has joined; `cluster.stop` ends it with the others.

    One after another: two nodes of one machine that start at once may choose the same socket.

    Args:
        number: From 1; its fixed ports follow from it.
        http_port: Of its proxy, where the configuration has one on every node.

    Raises:
        ClusterError: It did not join; what Ray said follows.
    """
    node = LocalNode(f"{cluster.instance}-{number}")
    agents = cluster.ports.ingress + INGRESS_RANGE + 10 * (number - 1)
    command = [
        sys.executable,
        "-m",
        "deployments.local.join",
        "start",
        f"--address=127.0.0.1:{cluster.ports.gcs}",
        "--node-ip-address=127.0.0.1",
        f"--dashboard-agent-listen-port={agents}",
        f"--dashboard-agent-grpc-port={agents + 1}",
        f"--metrics-export-port={agents + 2}",
        f"--runtime-env-agent-port={agents + 3}",
        f"--num-cpus={num_cpus}",
        f"--temp-dir={ray_folder(state)}",
        "--object-store-memory=134217728",
        f"--labels=brainwav-node={number}",
        "--disable-usage-stats",
    ]
    environment = ray_environment(project, state, cluster.instance, cluster.ports)
    if http_port is not None:
        environment[OWN_PORT] = str(http_port)
    log_path = state / f"ray_node_{number}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=project,
            umask=PRIVATE_UMASK,
            env=environment | {NODE: node.name},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # What it leaves running is the node, which outlives the shell.
            start_new_session=True,
        )
    if _code(process) != 0:
        node.kill()
        tail = log_path.read_text(errors="replace")[-2000:]
        raise ClusterError(f"node {number} did not join:\n{tail}")
    return node


def _code(process: "subprocess.Popen[bytes]") -> int | None:
    """Return how the start ended: it does once the node is known to the cluster."""
    try:
        return process.wait(START_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None

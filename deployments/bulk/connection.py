"""Connecting a job's process to the cluster that serves.

Ray reads its variables when it is imported, so nothing here imports it at the top: a script
calls ``prepare`` before it imports anything that does.
"""

import atexit
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.local import cluster
from deployments.local.environment import LIBRARIES, LOOPBACK, token_file

NO_OTHER_CLUSTER = {"RAY_ENABLE_AUTO_CONNECT": "0"}
"""Ray starts a cluster of its own where it is called without one.

Threads of Serve's handles still call it while a process ends and is disconnected already: a job
that had done all ended with status 1, and left processes behind. Source:
``ray/_private/auto_init_hook.py``, read when Ray is imported.
"""


class NoCluster(Exception):
    """There is no cluster to connect to; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ClusterTarget:
    """A cluster to connect to. ``node`` is this machine's address in it, None: let Ray find it."""

    address: str
    node: str | None = None


def prepare(state: Path, address: str | None) -> ClusterTarget:
    """Set the variables a Ray client needs; to be called before Ray is imported.

    A job inherits none of the data plane's flags: without them handles work from any code,
    and messages have no bound of size.

    Args:
        state: The service's home.
        address: `host:port` of another cluster's GCS, or `auto` inside of one; its token comes
            from `RAY_AUTH_TOKEN` or `RAY_AUTH_TOKEN_PATH` as for any Ray client.

    Raises:
        NotRunning: Nothing is recorded in ``state``.
    """
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    os.environ.update(NO_OTHER_CLUSTER)
    if address is not None:
        return ClusterTarget(address)
    running = cluster.recorded(state)
    if running is None:
        raise NoCluster(f"no cluster is recorded in {state}: `brainwav up` starts one")
    os.environ.update(LOOPBACK)
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(token_file(state))
    return ClusterTarget(f"127.0.0.1:{running.ports.gcs}", "127.0.0.1")


def connect(target: ClusterTarget) -> None:
    """Connect this process.

    Raises:
        NotRunning: Nobody answers, or not with this token.
    """
    import ray
    from ray import serve

    # Its lines would stand within the progress bar.
    log = logging.getLogger(serve.__name__)
    log.setLevel(logging.WARNING)
    # The threads of ``NO_OTHER_CLUSTER`` write of it. Runs before Ray's own disconnecting.
    atexit.register(log.setLevel, logging.CRITICAL + 1)
    more: dict[str, Any] = {} if target.node is None else {"_node_ip_address": target.node}
    try:
        ray.init(
            target.address, namespace="serve", log_to_driver=False, configure_logging=False, **more
        )
    except (ConnectionError, RuntimeError) as error:
        raise NoCluster(f"no cluster answers at {target.address}: {error}") from error

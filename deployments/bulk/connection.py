"""Connecting a job's process to the cluster that serves."""

import os
from pathlib import Path

import ray

from deployments.local import cluster
from deployments.local.environment import LIBRARIES, token_file


class NotRunning(Exception):
    """There is no cluster to connect to; the message says what to do."""


def connect(state: Path, address: str | None) -> None:
    """Connect to the cluster that `make up` started, or to one given by address.

    A job inherits none of the data plane's flags: without them handles work from any code,
    and messages have no bound of size.

    Args:
        state: The state folder of `make up`.
        address: `host:port` of another cluster's GCS, or `auto` inside of one; its token comes
            from `RAY_AUTH_TOKEN` or `RAY_AUTH_TOKEN_PATH` as for any Ray client.

    Raises:
        NotRunning: Nothing is there.
    """
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    if address is None:
        running = cluster.recorded(state)
        if running is None:
            raise NotRunning(f"no cluster is recorded in {state}: `make up` starts one")
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(token_file(state))
        address = f"127.0.0.1:{running.ports.gcs}"
    try:
        ray.init(address, namespace="serve", log_to_driver=False, configure_logging=False)
    except ConnectionError as error:
        raise NotRunning(f"no cluster answers at {address}: {error}") from error

"""Ending a service so that no request and no count is lost, without waiting for more than that."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from deployments.local import rollout
from deployments.local.cluster import Cluster

POLL_S = 0.2
HUB = "MetricsHub"
"""Goes last of all: every other replica has handed over what it counted when only this is left."""
SAVED_S = 1.0
"""Of the hub, if its settings do not say how often it writes."""
SLACK_S = 0.5


def withdraw(cluster: Cluster, state: Path, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Have Serve end every application; False where it cannot be asked.

    Serve ends them from the outside in, each when its requests have ended. The hub waits many
    seconds for those who end beside it, as in a rollout. Here they have ended before it: once it
    is alone and has had the time to write, nothing more is waited for.
    """
    done: list[bool] = []
    asking = threading.Thread(
        target=lambda: done.append(rollout.withdraw(cluster, state)), daemon=True
    )
    asking.start()
    while asking.is_alive():
        sleep(POLL_S)
        interval_s = hub_alone(_applications(cluster, state))
        if interval_s is not None:
            asking.join(interval_s + SLACK_S)
            return True
    return bool(done and done[0])


def hub_alone(applications: Mapping[str, Any]) -> float | None:
    """Return how often the hub writes, in seconds, if its replicas are the only ones left."""
    left = {
        name: deployment
        for app in applications.values()
        for name, deployment in (app.get("deployments") or {}).items()
        if deployment.get("replicas")
    }
    if set(left) != {HUB}:
        return None
    tunables = (left[HUB].get("deployment_config") or {}).get("user_config") or {}
    return float(tunables.get("save_interval_s", SAVED_S))


def _applications(cluster: Cluster, state: Path) -> Mapping[str, Any]:
    try:
        return rollout.status(cluster, state)["applications"]
    except (httpx.HTTPError, OSError, ValueError, KeyError):
        return {}

"""Ending a service so that no request and no count is lost, without waiting for more than that."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from deployments.local import processes, rollout
from deployments.local.cluster import Cluster

POLL_S = 0.2
HUB = "MetricsHub"
"""Goes last of all: every other replica has handed over what it counted when only this is left."""
SAVED_S = 1.0
"""Of the hub, if its settings do not say how often it writes."""
SLACK_S = 0.5
REPLICA = re.compile(r"ray::ServeReplica:[^:]+:(\w+)")


def withdraw(cluster: Cluster, state: Path, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Have Serve end every application; False where it cannot be asked.

    Serve ends them from the outside in, each when its requests have ended. The hub waits many
    seconds for those who end beside it, as in a rollout. Here they have ended before it: once it
    is alone and has had the time to write, nothing more is waited for.
    """
    interval_s = _save_interval_s(cluster, state)
    done: list[bool] = []
    asking = threading.Thread(
        target=lambda: done.append(rollout.withdraw(cluster, state)), daemon=True
    )
    asking.start()
    while asking.is_alive():
        sleep(POLL_S)
        if replicas(cluster.instance) == {HUB}:
            asking.join(interval_s + SLACK_S)
            return True
    return bool(done and done[0])


def replicas(instance: str) -> set[str]:
    """Return the deployments that have a replica left, by the titles of their processes.

    Serve's own account holds no deployment of an application that is being ended.
    """
    titles = map(_title, processes.family(instance))
    return {found[1] for title in titles if (found := REPLICA.match(title))}


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _save_interval_s(cluster: Cluster, state: Path) -> float:
    """Return how often the hub writes, before its deployment is gone from Serve's account."""
    try:
        for app in rollout.status(cluster, state)["applications"].values():
            config = (app["deployments"].get(HUB) or {}).get("deployment_config") or {}
            if interval_s := (config.get("user_config") or {}).get("save_interval_s"):
                return float(interval_s)
    except (httpx.HTTPError, OSError, ValueError, KeyError):
        pass
    return SAVED_S

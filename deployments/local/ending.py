"""Ending a service so that no request and no count is lost, without waiting for more than that."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from deployments.home import Say
from deployments.local import hastening, processes, proxy_drain, rollout
from deployments.local.cluster import Cluster

POLL_S = 0.2
REQUESTS_S = 30.0
"""The longest that requests may take to end."""
HUB = "MetricsHub"
"""Goes last of all: every other replica has handed over what it counted when only this is left."""
SAVED_S = 1.0
"""Of the hub, if its settings do not say how often it writes."""
SLACK_S = 0.5
REPLICA = re.compile(r"ray::ServeReplica:[^:]+:(\w+)")
BlockingSleep = Callable[[float], None]


def withdraw(cluster: Cluster, state: Path, say: Say, sleep: BlockingSleep = time.sleep) -> bool:
    """Let requests end, and have Serve end every application; False where it cannot be asked.

    Serve ends deployments from the outside in, each when its calls have ended. Once no replica is
    left, or only a hub that had the time to write, nothing more is waited for.
    """
    details = _account(cluster, state)
    if left := proxy_drain.drain(state, REQUESTS_S, say, sleep):
        say(f"{left} requests did not end within {REQUESTS_S:g} s and are cut off")
    if details is not None:
        hastening.hasten(cluster, state, details, sleep)
    done: list[bool] = []
    asking = threading.Thread(
        target=lambda: done.append(rollout.withdraw(cluster, state)), daemon=True
    )
    asking.start()
    hub_s = save_interval_s(details) + SLACK_S
    return _ended(cluster.instance, asking, hub_s, sleep) or done == [True]


def _ended(instance: str, asking: threading.Thread, hub_s: float, sleep: BlockingSleep) -> bool:
    """Return True once the replicas have gone, False where Serve's answer comes before."""
    seen: set[str] = set()
    alone_s = 0.0
    while asking.is_alive():
        sleep(POLL_S)
        left = replicas(instance)
        seen |= left
        alone_s = alone_s + POLL_S if left == {HUB} else 0.0
        if (seen and not left) or alone_s > hub_s:
            return True
    return False


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


def save_interval_s(details: Mapping[str, Any] | None) -> float:
    """Return how often the hub writes, by Serve's account of it."""
    for app in (details or {"applications": {}})["applications"].values():
        config = (app["deployments"].get(HUB) or {}).get("deployment_config") or {}
        if interval_s := (config.get("user_config") or {}).get("save_interval_s"):
            return float(interval_s)
    return SAVED_S


def _account(cluster: Cluster, state: Path) -> dict[str, Any] | None:
    try:
        return rollout.status(cluster, state)
    except (httpx.HTTPError, OSError, ValueError):
        return None

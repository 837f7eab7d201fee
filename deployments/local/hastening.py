"""Replicas that are about to end with their whole service wait for no late requests.

In a rollout each waits two seconds, since others send to it until they hear that it goes. Where all
end, from the outside in, nobody is left who would: seven deployments, one after another, would
still wait. The first, where HAProxy leads, would stay open for it three seconds more.
"""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx

from deployments.local import rollout
from deployments.local.cluster import Cluster
from deployments.remote.last_run import ran

WAIT_S = 0.05
TAKEN_S = 3.0
"""The longest that replicas are waited for to hear of it; one that does not ends later."""
POLL_S = 0.1
DOOR = "Ingress"
"""HAProxy leads to its replicas, and takes no connection any more when this is asked."""


def hasten(
    cluster: Cluster,
    state: Path,
    details: Mapping[str, Any],
    sleep: Callable[[float], None] = time.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> bool:
    """Have every replica of a service that runs look at once whether its requests have ended.

    Args:
        details: Serve's account.

    Returns:
        Whether it was put in force; what does not run, or not wholly, is left as it is.
    """
    try:
        if (hastened := without_waits(details)) is None:
            return False
        rollout.put(cluster, hastened, state)
        deadline_s = now_s() + TAKEN_S
        while not rollout.is_running(rollout.status(cluster, state)) and now_s() < deadline_s:
            sleep(POLL_S)
    except (rollout.RolloutError, httpx.HTTPError, OSError):
        return False
    return True


def without_waits(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the configuration in force with no wait at the end; None where not all of it runs.

    Serve applies it in place: neither code nor replicas change.
    """
    config = ran(details) if rollout.is_running(details) else None
    if config is None:
        return None
    hastened = deepcopy(config)
    for app in hastened["applications"]:
        running = details["applications"][app["name"]]["deployments"]
        listed = {each["name"]: each for each in app.get("deployments") or []}
        for name in running:
            listed.setdefault(name, {"name": name})["graceful_shutdown_wait_loop_s"] = WAIT_S
        if DOOR in running:
            listed[DOOR]["user_config"] = _user_config(running[DOOR]) | {"drain_s": 0.0}
        app["deployments"] = list(listed.values())
    return hastened


def _user_config(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is in force, written in the configuration or not."""
    return dict((deployment.get("deployment_config") or {}).get("user_config") or {})

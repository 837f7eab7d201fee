"""Deploy a configuration and wait until it serves: `serve deploy` alone reports too early."""

import hashlib
import time
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx

from deployments.home import Say
from deployments.local.cluster import Cluster
from deployments.local.environment import token_file
from deployments.remote.complaints import complaints
from deployments.remote.last_run import LastRun

SOURCES = (
    "agents",
    "api",
    "deployments",
    "reliability",
    "retrieval",
    "storage",
    "sustainability",
    "telemetry",
    "graph.py",
)
POLL_S = 0.25
LEFT = "what was started is left running: `brainwav up` goes on with it, `brainwav down` stops it"
ATTEMPTS = 3
"""Serve answers 500 where one of its own actors died at its start; the next try finds another."""


class RolloutError(RuntimeError):
    """The deployment failed; the message is Serve's own."""


def release(project: Path) -> str:
    """Return a digest of the code: Serve redeploys when it changes, not when files do."""
    digest = hashlib.sha256()
    for name in SOURCES:
        root = project / name
        files = [root] if root.is_file() else sorted(root.rglob("*.py"))
        for file in files:
            digest.update(str(file.relative_to(project)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def rendered(config: Mapping[str, Any], release_id: str) -> dict[str, Any]:
    """Return the configuration with the release in every application's environment."""
    copy = deepcopy(dict(config))
    for app in copy["applications"]:
        variables = app.setdefault("runtime_env", {}).setdefault("env_vars", {})
        variables["RELEASE"] = release_id
    return copy


def deploy(
    cluster: Cluster,
    config: Mapping[str, Any],
    project: Path,
    state: Path,
    timeout_s: float,
    say: Say,
    url: str | None = None,
) -> None:
    """Deploy and return once every application runs, and the service is ready.

    Where it fails, the configuration that ran before is put back.

    Args:
        url: Of the service; None: its readiness is not waited for.

    Raises:
        RolloutError: It failed or did not run in time; the message says whether what ran before
            serves again.
    """
    body = rendered(config, release(project))
    last_run = LastRun(state, cluster.dashboard_url)
    before = _before(cluster, state, last_run)
    try:
        _bring_up(cluster, body, state, timeout_s, say, url)
    except RolloutError as error:
        if before is None:
            raise RolloutError(f"{error}\n{LEFT}") from error
        say(f"failed: {' '.join(str(error).split())[:200]}")
        say("putting the configuration that ran before back")
        try:
            _bring_up(cluster, before, state, timeout_s, say, url)
        except RolloutError as second:
            said = f"{error}\nwhat ran before did not come back: {second}\n{LEFT}"
            raise RolloutError(said) from error
        raise RolloutError(f"{error}\nthe configuration that ran before serves again") from error
    last_run.keep(body)


def _before(cluster: Cluster, state: Path, last_run: LastRun) -> Mapping[str, Any] | None:
    for _ in range(ATTEMPTS):
        try:
            return last_run.before(status(cluster, state))
        except httpx.HTTPError:
            time.sleep(POLL_S)
    return None


def _bring_up(
    cluster: Cluster,
    body: Mapping[str, Any],
    state: Path,
    timeout_s: float,
    say: Say,
    url: str | None,
) -> None:
    put(cluster, body, state, say)
    _await_running(cluster, state, timeout_s, say)
    if url is not None:
        await_ready(url, timeout_s)


def withdraw(cluster: Cluster, state: Path, timeout_s: float = 60) -> bool:
    """Have Serve end every application gracefully; False where it cannot be asked.

    Requests end, the last numbers are pushed and written. What does not answer is stopped
    without that.
    """
    try:
        # Returns when the last replica has gone.
        answer = httpx.delete(_applications(cluster), headers=_token(state), timeout=timeout_s)
    except (httpx.HTTPError, OSError):
        return False
    return answer.status_code == 200


def await_ready(url: str, timeout_s: float) -> None:
    """Return once ``/health/ready`` answers 200.

    Raises:
        RolloutError: It does not in time.
    """
    deadline_s, last = time.monotonic() + timeout_s, "no answer"
    while time.monotonic() < deadline_s:
        try:
            answer = httpx.get(f"{url}/health/ready", timeout=10)
            if answer.status_code == 200:
                return
            last = answer.text
        except httpx.HTTPError as error:
            last = str(error)
        time.sleep(POLL_S)
    raise RolloutError(f"{url}/health/ready is not ready: {last[:500]}")


def status(cluster: Cluster, state: Path) -> dict[str, Any]:
    """Return Serve's own account of its applications."""
    answer = httpx.get(_applications(cluster), headers=_token(state), timeout=10)
    answer.raise_for_status()
    return answer.json()


def is_running(details: Mapping[str, Any]) -> bool:
    """Whether every application of Serve's account runs, and there is one."""
    return {app["status"] for app in details["applications"].values()} == {"RUNNING"}


def _applications(cluster: Cluster) -> str:
    return f"{cluster.dashboard_url}/api/serve/applications/"


def put(
    cluster: Cluster, body: Mapping[str, Any], state: Path, say: Say = lambda line: None
) -> None:
    """Hand Serve a configuration.

    Raises:
        RolloutError: It took none.
    """
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            say(f"Serve failed, trying again: {problem.strip().splitlines()[-1][:200]}")
        try:
            # What `serve deploy` sends, without starting an interpreter for it.
            url, headers = _applications(cluster), _token(state)
            answer = httpx.put(url, json=body, headers=headers, timeout=120)
        except httpx.HTTPError as error:
            problem = f"the dashboard does not answer: {error}"
            continue
        if answer.status_code == 200:
            return
        problem = answer.text[-2000:] or f"status {answer.status_code}"
        if answer.status_code < 500:
            break
    raise RolloutError(f"Serve took no configuration: {problem}")


def _token(state: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_file(state).read_text().strip()}"}


def _await_running(cluster: Cluster, state: Path, timeout_s: float, say: Say) -> None:
    deadline_s, shown = time.monotonic() + timeout_s, ""
    while time.monotonic() < deadline_s:
        applications = _applications_now(cluster, state)
        if applications is None:
            continue
        line = _summary(applications)
        if line != shown:
            say(line)
            shown = line
        states = {app["status"] for app in applications.values()}
        if states == {"RUNNING"}:
            return
        if states & {"DEPLOY_FAILED", "UNHEALTHY"}:
            raise RolloutError(complaints({"applications": applications}))
        time.sleep(POLL_S)
    raise RolloutError(f"not running after {timeout_s:g} s: {shown}")


def _applications_now(cluster: Cluster, state: Path) -> Mapping[str, Any] | None:
    """Return Serve's account, None while the dashboard is too busy to give it."""
    try:
        return status(cluster, state)["applications"]
    except httpx.HTTPError:
        time.sleep(POLL_S)
        return None


def _summary(applications: Mapping[str, Any]) -> str:
    parts = []
    for app in applications.values():
        for name, deployment in app["deployments"].items():
            running = sum(r["state"] == "RUNNING" for r in deployment["replicas"])
            wanted = deployment["target_num_replicas"]
            parts.append(f"{name} {running}/{wanted}")
    return ", ".join(parts) or "building the application"

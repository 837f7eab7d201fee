"""What the service says of itself, against what its callers counted: kills, signals, rollouts."""

import os
import re
import signal
from collections.abc import Iterator
from copy import deepcopy

import httpx
import pytest

from deployments.local import rollout
from deployments.local.environment import ray_folder
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service
from tests.serve.load import CALLERS, Load
from tests.waiting import until

pytestmark = pytest.mark.cluster

REPLICAS = 3
ROUTE = "/v1/models"
LIVE = 'brainwav_http_requests_total{method="GET",endpoint="/v1/models",status_code="200"}'


@pytest.fixture(scope="module")
def spread(service: Service) -> Iterator[Service]:
    """The shared service with three ingress replicas."""
    settings = deepcopy(service.settings)
    for deployment in settings["applications"][0]["deployments"]:
        # One search replica: three doors and their successors must fit on two cores.
        if deployment["name"] in ("Ingress", "HybridSearch"):
            count = REPLICAS if deployment["name"] == "Ingress" else 1
            deployment["autoscaling_config"] |= {"min_replicas": count, "max_replicas": count}
        if deployment["name"] == "Ingress":
            deployment["user_config"]["rate_limits"] |= {"least_replicas": REPLICAS}
    three = Service(service.state, settings)
    three.start()
    until(lambda: len(_running(three, "Ingress")) == REPLICAS)
    yield three
    service.start()


def test_counters_are_what_the_callers_counted_though_a_replica_is_killed(
    spread: Service,
) -> None:
    """Equal for completed requests, and they never fall; what was in flight may count too."""
    before = _counted(spread)
    load, seen = Load(spread, ask), [before]
    try:
        load.await_more(400)
        seen.append(_counted(spread))
        os.kill(_running(spread, "Ingress")[0]["pid"], signal.SIGKILL)
        load.await_more(400)
        seen.append(_counted(spread))
    finally:
        load.stop()
    failed = load.broken + sum(n for status, n in load.answers.items() if status != 200)
    assert failed <= CALLERS
    completed = load.answers[200]

    def complete() -> bool:
        seen.append(_counted(spread))
        return seen[-1] - before >= completed

    until(complete)
    # The dead replica's ring may be adopted a moment later: nothing may come on top.
    until(lambda: not list(_rings(spread)))
    seen.append(_counted(spread))
    assert 0 <= seen[-1] - before - completed <= failed
    assert seen == sorted(seen)


def test_ray_shows_the_same_series_under_its_own_prefix(spread: Service) -> None:
    """`ray_brainwav_…` on the node's metrics page, as the dashboard reads them."""
    targets = _ray_targets(spread)

    def shown() -> bool:
        texts = [httpx.get(f"http://{target}/metrics", timeout=30).text for target in targets]
        return any("ray_brainwav_http_requests_total{" in text for text in texts)

    until(shown)


def test_the_hub_s_death_is_told_and_loses_nothing(spread: Service) -> None:
    """503 while it is away, then totals that went on growing."""
    before = _counted(spread)
    [hub] = _running(spread, "MetricsHub")
    os.kill(hub["pid"], signal.SIGKILL)
    load = Load(spread, ask)
    try:
        load.await_more(100)
    finally:
        load.stop()
    completed = load.answers[200]
    assert set(load.answers) == {200}
    seen = [before]

    def complete() -> bool:
        seen.append(_counted(spread))
        return seen[-1] - before >= completed

    until(complete)
    assert seen[-1] - before == completed
    assert seen == sorted(seen)


def test_sigterm_and_a_changed_version_fail_no_request(spread: Service) -> None:
    """A replica told to end is replaced, a new version takes over, callers notice nothing."""
    load = Load(spread, ask)
    try:
        load.await_more(100)
        told = _running(spread, "Ingress")[0]
        os.kill(told["pid"], signal.SIGTERM)
        until(lambda: told["replica_id"] not in {r["replica_id"] for r in _all(spread, "Ingress")})
        load.await_more(100)
        before = {r["replica_id"] for r in _all(spread, "Ingress")}
        changed = deepcopy(spread.settings)
        changed["applications"][0]["args"]["http"] = {"cors_origins": ["http://example.test"]}
        rollout.deploy(spread.running, changed, PROJECT, spread.state, TIMEOUT_S, lambda _: None)
        until(lambda: not before & {r["replica_id"] for r in _all(spread, "Ingress")})
        load.await_more(100)
    finally:
        load.stop()
    assert load.broken == 0, [told for told in load.refusals if told[0] != "{"]
    assert set(load.answers) == {200}, load.refusals[:3]


def ask(client: httpx.Client) -> httpx.Response:
    """The request that is counted."""
    return client.get(ROUTE)


def _counted(service: Service) -> int:
    def text() -> str | None:
        answer = httpx.get(f"{service.url}/metrics", timeout=60)
        return answer.text if answer.status_code == 200 else None

    found: list[str] = []
    until(lambda: bool(body := text()) and (found.append(body) or True))
    match = re.search(rf"^{re.escape(LIVE)} (\d+)$", found[-1], re.MULTILINE)
    return int(match[1]) if match else 0


def _rings(service: Service) -> Iterator[str]:
    """Yield the rings of ingress replicas that no longer run."""
    alive = {r["replica_id"] for r in _all(service, "Ingress")}
    folder = ray_folder(service.state) / "session_latest/logs/serve/requests"
    for path in folder.glob("*.ring"):
        if path.name.split("_")[1] not in alive:
            yield path.name


def _ray_targets(service: Service) -> list[str]:
    headers = rollout._token(service.state)
    url = f"{service.running.dashboard_url}/api/prometheus/sd"
    answer = httpx.get(url, headers=headers, timeout=30)
    answer.raise_for_status()
    return [target for group in answer.json() for target in group["targets"]]


def _all(service: Service, deployment: str) -> list[dict]:
    return service.replicas(deployment)


def _running(service: Service, deployment: str) -> list[dict]:
    return [r for r in service.replicas(deployment) if r["state"] == "RUNNING"]

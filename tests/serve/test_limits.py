"""One limit over four ingress replicas, with the RateLimiter killed under load."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import httpx
import pytest

from deployments.local import rollout
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service
from tests.waiting import until

pytestmark = pytest.mark.cluster

RATE_PER_S = 20
BURST = 20
REPLICAS = 4
DECISIONS = "brainwav_rate_limit_decisions_total{"
DENIED, ALLOWED = {"search", "denied"}, {"read", "allowed"}
SILENCES = "brainwav_rate_limit_silences_total "


@pytest.fixture(scope="module")
def limited(service: Service) -> Iterator[Service]:
    """The shared service with four ingress replicas and small limits on reading and searching."""
    settings = deepcopy(service.settings)
    for deployment in settings["applications"][0]["deployments"]:
        if deployment["name"] == "Ingress":
            deployment["autoscaling_config"] |= {"min_replicas": REPLICAS, "max_replicas": REPLICAS}
            small = {"limit": RATE_PER_S, "period_s": 1, "burst": BURST}
            deployment["user_config"]["rate_limits"] |= {
                "read": small,
                "search": small,
                "least_replicas": REPLICAS,
            }
    rollout.deploy(service.running, settings, PROJECT, service.state, TIMEOUT_S, lambda _: None)
    until(lambda: _has_limit(service), "the new limit is in force")
    yield service
    service.start()


class Flood:
    """Eight callers that do not wait; counts what they were told."""

    def __init__(self, service: Service, method: str = "GET", path: str = "/namespaces") -> None:
        self.statuses: dict[int, int] = {}
        self.degraded = 0
        self.by_proxy = 0
        """Answers that no replica wrote."""
        self._request = (method, f"{service.url}{path}")
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(8)
        self.start_s = time.monotonic()
        self._futures = [self._pool.submit(self._run) for _ in range(8)]

    def _run(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._over.is_set():
                answer = client.request(*self._request)
                with self._changed:
                    status = answer.status_code
                    self.statuses[status] = self.statuses.get(status, 0) + 1
                    self.by_proxy += "server" not in answer.headers
                    self.degraded += answer.headers.get("x-ratelimit-policy") == "degraded"
                    self._changed.notify_all()

    def await_status(self, status: int, more: int) -> None:
        """Return once so many more answers of that status came."""
        with self._changed:
            wanted = self.statuses.get(status, 0) + more
            assert self._changed.wait_for(
                lambda: self.statuses.get(status, 0) >= wanted, TIMEOUT_S
            ), self.statuses

    def await_degraded(self) -> None:
        """Return once an answer was decided by a replica's own share."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.degraded > 0, TIMEOUT_S)

    def stop(self) -> float:
        """End the flood; return how long it lasted, in seconds."""
        self._over.set()
        for future in self._futures:
            future.result(timeout=120)
        self._pool.shutdown()
        return time.monotonic() - self.start_s


def test_four_replicas_admit_one_limit(limited: Service) -> None:
    """Never more than rate·t + burst, and no other status than 200 and 429."""
    flood = Flood(limited)
    flood.await_status(200, 6 * RATE_PER_S)
    lasted_s = flood.stop()
    assert set(flood.statuses) == {200, 429}
    assert flood.statuses[200] <= RATE_PER_S * lasted_s + BURST


def test_every_refusal_is_counted_whoever_gave_it(limited: Service) -> None:
    """HAProxy repeats most of them; `/metrics` has them all. Nobody else was refused a search."""
    flood = Flood(limited, "POST", "/search")
    flood.await_status(429, 200)
    flood.stop()
    assert flood.by_proxy > 0
    until(lambda: _denied(limited) >= flood.statuses[429], "all refusals are counted")
    assert _denied(limited) == flood.statuses[429]


def test_the_death_of_the_authority_refills_nobody(limited: Service) -> None:
    """Killed under load: no 5xx, a flag in the answers, one lease more at most for each time that a
    replica lost it; on a slow machine one may lose it again while it comes back.
    """
    [replica] = limited.replicas("RateLimiter")
    silences, allowed = _total(limited, SILENCES), _total(limited, DECISIONS, ALLOWED)
    flood = Flood(limited)
    try:
        flood.await_status(429, 50)
        os.kill(replica["pid"], signal.SIGKILL)
        flood.await_degraded()
        flood.await_status(200, 4 * RATE_PER_S)
        until(lambda: _is_replaced(limited, replica["replica_id"]), "the RateLimiter is back")
        flood.await_status(200, 2 * RATE_PER_S)
    finally:
        lasted_s = flood.stop()
    assert set(flood.statuses) == {200, 429}
    # What a replica tells of its silences comes with what it tells of its decisions.
    until(
        lambda: _total(limited, DECISIONS, ALLOWED) - allowed >= flood.statuses[200],
        "all that was allowed is counted",
    )
    lost, lease = _total(limited, SILENCES) - silences, 2
    assert lost >= 1
    assert flood.statuses[200] <= RATE_PER_S * lasted_s + BURST + lost * lease


def _denied(service: Service) -> float:
    """Return the denials of searching that the service has counted so far."""
    return _total(service, DECISIONS, DENIED)


def _total(service: Service, begins: str, labels: Set[str] = frozenset()) -> float:
    """Return the sum of the series that begin so and have these labels."""
    text = httpx.get(f"{service.url}/metrics", timeout=60).raise_for_status().text
    series = [line for line in text.splitlines() if line.startswith(begins)]
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in series if set(line.split(chr(34))) >= labels
    )


def _has_limit(service: Service) -> bool:
    answer = httpx.get(f"{service.url}/namespaces", timeout=60)
    return answer.headers.get("x-ratelimit-limit") == str(BURST)


def _is_replaced(service: Service, gone: str) -> bool:
    replicas = service.replicas("RateLimiter")
    return any(r["replica_id"] != gone and r["state"] == "RUNNING" for r in replicas)

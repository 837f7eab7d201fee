"""What the service says of itself against its bars: counters, cost, rollouts, budgets.

The load runs in this process and counts what it was answered; the service is on the same cores.
"""

import argparse
import asyncio
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import yaml

from deployments.local import cluster, rollout
from scripts.bench.support.observing_cost import ROUTE, cost_of_observing
from scripts.bench.support.service import PROJECT, report, row, service, url

REPLICAS = 3
CALLERS = 16
SERIES = 'brainwav_http_requests_total{method="GET",endpoint="/v1/models",status_code="200"}'
TIMEOUT_S = 300


class ObservabilityBench:
    """A running service with three ingress replicas."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.settings = yaml.safe_load((state / "serve_config.yaml").read_text())
        found = cluster.recorded(state)
        assert found is not None
        self._cluster = found

    def deploy(self, settings: Mapping[str, Any]) -> None:
        """Deploy settings and wait until they run."""
        quiet: Callable[[str], None] = lambda line: None  # noqa: E731
        rollout.deploy(self._cluster, settings, PROJECT, self._state, TIMEOUT_S, quiet)

    def replicas(self, deployment: str) -> list[dict[str, Any]]:
        """Return Serve's account of a deployment's replicas."""
        status = rollout.status(self._cluster, self._state)
        return status["applications"]["brainwav"]["deployments"][deployment]["replicas"]

    def restart(self) -> None:
        """Stop everything gracefully and start it again."""
        rollout.withdraw(self._cluster, self._state)
        cluster.stop(self._state)
        port = self.settings["http_options"]["port"]
        self._cluster = cluster.start(PROJECT, self._state, cluster.cpu_count(), port)
        self.deploy(self.settings)
        rollout.await_ready(url(), TIMEOUT_S)


class BackgroundLoad:
    """Callers that send until they are told to stop, and count what they were answered."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.broken = 0
        self.worst_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()

    @property
    def answered(self) -> int:
        """Return all answers so far."""
        return self.answers.total()

    def await_total(self, count: int) -> None:
        """Return once so many requests were answered."""
        while self.answered < count:
            time.sleep(0.05)

    def stop(self) -> None:
        """End the load."""
        self._over.set()
        self._thread.join()

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=CALLERS)
        async with httpx.AsyncClient(base_url=url(), timeout=60, limits=limits) as client:
            await asyncio.gather(*(self._caller(client) for _ in range(CALLERS)))

    async def _caller(self, client: httpx.AsyncClient) -> None:
        while not self._over.is_set():
            start_s = time.perf_counter()
            try:
                answer = await client.get(ROUTE)
                self.answers[answer.status_code] += 1
            except httpx.HTTPError:
                self.broken += 1
            self.worst_s = max(self.worst_s, time.perf_counter() - start_s)


def counted() -> int:
    """Return what the service counted; waits while its hub restarts."""
    while True:
        answer = httpx.get(url("/metrics"), timeout=60)
        if answer.status_code == 200:
            match = re.search(rf"^{re.escape(SERIES)} (\d+)$", answer.text, re.MULTILINE)
            return int(match[1]) if match else 0
        time.sleep(0.2)


def counters(bench: ObservabilityBench) -> list[dict[str, Any]]:
    """Ten thousand requests over three replicas, one killed midway."""
    before, load, seen = counted(), BackgroundLoad(), []
    load.await_total(5_000)
    seen.append(counted())
    os.kill(bench.replicas("Ingress")[0]["pid"], signal.SIGKILL)
    while load.answered < 10_000:
        seen.append(counted())
        time.sleep(0.3)
    load.stop()
    failed = load.broken + load.answers.total() - load.answers[200]
    # Pushes come every second, a ring is adopted after three.
    time.sleep(8)
    seen.append(counted())
    apart = seen[-1] - before - load.answers[200]
    monotone = seen == sorted(seen)
    baseline = f"{load.answers[200]:,} completed by the load, {failed} failed at the kill"
    return [
        row(
            "counted more than completed, 3 replicas, one killed",
            apart,
            "0 (up to those in flight at the kill)",
            0 <= apart <= failed,
            baseline,
        ),
        row(
            "readings that fell",
            sum(a > b for a, b in pairwise(seen)),
            "0",
            monotone,
            f"{len(seen)} readings",
        ),
    ]


def rollouts(bench: ObservabilityBench) -> list[dict[str, Any]]:
    """A changed version and one SIGTERM under constant load."""
    load = BackgroundLoad()
    load.await_total(2_000)
    told = bench.replicas("Ingress")[0]
    os.kill(told["pid"], signal.SIGTERM)
    while told["replica_id"] in {r["replica_id"] for r in bench.replicas("Ingress")}:
        time.sleep(0.5)
    before = {r["replica_id"] for r in bench.replicas("Ingress")}
    changed = deepcopy(bench.settings)
    changed["applications"][0]["args"]["http"] = {"cors_origins": ["http://example.test"]}
    bench.deploy(changed)
    while before & {r["replica_id"] for r in bench.replicas("Ingress")}:
        time.sleep(0.5)
    load.await_total(22_000)
    load.stop()
    failed = load.broken + load.answers.total() - load.answers[200]
    what = f"failed of {load.answered + load.broken:,}, one SIGTERM and one new version"
    return [row(what, failed, "0 of 20,000", failed == 0, f"slowest answer {load.worst_s:.1f} s")]


def budgets(bench: ObservabilityBench) -> list[dict[str, Any]]:
    """Every objective's counts before and after a restart of everything."""
    time.sleep(3)
    before = _objectives()
    bench.restart()
    after = _objectives()
    own = {"health", "ready", "live", "slo", "metrics"}
    changed = [n for n in before if n.split("-")[0] not in own and before[n] != after[n]]
    valid = sum(v for v, _ in before.values())
    return [
        row(
            "budgets changed by a restart",
            len(changed),
            "0",
            not changed,
            f"{len(before)} objectives, {valid:,} requests",
        )
    ]


def _objectives() -> dict[str, tuple[int, int]]:
    found = httpx.get(url("/slo"), timeout=60).json()
    return {o["name"]: (o["valid"], o["bad"]) for e in found["endpoints"] for o in e["objectives"]}


def cost() -> list[dict[str, Any]]:
    """The same route with and without observation, in turns, in this process."""
    return [asyncio.run(cost_of_observing())]


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=["cost", "counters", "rollouts", "budgets"])
    args = parser.parse_args()
    rows = cost() if "cost" in args.only else []

    def three(config: dict[str, Any], state: Path) -> None:
        for deployment in config["applications"][0]["deployments"]:
            if deployment["name"] == "Ingress":
                scaling = deployment["autoscaling_config"]
                scaling |= {"min_replicas": REPLICAS, "max_replicas": REPLICAS}
                deployment["user_config"]["rate_limits"]["least_replicas"] = REPLICAS

    if {"counters", "rollouts", "budgets"} & set(args.only):
        with service({"model": "brainwav-demo"}, 0.5, change=three) as state:
            bench = ObservabilityBench(state)
            for name, measure in (
                ("counters", counters),
                ("rollouts", rollouts),
                ("budgets", budgets),
            ):
                if name in args.only:
                    rows += measure(bench)
    report("truth", rows, {})


if __name__ == "__main__":
    main()

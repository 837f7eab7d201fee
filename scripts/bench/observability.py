"""What the service says of itself against its bars: counters, cost, rollouts, budgets.

The load runs in this process and counts what it was answered; the service is on the same cores.
"""

import argparse
import asyncio
import os
import re
import signal
import statistics
import tempfile
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
from scripts.bench.support.service import PROJECT, report, row, service, url

REPLICAS = 3
CALLERS = 16
ROUTE = "/v1/models"
SERIES = 'brainwav_http_requests_total{method="GET",endpoint="/v1/models",status_code="200"}'
TIMEOUT_S = 300
ROUNDS, EACH = 40, 100


class Bench:
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


class Load:
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


def counters(bench: Bench) -> list[dict[str, Any]]:
    """Ten thousand requests over three replicas, one killed midway."""
    before, load, seen = counted(), Load(), []
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


def rollouts(bench: Bench) -> list[dict[str, Any]]:
    """A changed version and one SIGTERM under constant load."""
    load = Load()
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


def budgets(bench: Bench) -> list[dict[str, Any]]:
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
    return [asyncio.run(_cost())]


async def _cost() -> dict[str, Any]:
    from api.app import build_app
    from api.bodies.limits import RequestLimits
    from api.middleware.observation import ObservationMiddleware, Observer
    from api.request_id import RequestIdMiddleware
    from deployments.monitoring.hub import http_bounds
    from reliability.slo.file import load_objectives
    from reliability.slo.recorder import SloRecorder
    from telemetry import logs
    from telemetry.aggregate import Source
    from telemetry.journal import Answered, Journal
    from telemetry.log_file import LogFile
    from telemetry.registry import Registry

    objectives = load_objectives()
    with tempfile.TemporaryDirectory() as folder:
        ring = Journal(Path(folder), Source("Ingress", "bench", "1"))
        observer = Observer(
            Registry(http_bounds(objectives)),
            SloRecorder(objectives),
            journal=lambda method, endpoint, status, seconds, cost: ring.append(
                Answered(0, method, endpoint, status, seconds)
            ),
        )
        logs.configure(LogFile(Path(folder) / "lines.jsonl").write, component="Ingress")
        observed = build_app(_Models(), RequestLimits(), observer=observer)
        inner = observed._asgi._app
        assert isinstance(inner, ObservationMiddleware)
        plain = RequestIdMiddleware(inner._app)
        with_s, without_s = [], []
        for _ in range(ROUNDS):
            without_s += [await _once(plain) for _ in range(EACH)]
            with_s += [await _once(observed) for _ in range(EACH)]
        ring.remove()
    extra_ms = (statistics.median(with_s) - statistics.median(without_s)) * 1000
    base_ms = statistics.median(without_s) * 1000
    return row(
        "metrics + log + SLO on a request, p50 (ms)",
        extra_ms,
        "<= 0.2",
        extra_ms <= 0.2,
        f"{base_ms:.3f} ms without, the same application",
    )


class _Models:
    """A backend that answers at once, so that only the way through the application is timed."""

    async def encoder_info(self) -> Any:
        from retrieval.encoding import EncoderInfo

        return EncoderInfo("t", "j", 8, 8, 8, "fp32", "", 1, "cpu", True)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


async def _once(app: Any) -> float:
    scope = {
        "type": "http",
        "method": "GET",
        "path": ROUTE,
        "raw_path": ROUTE.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"b")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        return None

    start_s = time.perf_counter()
    await app(scope, receive, send)
    return time.perf_counter() - start_s


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
            bench = Bench(state)
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

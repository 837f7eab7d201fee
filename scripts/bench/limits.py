"""The guarded ingress against its bars: exactness, fairness, outage, cost, refusals.

One service on two cores for all of it, keys in force; every load runs in a process of its own
on the same cores, so what is measured includes it.
"""

import argparse
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from deployments.local import cluster, rollout
from reliability.identity.api_keys import issue, write_keys
from reliability.limits.leases import lease_tokens
from reliability.limits.token_bucket import Policy
from scripts.bench.support.http_load import ConnectionGroup, GroupAnswers, begin, finish, load
from scripts.bench.support.service import PORT, PROJECT, report, row, service, url

REPLICAS = 4
CLIENTS = 1000
SINGLE = 200
"""Keys of the other measurements, whose buckets are not full any more."""
TIMEOUT_S = 300
HIGH = {"limit": 1_000_000, "period_s": 1}
READ, SEARCH = "/v1/models", "/search"
QUERY = b'{"query": "a red mug", "limit": 3}'


class LimitsBench:
    """A running service whose limits the measurements change."""

    def __init__(self, state: Path, keys: Sequence[str]) -> None:
        self.keys = keys
        self._state = state
        self._settings = yaml.safe_load((state / "serve_config.yaml").read_text())
        found = cluster.recorded(state)
        assert found is not None
        self._cluster = found

    def configure(self, replicas: int, **limits: Any) -> None:
        """Deploy other limits and wait until every ingress replica has them."""
        settings = deepcopy(self._settings)
        for deployment in settings["applications"][0]["deployments"]:
            if deployment["name"] == "Ingress":
                deployment["autoscaling_config"] |= {
                    "min_replicas": replicas,
                    "max_replicas": replicas,
                }
                deployment["user_config"]["rate_limits"] |= {**limits, "least_replicas": replicas}
        quiet: Callable[[str], None] = lambda line: None  # noqa: E731
        rollout.deploy(self._cluster, settings, PROJECT, self._state, TIMEOUT_S, quiet)
        # An in-place change reaches the replicas a moment after Serve calls it done.
        time.sleep(2)
        rollout.await_ready(url(), TIMEOUT_S)

    def replicas(self, deployment: str) -> list[dict[str, Any]]:
        """Return Serve's account of a deployment's replicas."""
        status = rollout.status(self._cluster, self._state)
        return status["applications"]["brainwav"]["deployments"][deployment]["replicas"]

    def get(self, key: int, path: str = READ) -> str:
        """Return a GET as bytes on the wire."""
        return f"GET {path} HTTP/1.1\r\nHost: b\r\nX-API-Key: {self.keys[key]}\r\n\r\n"

    def search(self, key: int, body: bytes) -> str:
        """Return a search as bytes on the wire."""
        return (
            f"POST {SEARCH} HTTP/1.1\r\nHost: b\r\nX-API-Key: {self.keys[key]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ) + body.decode()


def exactness(bench: LimitsBench, seconds: float) -> Iterator[dict[str, Any]]:
    """One client at five times its limit, over four ingress replicas."""
    policy = Policy("read", 60, 1, 60)
    bench.configure(REPLICAS, read={"limit": 60, "period_s": 1, "burst": 60})
    [told] = load(PORT, [ConnectionGroup([bench.get(0)], 32, seconds, rate=5 * policy.rate_per_s)])
    most = policy.rate_per_s * told.lasted_s + policy.burst
    part = told.count(200) / most
    others = _others(told)
    yield row(
        f"admitted of rate·t + burst, {told.lasted_s:.0f} s at 5× the limit, {REPLICAS} replicas",
        part,
        "0.97 to 1",
        0.97 <= part <= 1 and not others,
        f"{told.count(200)} of {most:.0f}; {told.count(429)} refused, {others} other, "
        f"{told.late} not offered",
    )


def fairness(bench: LimitsBench, seconds: float) -> Iterator[dict[str, Any]]:
    """A thousand clients that begin in the same instant, each at half of its limit."""
    bench.configure(REPLICAS, read={"limit": 60, "period_s": 60, "burst": 60})
    heads = [bench.get(SINGLE + n) for n in range(CLIENTS)]
    group = ConnectionGroup(
        heads, CLIENTS, seconds, rate=CLIENTS / 2, together=True, latencies=True
    )
    [told] = load(PORT, [group])
    refused = sum(told.statuses.values()) - told.count(200) + told.unanswered
    yield row(
        f"refused of {CLIENTS} clients at once, each under its limit, {seconds:.0f} s",
        refused,
        "0",
        refused == 0,
        f"{told.statuses}, {told.degraded} by own share, {told.late} late, "
        f"p50 {_quantile(told.latencies_ms, 0.5):.0f} ms, "
        f"p99 {_quantile(told.latencies_ms, 0.99):.0f} ms",
    )


def outage(bench: LimitsBench, seconds: float) -> Iterator[dict[str, Any]]:
    """The authority is killed a third into a flood."""
    policy = Policy("read", 60, 1, 60)
    bench.configure(REPLICAS, read={"limit": 60, "period_s": 1, "burst": 60})
    [replica] = bench.replicas("RateLimiter")
    killer = threading.Timer(seconds / 3, os.kill, (replica["pid"], signal.SIGKILL))
    killer.start()
    [told] = load(PORT, [ConnectionGroup([bench.get(1)], 32, seconds, rate=5 * policy.rate_per_s)])
    killer.join()
    leases = REPLICAS * lease_tokens(policy, REPLICAS)
    most = policy.rate_per_s * told.lasted_s + policy.burst + leases
    part = told.count(200) / most
    yield row(
        "admitted of rate·t + burst + a lease per replica, authority killed under load",
        part,
        "at most 1",
        part <= 1,
        f"{told.count(200)} of {most:.0f}, {told.degraded} answers by own share",
    )
    yield row(
        "other answers than 200 and 429 meanwhile",
        _others(told),
        "0",
        not _others(told),
        str(told.statuses),
    )


def cost(bench: LimitsBench, rounds: int) -> Iterator[dict[str, Any]]:
    """The same route with and without its limit, in turns on one replica."""
    for what, limit in (
        ("limit far away", HIGH),
        ("600 a minute, from a full bucket", {"limit": 600, "period_s": 60}),
    ):
        times: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * rounds):
            # A B B A: drift of the machine hits both alike.
            enabled = turn % 4 in (0, 3)
            bench.configure(1, read=limit, enabled=enabled)
            # Another client each time: its bucket is full and no lease is there yet.
            key = 100 + turn
            [told] = load(
                PORT, [ConnectionGroup([bench.get(key)], 1, 30, requests=500, latencies=True)]
            )
            times[enabled] += told.latencies_ms
        with_ms, without_ms = (statistics.median(times[on]) for on in (True, False))
        yield row(
            f"cost of limiting, p50 of an allowed request, {what}: ms",
            with_ms - without_ms,
            "≤ 0.3",
            with_ms - without_ms <= 0.3,
            f"{with_ms:.3f} ms with, {without_ms:.3f} ms without",
        )


def refusals(
    bench: LimitsBench, seconds: float, rounds: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """A refused client as fast as it can; then at 2,000/s beside an admitted one, in turns.

    Both with HAProxy repeating refusals and, as the baseline, with the application alone.
    """
    flood = [bench.get(2)]
    keyword = b'{"query": "mug", "limit": 3, "mode": "keyword"}'
    for by, in_proxy in (("the application", False), ("HAProxy", True)):
        hourly = {"limit": 1, "period_s": 3600}
        bench.configure(1, read=hourly, search=HIGH, refuse_in_proxy=in_proxy)
        load(PORT, [ConnectionGroup(flood, 1, 1)])
        [told] = load(PORT, [ConnectionGroup(flood, 32, seconds)])
        rate = told.count(429) / told.lasted_s
        met = rate >= 2000 and not _others(told)
        yield row(
            f"refused by {by} a second, client on the same two cores",
            rate,
            "≥ 2,000",
            met if in_proxy else None,
            f"{told.statuses}",
        )
        for what, head in (
            (f"hybrid search, refused by {by}", bench.search(3, QUERY)),
            (f"keyword search, refused by {by}", bench.search(3, keyword)),
        ):
            yield _disturbance(what, head, flood, seconds, rounds[by], counts=in_proxy)


def _disturbance(
    what: str, head: str, flood: list[str], seconds: float, rounds: int, counts: bool
) -> dict[str, Any]:
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    offered = 0.0
    admitted = ConnectionGroup([head], 1, seconds, rate=20, latencies=True)
    for turn in range(2 * rounds):
        if turn % 4 in (0, 3):
            [told] = load(PORT, [admitted])
            alone.append(told.latencies_ms)
            continue
        noise = begin(PORT, [ConnectionGroup(flood, 32, seconds + 2, rate=2000)])
        time.sleep(1)
        [told] = load(PORT, [admitted])
        [refused] = finish(noise)
        offered += refused.count(429) / refused.lasted_s / rounds
        beside.append(told.latencies_ms)
    # The middle turn: whatever else the machine did in one of them must not decide.
    p95 = [statistics.median(_quantile(turn, 0.95) for turn in turns) for turns in (alone, beside)]
    p50 = [statistics.median(_quantile(turn, 0.5) for turn in turns) for turns in (alone, beside)]
    rise = p95[1] / p95[0] - 1
    return row(
        f"rise of an admitted client's p95 beside {offered:,.0f} refusals/s, {what}: %",
        100 * rise,
        "≤ 20",
        rise <= 0.2 if counts else None,
        f"p95 {p95[0]:.2f} → {p95[1]:.2f} ms, p50 {p50[0]:.2f} → {p50[1]:.2f} ms, "
        f"medians of {rounds} turns each",
    )


def _quantile(values: Sequence[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def _others(told: GroupAnswers) -> int:
    total = sum(told.statuses.values())
    return total - told.count(200) - told.count(429) + told.unanswered


@contextmanager
def guarded_service(keep: Path | None) -> Iterator[LimitsBench]:
    """Run a service with a thousand keys in force."""
    kept, texts = {}, []
    for n in range(SINGLE + CLIENTS):
        key, text = issue(f"bench {n}", "client", None, datetime.now(UTC).isoformat())
        kept[key.id] = key
        texts.append(text)

    def change(config: dict[str, Any], state: Path) -> None:
        write_keys(state / "keys.json", kept)
        config["applications"][0]["args"]["identity"] = {"keys_file": str(state / "keys.json")}

    model: Mapping[str, Any] = {"model": "brainwav-demo", "precision": "fp32"}
    with service(model, 0.5, keep, change) as state:
        bench = LimitsBench(state, texts)
        headers = {"X-API-Key": texts[0]}
        body = {"documents": [{"id": f"d{n}", "text": f"a red mug {n}"} for n in range(200)]}
        httpx.put(url("/documents"), json=body, headers=headers, timeout=60).raise_for_status()
        yield bench


def main() -> None:
    """Measure all of it, or one part."""
    parts: dict[str, Callable[[LimitsBench], Iterator[dict[str, Any]]]] = {
        "exactness": lambda bench: exactness(bench, 60),
        "fairness": lambda bench: fairness(bench, 20),
        "outage": lambda bench: outage(bench, 45),
        "cost": lambda bench: cost(bench, 3),
        "refusals": lambda bench: refusals(bench, 5, {"the application": 3, "HAProxy": 15}),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=parts, action="append")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with guarded_service(None) as bench:
        for name in args.only or parts:
            for line in parts[name](bench):
                print(
                    f"{line['what']}: {line['measured']} ({line['verdict']}) {line['baseline']}",
                    flush=True,
                )
                rows.append(line)
    report("limits", rows, {"replicas": REPLICAS, "clients": CLIENTS})


if __name__ == "__main__":
    main()

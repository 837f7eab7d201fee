"""A node dies under load: how many requests fail, for how long, and is a write lost?

Three Ray nodes on this machine: a head without replicas, and two with a replica each of
Ingress, Embedder and HybridSearch. Searches come at a fixed rate, without retries and with
one; documents are written one after the other. Then every process of one node is killed.
"""

import argparse
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deployments.local import cluster, nodes, rollout
from scripts.bench.support.service import PORT, PROJECT, bench_config, report, row, url

SPREAD = ("Ingress", "Embedder", "HybridSearch")
TIMEOUT_S = 10.0
PAUSE_S = 0.5
"""Before the one retry."""


@dataclass
class Answers:
    """When each request was sent, and whether it failed."""

    sent: int = 0
    failed_s: list[float] = field(default_factory=list)
    failed_with_retry: int = 0

    def lasted_s(self) -> float:
        """Return the time from the first failure to the last."""
        return max(self.failed_s) - min(self.failed_s) if self.failed_s else 0.0


def main() -> None:
    """Run, kill, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=10.0, help="searches a second")
    parser.add_argument("--before", type=float, default=10.0, help="seconds before the kill")
    parser.add_argument("--after", type=float, default=40.0, help="seconds after it")
    parser.add_argument("--start-s", type=float, default=300.0, help="for everything to run")
    args = parser.parse_args()
    # Not half a minute of draining when the bench ends.
    os.environ.setdefault("RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S", "1")
    with tempfile.TemporaryDirectory(prefix="brainwav-nodes-") as temporary:
        state = Path(temporary)
        try:
            started = start(state, args.start_s)
            report("nodes", measure(state, started, args), vars(args))
        finally:
            cluster.stop(state)


def start(state: Path, timeout_s: float) -> list[nodes.LocalNode]:
    """Start a head and two nodes, deploy, and return the nodes once everything is spread."""
    running = cluster.start(PROJECT, state, 0, PORT)
    started = [nodes.add(running, PROJECT, state, number, num_cpus=2) for number in (1, 2)]
    rollout.deploy(running, configuration(state), PROJECT, state, timeout_s, print)
    rollout.await_ready(url(), timeout_s)
    for name in SPREAD:
        found = {replica["node_id"] for replica in replicas(state, name)}
        if len(found) != 2:
            raise RuntimeError(f"{name} runs on {len(found)} nodes")
    return started


def configuration(state: Path) -> dict[str, Any]:
    """Return the default configuration with two of everything that can be two."""
    config = bench_config({"model": "brainwav-demo"}, 0.5, state / "index")
    config["proxy_location"] = "HeadOnly"
    for deployment in config["applications"][0]["deployments"]:
        if deployment["name"] in SPREAD:
            deployment["max_replicas_per_node"] = 1
            deployment["health_check_period_s"] = 2
            deployment["autoscaling_config"] |= {"min_replicas": 2, "max_replicas": 2}
    return config


def replicas(state: Path, name: str) -> list[dict[str, Any]]:
    """Return a deployment's running replicas."""
    running = cluster.recorded(state)
    assert running is not None
    app = rollout.status(running, state)["applications"]["brainwav"]
    return [r for r in app["deployments"][name]["replicas"] if r["state"] == "RUNNING"]


def measure(state: Path, started: list[nodes.LocalNode], args: Any) -> list[dict[str, Any]]:
    """Put load on the service, kill the second node, and count."""
    written: list[str] = []
    over = threading.Event()
    writer = threading.Thread(target=write, args=(written, over))
    writer.start()
    answers, killed_s = search_and_kill(started[1], args)
    over.set()
    writer.join()
    lost = sum(not present(id) for id in written)
    share = len(answers.failed_s) / answers.sent
    lasted = answers.lasted_s()
    told = f"{answers.sent} searches, killed after {killed_s:.0f} s"
    return [
        row("failed without retries", share, "≤ 0.01", share <= 0.01, told),
        row("failures lasted s", lasted, "≤ 10", lasted <= 10, told),
        row(
            "failed with one retry",
            answers.failed_with_retry,
            "0",
            answers.failed_with_retry == 0,
            f"half a second later; {told}",
        ),
        row("acknowledged writes lost", lost, "0", lost == 0, f"of {len(written)}"),
    ]


def search_and_kill(node: nodes.LocalNode, args: Any) -> tuple[Answers, float]:
    """Search at a fixed rate; the node dies in between."""
    answers, start_s = Answers(), time.monotonic()
    total = int((args.before + args.after) * args.rate)
    with ThreadPoolExecutor(64) as pool:
        for number in range(total):
            due_s = start_s + number / args.rate
            time.sleep(max(0.0, due_s - time.monotonic()))
            pool.submit(search, answers, start_s)
            if number == int(args.before * args.rate):
                # Beside the load: looking for its processes takes a moment.
                pool.submit(node.kill)
    return answers, args.before


def search(answers: Answers, start_s: float) -> None:
    """Search once, and once more where that failed."""
    answers.sent += 1
    if succeeds():
        return
    answers.failed_s.append(time.monotonic() - start_s)
    time.sleep(PAUSE_S)
    answers.failed_with_retry += not succeeds()


def succeeds() -> bool:
    """Say whether a search is answered."""
    body = {"namespace": "nodes", "query": "a word"}
    try:
        return httpx.post(url("/search"), json=body, timeout=TIMEOUT_S).is_success
    except httpx.HTTPError:
        return False


def write(written: list[str], over: threading.Event) -> None:
    """Write documents one after the other; remember those that were acknowledged."""
    number = 0
    while not over.is_set():
        number += 1
        document = {"id": f"d{number}", "text": f"word{number}"}
        body = {"namespace": "nodes", "documents": [document]}
        try:
            if httpx.put(url("/documents"), json=body, timeout=TIMEOUT_S).is_success:
                written.append(document["id"])
        except httpx.HTTPError:
            continue


def present(id: str) -> bool:
    """Say whether a document can be read."""
    answer = httpx.get(url(f"/documents/{id}"), params={"namespace": "nodes"}, timeout=60)
    return answer.status_code == 200


if __name__ == "__main__":
    main()

"""Resident memory of an idle default service, and whether any replica grows under requests."""

import argparse
import json
import sys
import time
from pathlib import Path

import httpx

from deployments.local import cluster, processes
from scripts.bench.support.service import http_request, per_second, report, row, service, url

REPLICA = "ray::ServeReplica"
GROWTH_MIB = 64
"""A replica that gains more over the second half of the requests is growing."""
SETTLE_S = 5.0


def main() -> None:
    """Measure an idle service, then send requests in two halves and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    args = parser.parse_args()
    with service({"model": "brainwav-demo"}) as state:
        running = cluster.recorded(state)
        assert running is not None
        time.sleep(SETTLE_S)
        idle, together = resident_mib(running.instance), proportional_mib(running.instance)
        seed_documents()
        sent = send(args.requests // 2)
        middle = resident_mib(running.instance)
        sent += send(args.requests - sent)
        time.sleep(SETTLE_S)
        after = resident_mib(running.instance)
    rows = [row(f"idle MiB: {name}", size, "", None) for name, size in sorted(idle.items())]
    rows.append(row("idle MiB: sum of these", sum(idle.values()), "reported", None))
    rows.append(row("idle MiB: shared pages counted once", together, "reported", None))
    for name in sorted(after):
        if name.startswith(REPLICA):
            grown = after[name] - middle.get(name, 0)
            rows.append(
                row(
                    f"MiB gained in the second half: {name}",
                    grown,
                    f"≤ {GROWTH_MIB}",
                    grown <= GROWTH_MIB,
                    f"idle {idle.get(name, 0):.0f}, after {after[name]:.0f}",
                )
            )
    report("memory", rows, {"requests": sent})


def resident_mib(instance: str) -> dict[str, float]:
    """Return resident MiB by process title; processes of one title are added up.

    Pages that processes share are counted in each of them.
    """
    sizes: dict[str, float] = {}
    for pid in processes.marked(instance):
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
        name = title.split()[0] if title.startswith("ray::") else "Ray's own processes"
        sizes[name] = sizes.get(name, 0) + pages * 4096 / 2**20
    return sizes


def proportional_mib(instance: str) -> float:
    """Return the MiB of all processes, each shared page counted once."""
    total_kib = 0
    for pid in processes.marked(instance):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total_kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kib / 1024


def seed_documents() -> None:
    """Give the searches something to find."""
    documents = [{"id": f"d{n}", "text": f"document {n} about topic {n % 17}"} for n in range(200)]
    httpx.put(url("/documents"), json={"documents": documents}, timeout=120).raise_for_status()


def send(count: int) -> int:
    """Send embeddings and searches in equal parts; return how many were answered."""
    requests = []
    for n in range(64):
        embed = json.dumps({"inputs": [{"text": f"a text about topic {n}"}]}).encode()
        search = json.dumps({"query": f"topic {n % 17} document", "limit": 5}).encode()
        requests.append(http_request("/embed", embed, "application/json"))
        requests.append(http_request("/search", search, "application/json"))
    sent = 0.0
    while sent < count:
        seconds = 10.0
        sent += per_second(requests, 16, seconds) * seconds
        print(f"{sent:.0f} of {count} requests", file=sys.stderr)
    return round(sent)


if __name__ == "__main__":
    main()

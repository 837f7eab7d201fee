"""Hybrid searches over HTTP with vector and text given: latency, rate, CPU of all processes.

No query encodes anything and none is sent twice, so what is measured is the search and the way to
it: proxy, ingress, validation, handles, metering, answer. Beside it, in turns: two deployments
behind the same proxy that take the same bodies and answer as many bytes, and do nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from deployments.local import cluster, processes
from scripts.bench.support.serve_floor import PREFIX
from scripts.bench.support.service import Connection, http_request, report, row, service, url
from scripts.bench.writing import NAMESPACE, await_settled, texts, write

VECTORS = 256
"""Different query vectors; words differ in every query."""
WORDS = 5
ANSWER_BYTES = 6_000
"""About as long as an answer of ten hits."""
BARS: dict[tuple[str, int], tuple[str, Callable[[float], bool]]] = {
    ("p50 ms", 1): ("≤ 6", lambda measured: measured <= 6),
    ("searches/s", 8): ("≥ 250", lambda measured: measured >= 250),
    ("CPU ms a search", 1): ("≤ 7", lambda measured: measured <= 7),
    ("CPU ms a search", 8): ("≤ 7", lambda measured: measured <= 7),
}
"""By what is measured, and how many searches are under way."""


@dataclass(frozen=True, slots=True)
class LoadRound:
    """What a load of one concurrency was answered."""

    latencies_ms: list[float]
    lasted_s: float
    cpu_s: float

    def figures(self) -> dict[str, float]:
        """Return what is reported of it."""
        p50, p95 = np.percentile(self.latencies_ms, [50, 95])
        return {
            "p50 ms": float(p50),
            "p95 ms": float(p95),
            "searches/s": len(self.latencies_ms) / self.lasted_s,
            "CPU ms a search": 1000 * self.cpu_s / len(self.latencies_ms),
        }


def cpu_s(stat: str) -> float:
    """Return the processor time that a line of ``/proc/PID/stat`` tells."""
    # A name may hold spaces and brackets: what counts stands after the last one.
    fields = stat.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_all_s(instance: str) -> float:
    """Return the processor time of all processes of a service so far."""
    total = 0.0
    for pid in processes.marked(instance):
        try:
            total += cpu_s(Path(f"/proc/{pid}/stat").read_text())
        except OSError:
            continue
    return total


def query_vectors() -> list[list[float]]:
    """Return vectors of texts, by the service's own model."""
    asked = [{"text": text} for text in islice(texts(VECTORS), VECTORS)]
    found: list[list[float]] = []
    for low in range(0, VECTORS, 32):
        body = {"inputs": asked[low : low + 32], "space": "text"}
        answer = httpx.post(url("/embed"), json=body, timeout=60)
        found += answer.raise_for_status().json()["embeddings"]
    return found


def with_floor(config: dict[str, Any], state: Path) -> None:
    """Deploy the two deployments that do nothing beside the service."""
    config["applications"].append(
        {
            "name": "floor",
            "import_path": "scripts.bench.support.serve_floor:build_answering",
            "route_prefix": PREFIX,
            "args": {"answer_bytes": ANSWER_BYTES},
        }
    )


def requests(
    vectors: Sequence[Sequence[float]], seed: int, path: str = "/search"
) -> Iterator[bytes]:
    """Yield searches without an end; hardly two have the same words."""
    rng = np.random.default_rng(seed)
    ranks = np.arange(1, 20_001)
    chances = 1 / ranks / (1 / ranks).sum()
    while True:
        words = rng.choice(len(ranks), size=(len(vectors), WORDS), p=chances)
        for vector, chosen in zip(vectors, words, strict=True):
            body: dict[str, Any] = {
                "namespace": NAMESPACE,
                "query": " ".join(f"term{word}" for word in chosen),
                "vector": vector,
                "vector_space": "text",
                "limit": 10,
            }
            yield http_request(path, json.dumps(body).encode(), "application/json")


async def searched(load: Iterator[bytes], connections: int, seconds: float) -> list[float]:
    """Return what each search took in milliseconds, so many at a time, until ``load`` ends."""
    taken: list[float] = []
    ends_s = time.perf_counter() + seconds

    async def caller() -> None:
        connection = await Connection.open()
        for request in load:
            begun_s = time.perf_counter()
            await connection.send(request)
            taken.append((time.perf_counter() - begun_s) * 1000)
            if time.perf_counter() >= ends_s:
                break
        connection.close()

    await asyncio.gather(*(caller() for _ in range(connections)))
    return taken


def loaded(instance: str, load: Sequence[bytes], connections: int, seconds: float) -> LoadRound:
    """Drive a warm service; the requests are made before the clock runs."""
    begun_cpu_s, begun_s = cpu_of_all_s(instance), time.perf_counter()
    taken = asyncio.run(searched(iter(load), connections, seconds))
    lasted_s = time.perf_counter() - begun_s
    return LoadRound(taken, lasted_s, cpu_of_all_s(instance) - begun_cpu_s)


def rows_of(
    connections: int, figures: dict[str, float], floor: dict[str, float]
) -> Iterator[dict[str, Any]]:
    """Yield the lines of one concurrency, beside the bars that it has and the floor."""
    for name, measured in figures.items():
        bar, is_met = BARS.get((name, connections), ("", None))
        met = None if is_met is None else is_met(measured)
        beside = f"{floor[name]:.3g} by two deployments that do nothing"
        yield row(f"{name}, {connections} at a time", measured, bar, met, beside)


def main() -> None:
    """Write, wait until the index is built, search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--most", type=int, default=10_000, help="Requests made for a round.")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with service({"model": "brainwav-demo"}, change=with_floor) as state:
        running = cluster.recorded(state)
        assert running is not None
        asyncio.run(write(args.rows))
        await_settled()
        vectors = query_vectors()
        asyncio.run(searched(requests(vectors, 0), 4, 5.0))
        for turn, connections in enumerate((1, 8), start=1):
            figures = {}
            for path in (f"{PREFIX}/search", "/search"):
                load = list(islice(requests(vectors, turn, path), args.most))
                done = loaded(running.instance, load, connections, args.seconds)
                figures[path] = done.figures()
            floor, found = figures.values()
            rows += rows_of(connections, found, floor)
    report("search_over_http", rows, {"rows": args.rows, "dimension": len(vectors[0])})


if __name__ == "__main__":
    main()

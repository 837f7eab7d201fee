"""Writing many documents to a default service that nobody tuned, and searching them afterwards."""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
from tqdm import tqdm

from deployments.local import cluster
from scripts.bench.memory import REPLICA, resident_mib
from scripts.bench.support.service import Connection, http_request, report, row, service, url

NAMESPACE = "written"
BATCH = 200
NOW = {"Prefer": "wait=300"}
"""What is measured is the write itself, not a job."""
IN_FLIGHT = 4
WORDS_PER_TEXT = 8
VOCABULARY = 20_000
SEARCHES = 200
WARM_UP = 20


def main() -> None:
    """Write, wait for the index builds, search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    args = parser.parse_args()
    with service({"model": "brainwav-demo"}) as state:
        running = cluster.recorded(state)
        assert running is not None
        written_s = asyncio.run(write(args.rows))
        sizes = resident_mib(running.instance)
        settled_s = await_settled()
        searches = asyncio.run(timed_searches())
        after = resident_mib(running.instance)
    rows = [
        row("documents a second", args.rows / written_s, "", None, f"{written_s:.0f} s in all"),
        row("seconds until the index is built", settled_s, "", None),
        row("search over HTTP: p50 ms", float(np.percentile(searches, 50)), "", None),
        row("search over HTTP: p95 ms", float(np.percentile(searches, 95)), "", None),
        *(
            row(f"MiB after writing: {name}", sizes[name], "", None, f"later {after[name]:.0f}")
            for name in sorted(sizes)
            if name.startswith(REPLICA) and name in after
        ),
    ]
    report("writing", rows, {"rows": args.rows, "written_s": written_s, "settled_s": settled_s})


def texts(count: int) -> Iterator[str]:
    """Return texts whose word frequencies fall with their rank, as natural ones do."""
    rng = np.random.default_rng(0)
    chances = 1 / np.arange(1, VOCABULARY + 1)
    chances /= chances.sum()
    for _ in range(count):
        words = rng.choice(VOCABULARY, size=WORDS_PER_TEXT, p=chances)
        yield " ".join(f"term{word}" for word in words)


async def write(count: int) -> float:
    """Write the documents, some requests at a time; return the seconds it took."""
    documents = [{"id": f"d{n:07d}", "text": text} for n, text in enumerate(texts(count))]
    batches = iter([documents[low : low + BATCH] for low in range(0, count, BATCH)])
    started_s = time.perf_counter()
    async with httpx.AsyncClient(base_url=url(), timeout=300) as client:
        with tqdm(total=count, desc="writing", unit="document") as progress:

            async def worker() -> None:
                for batch in batches:
                    body = {"namespace": NAMESPACE, "documents": batch}
                    answer = await client.put("/documents", json=body, headers=NOW)
                    answer.raise_for_status()
                    if answer.json()["failed"]:
                        raise RuntimeError(answer.json()["failed"][0])
                    progress.update(len(batch))

            await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return time.perf_counter() - started_s


def await_settled() -> float:
    """Return the seconds until maintenance has nothing more to do: the version stands still."""
    started_s, changed_s, version = time.perf_counter(), time.perf_counter(), -1
    body = {"namespace": NAMESPACE, "query": "term1", "limit": 1}
    while time.perf_counter() - changed_s < 20:
        now = httpx.post(url("/search"), json=body, timeout=60).json()["index_version"]
        if now != version:
            changed_s, version = time.perf_counter(), now
        time.sleep(1)
    return changed_s - started_s


async def timed_searches() -> list[float]:
    """Return milliseconds of hybrid searches over HTTP, one after another."""
    connection, taken = await Connection.open(), []
    for number, text in enumerate(texts(SEARCHES + WARM_UP)):
        body: dict[str, Any] = {"namespace": NAMESPACE, "query": " ".join(text.split()[:5])}
        started_s = time.perf_counter()
        await connection.send(
            http_request("/search", json.dumps(body).encode(), "application/json")
        )
        if number >= WARM_UP:
            taken.append((time.perf_counter() - started_s) * 1000)
    connection.close()
    return taken


if __name__ == "__main__":
    main()

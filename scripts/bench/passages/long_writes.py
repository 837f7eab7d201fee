"""One client writes texts of a megabyte: what does another client's search notice?

The bar: its p95 is at most twice what it is while nobody writes.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import numpy as np

from scripts.bench.passages.questions import read
from scripts.bench.support.service import TWO_THREADS_CPUS, report, row, service, url

WRITER, SEARCHER = "127.0.0.1", "127.0.0.2"
NAMESPACE = "searched"
DOCUMENTS = 2_000
TEXT_BYTES = 1_000_000
PAUSE_S = 0.1
BAR = 2.0


def main() -> None:
    """Search in peace, then beside the writer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/multihop"))
    parser.add_argument("--seconds", type=float, default=60.0, help="of each phase")
    parser.add_argument("--documents", type=int, default=100)
    args = parser.parse_args()
    passages, questions = read(args.data)
    asked = [question.text for question in questions]
    with service({"model": "brainwav-demo"}, TWO_THREADS_CPUS):
        asyncio.run(_measure(passages, asked, args.seconds, args.documents))


async def _measure(passages: list[str], asked: list[str], seconds: float, most: int) -> None:
    async with _client(WRITER) as writer, _client(SEARCHER) as searcher:
        await _seed(writer, passages[:DOCUMENTS])
        await _searches(searcher, asked, 10.0)
        quiet = await _searches(searcher, asked, seconds)
        stop = asyncio.Event()
        writing = asyncio.create_task(_write(writer, _texts(passages), most, stop))
        await asyncio.sleep(2.0)
        beside = await _searches(searcher, asked, seconds)
        stop.set()
        written, refused = await writing
    at = {name: np.percentile(times, [50, 95]) for name, times in (("q", quiet), ("b", beside))}
    share = at["b"][1] / at["q"][1]
    said = f"{at['b'][1]:.0f} ms against {at['q'][1]:.0f} ms"
    rows = [
        row(
            "another's search: p95 beside a writer of 1 MB texts",
            share,
            f"≤ {BAR}",
            share <= BAR,
            said,
        ),
        row("search p50 ms, quiet", at["q"][0], "", None, f"{len(quiet)} searches"),
        row("search p50 ms, beside the writer", at["b"][0], "", None, f"{len(beside)} searches"),
        row("texts of 1 MB written meanwhile", written, "", None, f"{refused} answers were no 200"),
    ]
    figures = {"quiet_ms": quiet, "beside_ms": beside}
    report("long_writes", rows, figures)


def _client(address: str) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(local_address=address)
    headers = {"X-Request-Deadline-Ms": "600000"}
    return httpx.AsyncClient(base_url=url(), timeout=600, transport=transport, headers=headers)


def _texts(passages: list[str]) -> Iterator[str]:
    """Return texts of about a megabyte, no two of them alike."""
    whole = "\n\n".join(passages)
    for number in count():
        start = (number * 7919) % len(whole)
        turned = whole[start:] + whole[:start]
        yield f"Volume {number}. {turned[:TEXT_BYTES]}"


async def _seed(client: httpx.AsyncClient, texts: list[str]) -> None:
    for at in range(0, len(texts), 200):
        part = [{"id": f"d{at + n}", "text": text} for n, text in enumerate(texts[at : at + 200])]
        body = {"namespace": NAMESPACE, "documents": part}
        (await client.put("/documents", json=body)).raise_for_status()


async def _searches(client: httpx.AsyncClient, asked: list[str], seconds: float) -> list[float]:
    """Search one after the other, with pauses; return what each took in ms."""
    took, until_s = [], time.perf_counter() + seconds
    for number in count():
        if time.perf_counter() > until_s:
            return took
        body = {"namespace": NAMESPACE, "query": asked[number % len(asked)]}
        start_s = time.perf_counter()
        (await client.post("/search", json=body)).raise_for_status()
        took.append(1000 * (time.perf_counter() - start_s))
        await asyncio.sleep(PAUSE_S)
    raise AssertionError


async def _write(
    client: httpx.AsyncClient, texts: Iterator[str], most: int, stop: asyncio.Event
) -> tuple[int, int]:
    """Write texts one after the other until told to stop; return how many were, and were not."""
    written = refused = 0
    for number, text in zip(range(most), texts, strict=False):
        document = {"id": f"volume-{number}", "text": text}
        body = json.dumps({"namespace": "volumes", "documents": [document]})
        sending = asyncio.create_task(
            client.put("/documents", content=body, headers={"Content-Type": "application/json"})
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([sending, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not sending.done():
            sending.cancel()
            return written, refused
        written += sending.result().status_code == 200
        refused += sending.result().status_code != 200
    return written, refused


if __name__ == "__main__":
    main()

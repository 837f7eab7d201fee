"""Embedding over HTTP against a bare loop over the same model on the same cores."""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from retrieval.clip.encoder import Encoder
from scripts.bench.support import serve_floor
from scripts.bench.support.bare_encoder import (
    CLIP,
    bare_encoder,
    bare_pictures,
    captions,
    naive_texts,
    photographs,
)
from scripts.bench.support.service import (
    TWO_THREADS_CPUS,
    Connection,
    http_request,
    multipart,
    per_second,
    report,
    row,
    service,
    url,
)

DEMO = {"model": "brainwav-demo"}
BATCHES = (1, 4, 8, 16, 32)
CAPTIONS = 32
ROUNDS = 3
LATENCY_TURNS = 10
CALLS_A_TURN = 11
"""The first of a turn only warms up."""
SETTLE_S = 0.3


def main() -> None:
    """Measure both models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    parser.add_argument("--only", choices=("pictures", "texts", "latency"), help="one part")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    extra: dict[str, Any] = {"cores": len(os.sched_getaffinity(0))}
    for settings in (CLIP, DEMO):
        # One replica with as many threads as the bare loop.
        with service(settings, TWO_THREADS_CPUS):
            rows += measure(settings, args.seconds, extra, args.only)
        if args.only in (None, "latency"):
            with service(settings, TWO_THREADS_CPUS, change=with_floor(settings, extra)):
                rows += asyncio.run(latency_rows(settings["model"], bare_encoder(settings, extra)))
        report("embed", rows, extra)


def with_floor(
    settings: dict[str, str], extra: dict[str, Any]
) -> Callable[[dict[str, Any], Path], None]:
    """Return what adds the least of all graphs to a configuration, behind the same proxy."""

    def change(config: dict[str, Any], _: Path) -> None:
        arguments = {"settings": dict(settings), **extra[settings["model"]]}
        config["applications"].append(
            {
                "name": "floor",
                "import_path": "scripts.bench.support.serve_floor:build",
                "route_prefix": serve_floor.PREFIX,
                "args": arguments,
            }
        )

    return change


def measure(
    settings: dict[str, str], seconds: float, extra: dict[str, Any], only: str | None
) -> list[dict]:
    """Measure one model: pictures, texts and latency, each beside its baseline."""
    name = settings["model"]
    health = httpx.get(url("/health"), timeout=30).json()["components"]["embedder"]
    precision, threads = health["precision"], health["threads"]
    extra[name] = {"precision": precision, "threads": threads}
    encoder = bare_encoder(settings, extra)
    is_clip = name == CLIP["model"]
    rows: list[dict] = []
    if only in (None, "pictures"):
        rows += picture_rows(name, encoder, seconds, is_clip)
    if only in (None, "texts"):
        rows += text_rows(name, encoder, seconds, is_clip)
    return rows


def picture_rows(name: str, encoder: Encoder, seconds: float, is_clip: bool) -> list[dict]:
    """Served pictures per second against a bare loop at its best batch size."""
    files = photographs(64)
    requests = []
    for file in files:
        body, content_type = multipart(file, {"modality": "IMAGE"})
        requests.append(http_request("/embed/multimodal", body, content_type))
    naive, pooled, served = [], [], []
    best = best_batch(lambda n: bare_pictures(encoder, files, n, 2.0))
    with ThreadPoolExecutor(2) as pool:
        # In turn, so that a change of the machine's speed meets both alike.
        for _ in range(ROUNDS):
            naive.append(bare_pictures(encoder, files, best, seconds))
            served.append(per_second(requests, 64, seconds))
            pooled.append(bare_pictures(encoder, files, best, seconds, pool))
    plain, ahead, http = map(statistics.median, (naive, pooled, served))
    baseline = f"bare loop {plain:.1f}/s at batch {best}; decoding ahead on a pool {ahead:.1f}/s"
    bar, ratio = ("≥ 0.90 of the bare loop", http / plain)
    return [
        row(f"{name}: pictures/s over HTTP", http, "", None, baseline),
        row(
            f"{name}: ratio to the bare loop",
            ratio,
            bar if is_clip else "",
            ratio >= 0.9 if is_clip else None,
            baseline,
        ),
        row(f"{name}: ratio to the bare loop that decodes ahead", http / ahead, "", None, baseline),
    ]


def text_rows(name: str, encoder: Encoder, seconds: float, is_clip: bool) -> list[dict]:
    """Served captions per second against a naive loop over all positions."""
    texts = captions(512)
    requests = []
    for start in range(0, len(texts), CAPTIONS):
        inputs = [{"text": text} for text in texts[start : start + CAPTIONS]]
        body = json.dumps({"inputs": inputs}).encode()
        requests.append(http_request("/embed", body, "application/json"))
    best = best_batch(lambda n: naive_texts(encoder, texts, n, 2.0, is_clip))
    naive, served = [], []
    for _ in range(ROUNDS):
        naive.append(naive_texts(encoder, texts, best, seconds, is_clip))
        served.append(per_second(requests, 4, seconds) * CAPTIONS)
    plain, http = statistics.median(naive), statistics.median(served)
    what = "77 positions" if is_clip else "own tower, padded batch"
    baseline = f"naive loop {plain:.0f}/s at batch {best} ({what})"
    ratio = http / plain
    return [
        row(f"{name}: captions/s over HTTP, 32 a request", http, "", None, baseline),
        row(
            f"{name}: ratio to the naive loop",
            ratio,
            "≥ 4" if is_clip else "",
            ratio >= 4 if is_clip else None,
            baseline,
        ),
    ]


async def latency_rows(name: str, encoder: Encoder) -> list[dict]:
    """What the graph adds at concurrency 1: calls over HTTP and bare ones, in turns.

    Beside it what the least of all graphs adds: two deployments and nothing else.
    """
    file = photographs(1)[0]
    body, content_type = multipart(file, {"modality": "IMAGE"})
    text = "a red car parked outside a bakery"
    text_body = json.dumps({"inputs": [{"text": text}]}).encode()
    plain = "application/octet-stream"
    cases: list[tuple[str, list[bytes], Callable[[], object]]] = [
        (
            "text",
            [
                http_request("/embed", text_body, "application/json"),
                http_request(f"{serve_floor.PREFIX}/text", text.encode(), plain),
            ],
            lambda: encoder.joint_text.encode(encoder.joint_text.prepare([text])),
        ),
        (
            "picture",
            [
                http_request("/embed/multimodal", body, content_type),
                http_request(f"{serve_floor.PREFIX}/picture", file, plain),
            ],
            lambda: encoder.picture.encode([encoder.picture.prepare(file)]),
        ),
    ]
    rows = []
    for what, requests, bare in cases:
        own, served, least = await medians_ms(requests, bare)
        told = f"bare call {own:.2f} ms, over HTTP {served:.2f} ms"
        rows += [
            row(
                f"{name}: added by the graph, one {what}, p50 ms",
                served - own,
                "≤ 3 ms",
                served - own <= 3,
                told,
            ),
            row(
                f"{name}: added by two empty deployments, one {what}, p50 ms",
                least - own,
                "",
                None,
                f"of the same run; over HTTP {least:.2f} ms",
            ),
        ]
    return rows


async def medians_ms(requests: Sequence[bytes], bare: Callable[[], object]) -> list[float]:
    """Return the median of a bare call and that of each request, in milliseconds."""
    own: list[float] = []
    served: list[list[float]] = [[] for _ in requests]
    for _ in range(LATENCY_TURNS):
        # Turns and not pairs: threads of a bare call go on spinning for a while after it,
        # and would take the cores from the call that is served next.
        await asyncio.sleep(SETTLE_S)
        for number in range(CALLS_A_TURN):
            start_s = time.perf_counter()
            bare()
            if number:
                own.append(time.perf_counter() - start_s)
        for request, times in zip(requests, served, strict=True):
            await asyncio.sleep(SETTLE_S)
            # Opened anew: the proxy hangs up on a connection that is silent for ten seconds.
            connection = await Connection.open()
            for number in range(CALLS_A_TURN):
                start_s = time.perf_counter()
                await connection.send(request)
                if number:
                    times.append(time.perf_counter() - start_s)
            connection.close()
    return [statistics.median(times) * 1000 for times in (own, *served)]


def best_batch(rate: Callable[[int], float]) -> int:
    """Return the batch size with the greatest rate."""
    return max(BATCHES, key=rate)


if __name__ == "__main__":
    main()

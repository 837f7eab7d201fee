"""Measure search in process: latency, recall against an exact scan, build time.

Vectors are synthetic but shaped like real ones: clusters in a space of low
intrinsic dimension, mapped into many dimensions with a little noise. Texts draw
their words from a Zipf distribution, as natural ones do.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import uvloop

from retrieval.documents import Document, Vectors
from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from retrieval.store import Fingerprint, IndexReader, IndexStore
from scripts.bench.support.service import report, row

NAMESPACE = "bench"
VOCABULARY = 20_000
WORDS_PER_TEXT = 40
INTRINSIC_DIMENSION = 24
CLUSTERS = 200
BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts, their vectors, and pictures for the first ``len(pictures)`` rows."""

    texts: list[str]
    text_vectors: Vectors
    image_vectors: Vectors


def normalised(vectors: np.ndarray) -> Vectors:
    """Return rows of length 1 in float32."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def clustered(rng: np.random.Generator, rows: int, dimension: int) -> Vectors:
    """Return unit vectors in clusters, of low intrinsic dimension."""
    centres = rng.normal(size=(CLUSTERS, INTRINSIC_DIMENSION))
    latent = centres[rng.integers(CLUSTERS, size=rows)]
    latent = latent + 0.6 * rng.normal(size=latent.shape)
    mapping = rng.normal(size=(INTRINSIC_DIMENSION, dimension)).astype(np.float32)
    noise = rng.normal(size=(rows, dimension)).astype(np.float32)
    return normalised(latent.astype(np.float32) @ mapping + 0.5 * noise)


def zipf_texts(rng: np.random.Generator, rows: int) -> list[str]:
    """Return texts whose word frequencies fall with their rank."""
    chances = 1 / np.arange(1, VOCABULARY + 1)
    draws = rng.choice(VOCABULARY, size=(rows, WORDS_PER_TEXT), p=chances / chances.sum())
    return [" ".join(f"term{word}" for word in row) for row in draws]


def make_corpus(seed: int, rows: int, dimension: int, picture_share: float) -> Corpus:
    """Return a corpus that depends on the seed alone."""
    rng = np.random.default_rng(seed)
    return Corpus(
        zipf_texts(rng, rows),
        clustered(rng, rows, dimension),
        clustered(rng, int(rows * picture_share), dimension),
    )


def document(corpus: Corpus, i: int) -> Document:
    """Return row ``i`` of the corpus as a document."""
    has_picture = i < len(corpus.image_vectors)
    return Document(
        id=f"doc-{i:07d}",
        text=corpus.texts[i],
        picture=b"\x89PNG" if has_picture else None,
        picture_mime="image/png" if has_picture else None,
        metadata={"price": float(i % 100), "brand": f"brand{i % 50}", "sku": f"BW-{i:06d}"},
        source="LTM",
        created_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=i),
        text_vector=corpus.text_vectors[i],
        image_vector=corpus.image_vectors[i] if has_picture else None,
    )


async def load(store: IndexStore, corpus: Corpus) -> dict[str, float]:
    """Write the corpus, build all indices, and return the seconds each took."""
    started = time.perf_counter()
    for low in range(0, len(corpus.texts), BATCH_ROWS):
        high = min(low + BATCH_ROWS, len(corpus.texts))
        await store.upsert(NAMESPACE, [document(corpus, i) for i in range(low, high)])
    loaded = time.perf_counter()
    report = await store.maintain(NAMESPACE)
    print("maintenance:", ", ".join(report.actions))
    return {"load_s": loaded - started, "index_build_s": time.perf_counter() - loaded}


def make_requests(corpus: Corpus, seed: int, count: int) -> list[SearchRequest]:
    """Return queries near stored vectors, with words of the same text."""
    rng = np.random.default_rng(seed + 1)
    rows = rng.integers(len(corpus.texts), size=count)
    noise = rng.normal(size=(count, corpus.text_vectors.shape[1])) * 0.02
    vectors = normalised(corpus.text_vectors[rows] + noise)
    return [
        SearchRequest(
            NAMESPACE,
            query_text=" ".join(corpus.texts[row].split()[:5]),
            text_query_vector=vector,
            image_query_vector=vector,
        )
        for row, vector in zip(rows, vectors, strict=True)
    ]


def variant(request: SearchRequest, **changes: object) -> SearchRequest:
    """Return the request with some attributes replaced."""
    return replace(request, **changes)  # pyright: ignore[reportArgumentType]


async def timed(calls: Sequence[Callable[[], Awaitable[object]]]) -> dict[str, float]:
    """Return latency percentiles and processor time of calls made one after another.

    Processor time is what to compare where other programs keep the machine busy.
    """
    taken: list[float] = []
    processor_started = time.process_time()
    for call in calls:
        started = time.perf_counter()
        await call()
        taken.append((time.perf_counter() - started) * 1000)
    cpu_ms = (time.process_time() - processor_started) * 1000 / len(taken)
    p50, p95, p99 = np.percentile(taken, [50, 95, 99])
    return {"p50_ms": float(p50), "p95_ms": float(p95), "p99_ms": float(p99), "cpu_ms": cpu_ms}


async def recall_at_10(
    reader: IndexReader, requests: Sequence[SearchRequest], stored: Vectors, which: str
) -> float:
    """Return the share of the exact ten nearest that the index found."""
    found = 0
    for request in requests:
        vector = getattr(request, which)
        exact = {f"doc-{i:07d}" for i in np.argsort(-(stored @ vector), kind="stable")[:10]}
        only = SearchRequest(NAMESPACE, mode="semantic", **{which: vector})
        found += len(exact & {hit.id for hit in (await reader.search(only)).hits})
    return found / (10 * len(requests))


async def measure(arguments: argparse.Namespace, folder: str) -> dict[str, object]:
    """Run the whole bench and return its figures."""
    corpus = make_corpus(
        arguments.seed, arguments.rows, arguments.dimension, arguments.picture_share
    )
    store = await IndexStore.open(folder)
    size = arguments.dimension
    await store.claim(Fingerprint("bench", "bench", size, size, "float32", True))
    figures: dict[str, object] = dict(await load(store, corpus))
    reader = await IndexReader.open(folder)
    requests = make_requests(corpus, arguments.seed, arguments.queries)
    figures["reading into memory"] = await timed([lambda: _held(reader, requests[0])])
    figures["bytes of memory a document"] = reader.held.nbytes / len(corpus.texts)
    for request in requests[:10]:
        await reader.search(request)
    cheap = parse({"field": "price", "op": "lt", "value": 20})
    rare = parse({"field": "sku", "op": "contains", "value": "BW-0001"})
    variants: dict[str, dict[str, object]] = {
        "hybrid, 3 legs": {},
        "hybrid, 2 legs": {"image_query_vector": None},
        "hybrid, filter keeps 20 %": {"filter": cheap},
        "hybrid, filter keeps 0.1 %": {"filter": rare},
        "hybrid, prefer recent": {"prefer_recent": True},
        "semantic": {"mode": "semantic"},
        "keyword": {"mode": "keyword"},
    }
    for name, changes in variants.items():
        changed = [variant(request, **changes) for request in requests]
        figures[name] = await timed([lambda r=r: reader.search(r) for r in changed])
    on_disk = await IndexReader.open(folder, held_bytes=0)
    figures["hybrid, 3 legs on disk"] = await timed(
        [lambda r=r: on_disk.search(r) for r in requests]
    )
    figures["consistency check"] = await timed([lambda: reader.version(NAMESPACE)] * 200)
    figures["read one document"] = await timed(
        [lambda i=i: reader.get(NAMESPACE, f"doc-{i:07d}") for i in range(50)]
    )
    figures["exact scan, numpy"] = await timed(
        [lambda r=r: _exact(corpus.text_vectors, r) for r in requests[:20]]
    )
    figures["first search after a write of ten"] = await _after_write(
        store, reader, corpus, requests
    )
    few = requests[:100]
    figures["recall@10 text"] = await recall_at_10(
        reader, few, corpus.text_vectors, "text_query_vector"
    )
    if len(corpus.image_vectors):
        figures["recall@10 picture"] = await recall_at_10(
            reader, few, corpus.image_vectors, "image_query_vector"
        )
    return figures


async def _held(reader: IndexReader, request: SearchRequest) -> None:
    await reader.search(request)
    await reader.held.ready()


async def _exact(stored: Vectors, request: SearchRequest) -> None:
    assert request.text_query_vector is not None
    np.argpartition(-(stored @ request.text_query_vector), 10)[:10]


async def _after_write(
    store: IndexStore, reader: IndexReader, corpus: Corpus, requests: Sequence[SearchRequest]
) -> dict[str, float]:
    async def write_then_search(i: int, request: SearchRequest) -> float:
        await store.upsert(NAMESPACE, [document(corpus, 10 * i + more) for more in range(10)])
        started = time.perf_counter()
        await reader.search(request)
        return (time.perf_counter() - started) * 1000

    taken = [await write_then_search(i, r) for i, r in enumerate(requests[:20])]
    return {"p50_ms": float(np.median(taken)), "p95_ms": float(np.percentile(taken, 95))}


def rows_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures as lines of a report, beside the bars they have."""
    scan = figures["exact scan, numpy"]["p50_ms"]
    rows = []
    for name, figure in figures.items():
        if name.startswith("recall"):
            rows.append(row(name, figure, "≥ 0.95", figure >= 0.95, "exact scan"))
        elif isinstance(figure, dict):
            barred = name.startswith("hybrid, ") and name.endswith("legs")
            baseline = ", ".join(f"{key} {value:.2f}" for key, value in figure.items())
            baseline += f"; exact scan of one column {scan:.1f}" if barred else ""
            rows.append(
                row(
                    f"{name}: p95 ms",
                    figure["p95_ms"],
                    "≤ 15" if barred else "",
                    figure["p95_ms"] <= 15 if barred else None,
                    baseline,
                )
            )
        else:
            rows.append(row(name, figure, "", None))
    return rows


def main() -> None:
    """Parse the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--picture-share", type=float, default=0.3)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # The event loop that Ray gives a replica.
        figures = uvloop.run(measure(arguments, folder))
    report("search", rows_of(figures), {**vars(arguments), **figures})


if __name__ == "__main__":
    main()

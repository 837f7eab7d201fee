"""A shop whose fields are of every type, some of them missing, and searches of it both ways."""

import asyncio
from pathlib import Path

import numpy as np

from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from tests.unit.retrieval.retrieval_samples import (
    FINGERPRINT,
    TEXT_DIMENSION,
    document,
    later,
    random_unit,
)

COLOURS = ("red", "green", "Red", "blau", "\U0001f9e3", "")


def shop(count=150):
    """Return documents with a number, a word, a truth, a time, a list and a field of two types."""
    rng = np.random.default_rng(5)
    return [
        document(
            f"d{n * 37 % count:03d}",
            f"mug {n}",
            source="STM" if n % 3 else "LTM",
            created_at=later(n % 10),
            text_vector=random_unit(rng, TEXT_DIMENSION),
            metadata=fields(n, rng),
        )
        for n in range(count)
    ]


def fields(n, rng):
    """Return the metadata of the document of a number."""
    found = {
        "price": [int(rng.integers(0, 9)), float(rng.normal()), -0.0][n % 3],
        "colour": COLOURS[int(rng.integers(len(COLOURS)))],
        "sold": bool(rng.integers(2)),
        "on": f"2026-01-{n % 28 + 1:02d}T0{n % 9}:00:00+0{n % 3}:00",
        "mixed": n if n % 2 else str(n),
        "tags": ["a", n % 4, True][: n % 4],
        "note": None,
        "some_times": "2026-01-01" if n % 2 else "soon",
    }
    return {key: value for key, value in found.items() if rng.random() < 0.8}


SHOP = shop()


def made(folder: Path) -> Path:
    """Write the shop, and then some documents anew and some not at all."""

    async def write():
        store = await IndexStore.open(str(folder))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document(f"d{n:03d}", "older") for n in range(0, 150, 3)])
        await store.upsert("shop", [*SHOP, document("gone")])
        await store.delete("shop", ["gone"])

    asyncio.run(write())
    return folder


def both_ways(folder: Path, *requests: SearchRequest):
    """Return what a reader finds that holds the namespace, and one that reads its table."""

    async def search():
        found = []
        for held_bytes in (None, 0):
            reader = await IndexReader.open(str(folder), held_bytes=held_bytes)
            found.append([await reader.search(request) for request in requests])
            assert len(reader.held) == (held_bytes is None)
            await reader.close()
        return found

    return asyncio.run(search())

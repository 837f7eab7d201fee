"""Small documents and vectors for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from retrieval.documents import Document, Passage, Vector
from retrieval.filtering.lance import compile_filter
from retrieval.filtering.parse import Filter
from retrieval.store import Fingerprint, IndexReader, IndexStore
from retrieval.store.connection import open_table

T = TypeVar("T")

TEXT_DIMENSION, IMAGE_DIMENSION = 16, 24
FINGERPRINT = Fingerprint(
    "text-model", "picture-model", TEXT_DIMENSION, IMAGE_DIMENSION, "f32", False
)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def unit(*numbers: float, size: int) -> Vector:
    """Return a vector of length 1 that begins with ``numbers``."""
    vector = np.zeros(size, np.float32)
    vector[: len(numbers)] = numbers
    return vector / np.linalg.norm(vector)


def text_vector(*numbers: float) -> Vector:
    """Return a unit vector for the text column."""
    return unit(*numbers, size=TEXT_DIMENSION)


def image_vector(*numbers: float) -> Vector:
    """Return a unit vector for the picture column."""
    return unit(*numbers, size=IMAGE_DIMENSION)


def random_unit(rng: np.random.Generator, size: int) -> Vector:
    """Return a vector of length 1 in a random direction."""
    return unit(*rng.normal(size=size), size=size)


def document(id: str, text: str | None = "a mug", **parts: Any) -> Document:
    """Return a document with defaults for all that the test does not care about."""
    defaults: dict[str, Any] = {
        "picture": None,
        "picture_mime": None,
        "metadata": {},
        "source": "LTM",
        "created_at": NEW_YEAR,
        "text_vector": None,
        "image_vector": None,
    }
    return Document(id=id, text=text, **{**defaults, **parts})


def long_document(id: str, text: str = "two parts") -> Document:
    """Return a document of two passages."""
    vectors = (text_vector(1), text_vector(0, 1))
    parts = tuple(Passage(at, at + 1, vector) for at, vector in enumerate(vectors))
    return document(id, text, text_vector=vectors[0], passages=parts)


def later(seconds: float) -> datetime:
    """Return a time after new year."""
    return NEW_YEAR + timedelta(seconds=seconds)


def on_index(
    folder: Path,
    documents: Sequence[Document],
    act: Callable[[IndexStore, IndexReader], Coroutine[Any, Any, T]],
) -> T:
    """Write documents to namespace ``shop`` of a new index and run ``act`` on it."""

    async def run() -> T:
        store = await IndexStore.open(str(folder))
        await store.claim(FINGERPRINT)
        if documents:
            await store.upsert("shop", documents)
        return await act(store, await IndexReader.open(str(folder)))

    return asyncio.run(run())


async def found_by_index(
    folder: Path, documents: Sequence[Document], filters: Sequence[Filter]
) -> list[set[str]]:
    """Return, for each filter, the ids that an index of these documents finds."""
    store = await IndexStore.open(str(folder))
    await store.claim(FINGERPRINT)
    await store.upsert("shop", documents)
    table = await open_table(store._db, "ns.shop")
    assert table is not None
    columns = (await table.schema()).names
    answers: list[set[str]] = []
    for filter in filters:
        rows = table.query().where(compile_filter(filter, columns)).select(["id"])
        answers.append(set((await rows.to_arrow())["id"].to_pylist()))
    return answers

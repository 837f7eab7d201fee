"""What the tests of changes and figures share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.documents import Document, Passage
from retrieval.passages.sections import Section
from retrieval.store import Fingerprint, IndexStore

DIMENSION = 4
THEN = datetime(2026, 11, 24, tzinfo=UTC)


def unit(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def document(id: str, passages: int = 0, picture: bytes | None = None, **metadata: Any) -> Document:
    """Return a document; one of passages has ten characters in each, and the second no vector."""
    text = "".join(f"passage{at:02d} " for at in range(max(passages, 1)))
    vectors = [None if at == 1 else unit(at) for at in range(max(passages, 1))]
    parts = tuple(Passage(10 * at, 10 * at + 9, v) for at, v in enumerate(vectors))
    return Document(
        id,
        text,
        picture,
        None if picture is None else "image/png",
        dict(metadata),
        "LTM",
        THEN,
        vectors[0],
        None if picture is None else unit(99),
        sections=(Section(0, 1, "Start"), Section(5, 2)) if passages else (),
        passages=parts if passages else (),
    )


async def opened(folder: Path) -> IndexStore:
    store = await IndexStore.open(str(folder))
    await store.claim(Fingerprint("t", "p", DIMENSION, DIMENSION, "fp32", True))
    return store

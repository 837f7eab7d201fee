"""A small service's memory, to be backed up; also by a child that is killed at each write."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from deployments.backup.backup import back_up
from deployments.backup.places import Places
from reliability.limits.authority import BucketRow
from reliability.limits.bucket_file import BucketFile
from retrieval.documents import Document
from retrieval.store import Fingerprint, IndexStore

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
FINGERPRINT = Fingerprint("text-model", "picture-model", 4, 4, "fp32", True)
ROW = BucketRow("k:a/embed", 60, 60_000_000, 60, 120, 58, 7)


def document(id: str, text: str = "a mug") -> Document:
    """Return a document whose vector follows from its id."""
    vector = np.random.default_rng(sum(id.encode())).normal(size=4).astype(np.float32)
    vector /= np.linalg.norm(vector)
    return Document(id, text, None, None, {"n": len(id)}, "LTM", NOW, vector, None)


async def written(uri: str, options: dict[str, str] | None = None) -> None:
    """Write an index of one namespace, in several versions."""
    store = await IndexStore.open(uri, options)
    await store.claim(FINGERPRINT)
    await store.upsert("shop", [document("a"), document("gone")])
    await store.upsert("shop", [document("b", "a striped mug")])
    await store.delete("shop", ["gone"])
    await store.close()


def make(state: Path) -> Places:
    """Write a state folder: an index, a database with its log open, keys, a job."""
    asyncio.run(written(str(state / "index")))
    buckets = BucketFile(state / "buckets.sqlite")
    buckets.write([ROW], 9)
    buckets.close()
    (state / "keys.json").write_text('{"format": 1, "keys": []}')
    (state / "jobs" / "one").mkdir(parents=True)
    (state / "jobs" / "one" / "job.json").write_text("{}")
    return Places.below(state)


def back_up_beside(folder: Path) -> None:
    """Make a backup of the state in ``folder``."""
    back_up(Places.below(folder / "state"), folder / "backup", lambda: NOW)

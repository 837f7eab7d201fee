"""A backup that is made and looked at."""

import asyncio
from pathlib import Path

from deployments.backup.backup import back_up
from deployments.backup.manifest import Manifest
from deployments.backup.places import Places
from reliability.limits.bucket_file import BucketFile
from retrieval.store import IndexReader
from tests.unit.backup.small_service import NOW, ROW


def saved(places: Places, target: Path) -> Manifest:
    return back_up(places, target, lambda: NOW)


async def ids_of(state: Path, namespace: str = "shop") -> list[str]:
    reader = await IndexReader.open(str(state / "index"))
    ids = [entry.id for entry in (await reader.page(namespace, 10_000)).entries]
    await reader.close()
    return ids


def check_whole(state: Path) -> None:
    """Look at every part of the small service's memory."""
    assert asyncio.run(ids_of(state)) == ["a", "b"]
    buckets = BucketFile(state / "buckets.sqlite")
    assert buckets.load() == ([ROW], 9)
    buckets.close()
    assert (state / "keys.json").read_text() == '{"format": 1, "keys": []}'
    assert (state / "jobs" / "one" / "job.json").read_text() == "{}"

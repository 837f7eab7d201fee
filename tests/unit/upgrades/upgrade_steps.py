"""What a process does with an older version's folder first, to be killed in the middle of it."""

import asyncio
import json
from pathlib import Path

from deployments.bulk.recording.checkpoint import Checkpoint
from deployments.monitoring.hub import HubService
from reliability.identity.api_keys import read_keys, write_keys
from reliability.limits.authority import BucketAuthority
from reliability.limits.bucket_file import BucketFile
from reliability.limits.token_bucket import US
from reliability.slo.file import load_objectives
from retrieval.store import IndexStore
from sustainability.modes.in_force import ModeService
from sustainability.service import EnergyService
from sustainability.store import BookFile
from telemetry.hub_file import HubFile
from tests.old_state import expected


def open_index(state: Path) -> None:
    """Bring an index up, and analyse its words anew."""

    async def run() -> None:
        store = await IndexStore.open(str(state / "index"))
        for namespace in await store.namespaces():
            await store.maintain(namespace)
        await store.close()

    asyncio.run(run())


def write_keys_anew(state: Path) -> None:
    """As `scripts/keys.py revoke` does."""
    path = state / "keys.json"
    write_keys(path, read_keys(path))


def open_metrics(state: Path) -> None:
    """Begin a hub and save."""
    now_s = expected("1b7d185")["metrics"]["now_s"]
    path = state / "metrics.sqlite"
    service = HubService(HubFile(path), load_objectives(), lambda: now_s, lambda: now_s)
    service.write(service.take_unsaved())


def open_energy(state: Path) -> None:
    """Begin a meter and write a page."""
    file = BookFile(state / "energy-node-1.sqlite")
    page = file.load()
    service = EnergyService("n1", ModeService())
    service.restore(page)
    file.write(service.page(page.state["idle_w"]))


def open_buckets(state: Path) -> None:
    """Begin an authority."""
    now_us = expected("1b7d185")["buckets"]["alive_us"] + US
    BucketAuthority(BucketFile(state / "buckets.sqlite"), now_us).tidy(now_us)


def open_job(state: Path) -> None:
    """Read the record of a job."""
    [folder] = (state / "jobs").iterdir()
    digest = json.loads((folder / "job.json").read_text())["digest"]
    Checkpoint(folder).open(digest)


STEPS = {
    "index": open_index,
    "keys": write_keys_anew,
    "metrics": open_metrics,
    "energy": open_energy,
    "buckets": open_buckets,
    "job": open_job,
}


def open_everything(state: Path) -> None:
    """Begin a whole service over an old state."""
    for step in STEPS.values():
        step(state)

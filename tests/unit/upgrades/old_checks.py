"""What must be found in an older version's folder after today's classes opened it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from deployments.bulk.recording.checkpoint import Checkpoint
from deployments.monitoring.hub import HubService
from reliability.errors import UnknownKey
from reliability.identity.api_keys import read_keys, verify
from reliability.limits.authority import BucketAuthority
from reliability.limits.bucket_file import BucketFile
from reliability.limits.leases import Denial, LeaseRequest
from reliability.limits.token_bucket import US, Policy
from reliability.slo.file import load_objectives
from retrieval.store import Fingerprint, IndexReader, IndexStore
from sustainability.modes.in_force import ModeService
from sustainability.service import EnergyService
from sustainability.store import BookFile
from telemetry.aggregate import MetricSource
from telemetry.hub_file import HubFile
from tests.old_state import expected, said, secret_of

Held = dict[str, list[dict[str, Any]]]
"""Namespace to its documents, in the order of ids."""


async def opened(state: Path, release: str) -> IndexStore:
    """Return a store over an old index."""
    store = await IndexStore.open(str(state / "index"))
    await store.claim(Fingerprint(**expected(release)["index"]["fingerprint"]))
    return store


async def held_by(state: Path) -> Held:
    """Return every document of every namespace as a reader finds it."""
    reader = await IndexReader.open(str(state / "index"))
    held = {}
    for namespace in await reader.namespaces():
        page = await reader.page(namespace, 10_000)
        documents = [await reader.get(namespace, entry.id) for entry in page.entries]
        held[namespace] = [said(document) for document in documents]
    await reader.close()
    return held


def documents_of(release: str) -> Held:
    """Return what the old index held."""
    namespaces = expected(release)["index"]["namespaces"]
    return {name: found["documents"] for name, found in namespaces.items()}


def check_index(state: Path, release: str) -> None:
    """Every document is there whole, and what was deleted stays away."""

    async def run() -> Held:
        store = await opened(state, release)
        await store.close()
        return await held_by(state)

    assert asyncio.run(run()) == documents_of(release)


def check_keys(state: Path, release: str) -> None:
    """Names, roles and namespaces stay; a revoked key stays revoked."""
    keys = read_keys(state / "keys.json")
    for raw in expected(release)["keys"]:
        text = f"bw_{raw['id']}_{secret_of(raw['name'])}"
        if raw["revoked_at"]:
            with pytest.raises(UnknownKey):
                verify(text, keys)
            continue
        key = verify(text, keys)
        bound = None if raw["namespaces"] is None else tuple(raw["namespaces"])
        assert (key.name, key.role, key.namespaces) == (raw["name"], raw["role"], bound)


def check_metrics(state: Path, release: str) -> None:
    """Counters, what objectives counted, and the number of a replica's last push."""
    wanted = expected(release)["metrics"]

    def clock() -> float:
        return wanted["now_s"]

    service = HubService(HubFile(state / "metrics.sqlite"), load_objectives(), clock, clock)
    told = {(s.name, *s.labels.values()): s.value for s in service.samples()}
    for series, value in wanted["totals"].items():
        assert told[tuple(series.split("\x1f"))] == value
    assert told["brainwav_hub_start_time_seconds",] == wanted["since_s"]
    for replica, sequence in wanted["sequences"].items():
        assert service.sequence_of(MetricSource("Ingress", replica, "1")) == sequence
    [embed] = [e for e in service.slo()["endpoints"] if e["endpoint"] == "/embed"]
    for count in ("all", "failed", "valid"):
        assert embed["requests"][count] == wanted["requests"][count]
    service.close()


def check_energy(state: Path, release: str) -> None:
    """Totals, every account, what was learnt, and the mode an administrator chose."""
    wanted = expected(release)["energy"]
    file = BookFile(state / "energy-node-1.sqlite")
    page = file.load()
    service = EnergyService("n1", ModeService())
    service.restore(page)
    assert service.totals.to_json() == wanted["state"]["totals"]
    assert dict(page.state)["idle_w"] == wanted["state"]["idle_w"]
    assert service.modes.state() == wanted["state"]["mode"]
    for kind, name, figures in wanted["accounts"]:
        account = dict(service.accounts.each(kind))[name]
        assert {each: getattr(account, each) for each in figures} == figures
    file.close()


def check_buckets(state: Path, release: str) -> None:
    """A client that had spent its burst has spent it still."""
    wanted = expected(release)["buckets"]
    now_us = wanted["alive_us"] + 2 * US
    policy = Policy("embed", 60, 60, 60)
    file = BucketFile(state / "buckets.sqlite")
    authority = BucketAuthority(file, now_us)
    assert len(authority) == len(wanted["rows"])
    spent = LeaseRequest("k:shop front/embed", policy, 20, 20)
    [answer] = authority.settle("r1", [spent], [], now_us + 2 * US).answers
    assert isinstance(answer, Denial)
    file.close()


def check_job(state: Path, release: str) -> None:
    """Shards that are done, those left out, and not the line that a kill tore."""
    wanted = expected(release)["job"]
    folder = state / "jobs" / wanted["folder"]
    checkpoint = Checkpoint(folder)
    checkpoint.open(json.loads((folder / "job.json").read_text())["digest"])
    assert sum(outcome.written for outcome in checkpoint.done.values()) == wanted["written"]
    failures = [f for outcome in checkpoint.done.values() for f in outcome.failures]
    assert len(failures) == wanted["failed"]


CHECKS = {
    "index": check_index,
    "keys": check_keys,
    "metrics": check_metrics,
    "energy": check_energy,
    "buckets": check_buckets,
    "job": check_job,
}
"""By the part of the state that they look at; ``upgrade_steps.STEPS`` has the same names."""

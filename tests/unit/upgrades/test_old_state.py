"""What an older version wrote is opened by today's classes, and nothing of it is lost."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deployments.bulk.checkpoint import Checkpoint
from deployments.hub_desk import HubDesk
from deployments.local import cluster, processes
from reliability.api_keys import read_keys, verify, write_keys
from reliability.authority import BucketAuthority
from reliability.bucket_file import BucketFile
from reliability.errors import UnknownKey
from reliability.leases import Denial, LeaseRequest
from reliability.slo_file import load_objectives
from reliability.token_bucket import US, Policy
from retrieval.documents import Document
from retrieval.filters import parse
from retrieval.search import SearchRequest
from retrieval.store import Fingerprint, IndexReader, IndexStore
from sustainability.desk import Desk
from sustainability.modes import ModeDesk
from sustainability.store import BookFile
from telemetry.aggregate import Source
from telemetry.hub_file import HubFile
from tests.old_state import RELEASES, expected, said, secret_of, unpacked


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def state(release: str, tmp_path: Path) -> Path:
    return unpacked(release, tmp_path)


async def opened(state: Path, fingerprint: dict[str, Any]) -> IndexStore:
    store = await IndexStore.open(str(state / "index"))
    await store.claim(Fingerprint(**fingerprint))
    return store


async def held_by(state: Path) -> dict[str, list[dict[str, Any]]]:
    """Return every document of every namespace as a reader finds it."""
    reader = await IndexReader.open(str(state / "index"))
    held = {}
    for namespace in await reader.namespaces():
        page = await reader.page(namespace, 10_000)
        documents = [await reader.get(namespace, entry.id) for entry in page.entries]
        held[namespace] = [said(document) for document in documents]
    await reader.close()
    return held


def documents_of(wanted: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {name: found["documents"] for name, found in wanted["namespaces"].items()}


@pytest.mark.parametrize("times", [1, 2], ids=["opened once", "opened again"])
def test_every_document_of_an_old_index_is_there_whole(
    state: Path, release: str, times: int
) -> None:
    """Text, picture, metadata of every type, times, vectors; and what was deleted stays away."""
    wanted = expected(release)["index"]

    async def run() -> dict[str, list[dict[str, Any]]]:
        for _ in range(times):
            store = await opened(state, wanted["fingerprint"])
            await store.close()
        return await held_by(state)

    assert asyncio.run(run()) == documents_of(wanted)


def test_an_old_index_is_searched_as_before(state: Path, release: str) -> None:
    """By words, by the vectors' graph, by both and by a filter, without being built anew."""
    wanted = expected(release)["index"]
    vector = np.asarray(wanted["query_vector"], np.float32)
    both = {"text_query_vector": vector, "image_query_vector": vector}
    cheap = parse({"field": "price", "op": "lt", "value": 5})
    requests: dict[str, dict[str, Any]] = {
        "hybrid": {"query_text": "a striped mug", **both},
        "semantic": {"mode": "semantic", **both},
        "keyword": {"query_text": "striped mug", "mode": "keyword"},
        "filtered": {"query_text": "striped mug", "mode": "keyword", "filter": cheap},
    }

    async def run() -> dict[str, list[str]]:
        store = await opened(state, wanted["fingerprint"])
        reader = await IndexReader.open(str(state / "index"))
        found = {}
        for name, parts in requests.items():
            result = await reader.search(SearchRequest("shop", limit=5, **parts))
            found[name] = [hit.id for hit in result.hits]
        await reader.close()
        await store.close()
        return found

    found = asyncio.run(run())
    # How lists are fused may change, and with it the end of a page; what matches does not.
    for name, ids in wanted["searches"].items():
        assert found[name][0] == ids[0], name
    for name in ("keyword", "filtered"):
        assert set(found[name]) == set(wanted["searches"][name])


def test_an_old_index_is_written_tidied_and_dropped(state: Path, release: str) -> None:
    """Versions only grow; what was there stays, what is new joins, upkeep loses nothing."""
    wanted = expected(release)["index"]
    before = documents_of(wanted)
    new = Document("new", "a new mug", None, None, {"price": 4}, "LTM", _time(before), None, None)

    async def run() -> dict[str, list[dict[str, Any]]]:
        store = await opened(state, wanted["fingerprint"])
        for namespace, found in wanted["namespaces"].items():
            written = await store.upsert(namespace, [new])
            assert written.version > found["version"]
            await store.maintain(namespace)
        held = await held_by(state)
        await store.drop_namespace("emptied")
        assert "emptied" not in await store.namespaces()
        await store.close()
        return held

    held = asyncio.run(run())
    for namespace, documents in before.items():
        assert [d for d in held[namespace] if d["id"] != "new"] == documents
        assert [d["text"] for d in held[namespace] if d["id"] == "new"] == ["a new mug"]


def _time(documents: dict[str, list[dict[str, Any]]]) -> datetime:
    return datetime.fromisoformat(documents["shop"][0]["created_at"])


def test_old_keys_open_the_same_doors(state: Path, release: str) -> None:
    """Names, roles and namespaces stay; a revoked one stays revoked, also when written again."""
    path, wanted = state / "keys.json", expected(release)["keys"]
    for _ in range(2):
        keys = read_keys(path)
        for raw in wanted:
            text = f"bw_{raw['id']}_{secret_of(raw['name'])}"
            if raw["revoked_at"]:
                with pytest.raises(UnknownKey):
                    verify(text, keys)
                continue
            key = verify(text, keys)
            bound = None if raw["namespaces"] is None else tuple(raw["namespaces"])
            assert (key.name, key.role, key.namespaces) == (raw["name"], raw["role"], bound)
        write_keys(path, keys)


def test_old_totals_and_budgets_go_on(state: Path, release: str) -> None:
    """Counters, what objectives counted, and since when; a replica's late push counts once."""
    wanted = expected(release)["metrics"]

    def clock() -> float:
        return wanted["now_s"]

    for _ in range(2):
        desk = HubDesk(HubFile(state / "metrics.sqlite"), load_objectives(), clock, clock)
        told = {(s.name, *s.labels.values()): s.value for s in desk.samples()}
        for series, value in wanted["totals"].items():
            assert told[tuple(series.split("\x1f"))] == value
        assert desk.sequence_of(Source("Ingress", "a", "1")) == wanted["sequences"]["a"]
        [embed] = [e for e in desk.slo()["endpoints"] if e["endpoint"] == "/embed"]
        for count in ("all", "failed", "valid"):
            assert embed["requests"][count] == wanted["requests"][count]
        desk.close()


def test_old_books_of_energy_balance(state: Path, release: str) -> None:
    """Totals, every account, what was learnt, and the mode an administrator chose."""
    wanted = expected(release)["energy"]
    for _ in range(2):
        file = BookFile(state / "energy-node-1.sqlite")
        page = file.load()
        desk = Desk("n1", ModeDesk())
        desk.restore(page)
        assert desk.totals.to_json() == wanted["state"]["totals"]
        assert dict(page.state)["idle_w"] == wanted["state"]["idle_w"]
        assert desk.modes.state() == wanted["state"]["mode"]
        for kind, name, figures in wanted["accounts"]:
            account = dict(desk.accounts.each(kind))[name]
            assert {each: getattr(account, each) for each in figures} == figures
        file.write(desk.page(page.state["idle_w"]))
        file.close()


def test_old_buckets_give_nothing_away(state: Path, release: str) -> None:
    """A client that had spent its burst has spent it still."""
    wanted = expected(release)["buckets"]
    now_us = wanted["alive_us"] + US
    policy = Policy("embed", 60, 60, 60)
    file = BucketFile(state / "buckets.sqlite")
    authority = BucketAuthority(file, now_us)
    assert len(authority) == len(wanted["rows"])
    spent = LeaseRequest("k:shop front/embed", policy, 20, 20)
    [answer] = authority.settle("r1", [spent], [], now_us + 2 * US).answers
    assert isinstance(answer, Denial)
    file.close()


def test_an_old_jobs_record_is_read(state: Path, release: str) -> None:
    """Shards that are done, those left out, and not the line that a kill tore."""
    wanted = expected(release)["job"]
    folder = state / "jobs" / wanted["folder"]
    checkpoint = Checkpoint(folder)
    checkpoint.open(json.loads((folder / "job.json").read_text())["digest"])
    assert sum(outcome.written for outcome in checkpoint.done.values()) == wanted["written"]
    failures = [f for outcome in checkpoint.done.values() for f in outcome.failures]
    assert len(failures) == wanted["failed"]


def test_an_old_cluster_is_still_known_by_its_record(
    state: Path, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or `make down` would leave it running for ever."""
    monkeypatch.setattr(processes, "marked", lambda instance: [1])
    known = cluster.recorded(state)
    assert known is not None
    assert known.instance == expected(release)["run"]["instance"]

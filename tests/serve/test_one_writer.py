"""One writer over an index: killed, replaced by another, and back again."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from deployments.local import processes
from retrieval.documents import Document
from retrieval.store import IndexReader, IndexStore
from tests.serve.conftest import Service

pytestmark = pytest.mark.cluster

NAMESPACE = "one-writer"
PATIENCE_S = 90.0


def put(client: httpx.Client, id: str) -> httpx.Response:
    """Write one document."""
    body = {"namespace": NAMESPACE, "documents": [{"id": id, "text": f"text of {id}"}]}
    return client.put("/documents", json=body)


def put_until_done(client: httpx.Client, id: str) -> list[dict[str, Any]]:
    """Write one document, again and again as told; return what was refused meanwhile."""
    refused: list[dict[str, Any]] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while (answer := put(client, id)).status_code != 200:
        assert answer.status_code in (503, 504), answer.text
        assert time.monotonic() < deadline_s, refused[-3:]
        refused.append(answer.json()["error"])
        time.sleep(float(answer.headers.get("Retry-After", 1)))
    return refused


def ids_in(index: str) -> list[str]:
    """Return all ids of the namespace, doubled ones twice."""

    async def read() -> list[str]:
        reader = await IndexReader.open(index)
        page = await reader.page(NAMESPACE, 10_000)
        await reader.close()
        return [entry.id for entry in page.entries]

    return asyncio.run(read())


def test_a_killed_writer_is_replaced_and_nothing_is_lost_or_doubled(
    service: Service, client: httpx.Client
) -> None:
    """Its successor takes the index over at once: both are of one service."""
    acknowledged = []
    for i in range(6):
        if i == 3:
            pid = client.get("/health").json()["components"]["index_writer"]["replica_pid"]
            processes.kill([pid])
        put_until_done(client, f"killed-{i}")
        acknowledged.append(f"killed-{i}")
    ids = ids_in(service.settings["applications"][0]["args"]["index"]["uri"])
    assert set(acknowledged) <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_script_that_opens_the_index_stops_the_service_s_writer_until_it_ends(
    service: Service, client: httpx.Client
) -> None:
    """The refusal names the script; when it has closed the index, writing goes on by itself."""
    index = service.settings["applications"][0]["args"]["index"]["uri"]
    put_until_done(client, "before")
    reader = asyncio.run(_fingerprint(index))

    async def take_over() -> int:
        store = await IndexStore.open(index)
        await store.claim(reader)
        documents = [_document(client, "by-script")]
        await store.upsert(NAMESPACE, documents)
        status = (await asyncio.to_thread(put, client, "refused")).status_code
        await store.close()
        return status

    assert asyncio.run(take_over()) == 503
    refused = put_until_done(client, "after")
    codes = {error["code"] for error in refused}
    assert codes <= {"writer_replaced", "unavailable"}
    ids = ids_in(index)
    assert {"before", "by-script", "after"} <= set(ids)
    assert len(ids) == len(set(ids))


async def _fingerprint(index: str) -> Any:
    reader = await IndexReader.open(index)
    found = await reader.fingerprint()
    await reader.close()
    return found


def _document(client: httpx.Client, id: str) -> Document:
    """Return a document without vectors, as a script may write it."""
    from datetime import UTC, datetime

    return Document(id, "by a script", None, None, {}, "LTM", datetime.now(UTC), None, None)

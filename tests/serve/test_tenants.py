"""The writer's books over a real cluster: Idempotency-Keys and the audit log survive its kill."""

import os
import signal

import httpx
import pytest

from tests.serve.conftest import Service
from tests.waiting import until

pytestmark = pytest.mark.cluster

ONCE = {"Idempotency-Key": "serve-1"}
BODY = {"namespace": "once", "documents": [{"text": "a lamp"}, {"text": "a mug"}]}


def writer_pid(client: httpx.Client) -> int | None:
    components = client.get("/health").json()["components"]
    # None while there is no writer: readers need none to be ready.
    return components["index_writer"].get("replica_pid")


def written(client: httpx.Client) -> httpx.Response:
    return client.put("/documents", headers=ONCE, json=BODY)


def test_books_survive_a_kill_of_the_writer(service: Service, client: httpx.Client) -> None:
    """The same answer, no second copy, and the acts before the kill are still told."""
    first = written(client)
    assert first.status_code == 200, first.text
    assert written(client).headers["idempotency-replayed"] == "true"
    gone = client.request(
        "DELETE",
        f"/documents/{first.json()['ids'][1]}",
        params={"namespace": "once"},
        headers={"X-Request-ID": "serve-tenants"},
    )
    assert gone.status_code == 200, gone.text
    pid = writer_pid(client)
    os.kill(pid, signal.SIGKILL)
    until(lambda: writer_pid(client) not in (None, pid))
    again = written(client)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert client.get("/documents", params={"namespace": "once"}).json()["total"] == 1
    page = client.get("/audit", params={"act": "document.delete", "limit": 200})
    acts = {entry["request_id"]: entry["status"] for entry in page.json()["entries"]}
    assert acts["serve-tenants"] == 200
    other = BODY | {"documents": [{"text": "another"}]}
    reused = client.put("/documents", headers=ONCE, json=other)
    assert reused.json()["error"]["code"] == "idempotency_key_reused"

"""Idempotency-Key: written once, answered alike."""

import asyncio
import threading

import pytest

from api.errors import Unavailable
from api.middleware.observation import Observer
from reliability.identity.api_keys import Quota
from tests.http.doors import Clock, client_of, guarded
from tests.http.tenants.place_samples import PLENTY, Place, body, upload

ONCE = {"Idempotency-Key": "b7e1-4f"}


def put(client, headers: dict, text: str = "red", **more):
    return client.put(
        "/documents", headers=headers, json=body({"text": text}, {"text": "blue"}) | more
    )


@pytest.mark.parametrize("write", [put, upload])
def test_the_same_key_and_body_write_once(place: Place, write) -> None:
    """The same answer, by any replica and after a restart of the writer."""
    key = place.keys.make()
    with place.client() as one, place.client() as other:
        first = write(one, key | ONCE)
        assert first.status_code == 200
        assert "idempotency-replayed" not in first.headers
        again = write(other, key | ONCE)
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["content-type"] == "application/json"
    place.restart()
    with place.client() as client:
        assert write(client, key | ONCE).json() == first.json()
        total = client.get("/documents", headers=key, params={"namespace": "n"}).json()["total"]
        assert total == len(first.json()["ids"])
        without = write(client, key)
        assert set(without.json()["ids"]).isdisjoint(first.json()["ids"])


@pytest.mark.parametrize("write", [put, upload])
def test_another_body_with_the_same_key_is_refused(place: Place, write) -> None:
    """By a code of its own, and nothing is written; another client's key is another."""
    key, other = place.keys.make(), place.keys.make()
    with place.client() as client:
        write(client, key | ONCE)
        refused = write(client, key | ONCE, "green")
        assert refused.status_code == 422
        assert refused.json()["error"]["code"] == "idempotency_key_reused"
        assert refused.json()["error"]["details"]["where"] == "header.idempotency-key"
        total = client.get("/documents", headers=key, params={"namespace": "n"}).json()["total"]
        mine = write(client, other | ONCE, "green")
        assert mine.status_code == 200
        after = client.get("/documents", headers=key, params={"namespace": "n"}).json()["total"]
        assert after == total + len(mine.json()["ids"])


def test_a_key_of_one_route_is_not_another_routes(place: Place) -> None:
    """The route is part of what was asked."""
    key = place.keys.make()
    with place.client() as client:
        put(client, key | ONCE)
        refused = upload(client, key | ONCE)
        assert refused.json()["error"]["code"] == "idempotency_key_reused"


def test_concurrent_requests_with_one_key_write_once(place: Place, monkeypatch) -> None:
    """While the first still writes the second hears so, and when to come again."""
    key = place.keys.make()
    writing, go_on = threading.Event(), threading.Event()
    real = place.backend.upsert

    async def slow(*args: object) -> object:
        writing.set()
        await asyncio.to_thread(go_on.wait, 60)
        return await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(place.backend, "upsert", slow)
    with place.client() as one:
        answers = []
        thread = threading.Thread(target=lambda: answers.append(put(one, key | ONCE)))
        thread.start()
        assert writing.wait(60)
        second = put(one, key | ONCE)
        assert second.status_code == 409
        assert second.json()["error"]["code"] == "idempotency_key_in_use"
        assert int(second.headers["retry-after"]) >= 1
        go_on.set()
        thread.join()
        assert put(one, key | ONCE).json() == answers[0].json()
        total = one.get("/documents", headers=key, params={"namespace": "n"}).json()["total"]
        assert total == 2


def test_a_failure_frees_the_key_and_repeats_the_same_documents(place: Place, monkeypatch) -> None:
    """Nobody knows how far it came: the ids are those of the first try."""
    key = place.keys.make()
    real = place.backend.upsert
    tried: list[list[str]] = []

    async def lost(namespace: str, documents, account=None) -> object:
        tried.append([document.id for document in documents])
        await real(namespace, documents, account)
        raise Unavailable("the writer is restarting")

    with place.client() as client:
        monkeypatch.setattr(place.backend, "upsert", lost)
        assert put(client, key | ONCE).status_code == 503
        assert put(client, key | ONCE, "green").json()["error"]["code"] == "idempotency_key_reused"
        monkeypatch.setattr(place.backend, "upsert", real)
        again = put(client, key | ONCE)
        assert again.json()["ids"] == tried[0]
        total = client.get("/documents", headers=key, params={"namespace": "n"}).json()["total"]
        assert total == 2


def test_a_refused_body_may_be_mended_under_its_key(place: Place) -> None:
    """Nothing was written: the next body is the first."""
    key = place.keys.make()
    with place.client() as client:
        wrong = client.put("/documents", headers=key | ONCE, json=body({"text": ""}))
        assert wrong.status_code == 422
        assert put(client, key | ONCE).status_code == 200


@pytest.mark.parametrize("sent", [["a", "b"], ["a", "a"], [""], ["x" * 256], ["a b"], ["\u00e9"]])
def test_a_key_that_is_none_is_refused_by_its_place(place: Place, sent: list[str]) -> None:
    """Two of them, none at all, too long, invisible."""
    key = place.keys.make()
    headers = [*key.items(), *(("Idempotency-Key", value.encode("latin-1")) for value in sent)]
    with place.client() as client:
        refused = client.put("/documents", headers=headers, json=body({"text": "red"}))
        assert refused.status_code == 422
        assert refused.json()["error"]["code"] == "invalid_idempotency_key"
        assert refused.json()["error"]["details"]["where"] == "header.idempotency-key"


def test_operators_see_refusals_by_code(place: Place) -> None:
    """And no label names a client."""
    key = place.keys.make(quota=Quota(documents=0))
    observer = Observer()
    with client_of(
        place.backend, guarded(PLENTY, Clock(), place.keys), observer=observer
    ) as client:
        client.put("/documents", headers=key, json=body({"text": "red"}))
        client.get("/namespaces")
        sums = observer.registry.snapshot().sums
    counted = {name: value for name, value in sums.items() if "refusals" in name}
    assert len(counted) == 2
    assert any("quota_exceeded" in name for name in counted)
    assert key["Authorization"].split("_")[1] not in str(sums)

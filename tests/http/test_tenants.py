"""What operators of several tenants expect: quotas, an audit log, writes that are done once."""

import asyncio
import threading
from pathlib import Path

import pytest

from api.access.rate_settings import RateLimits
from api.errors import Unavailable
from api.middleware.observation import Observer
from reliability.identity.api_keys import Quota
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.towers import picture_file

PLENTY = RateLimits(enabled=False)


class Place:
    """A service with keys; a second replica of it, and a restart of its writer."""

    def __init__(self, folder: Path) -> None:
        self.keys = Keys(folder / "keys.json")
        self.index = folder / "index"
        self.administrator = self.keys.make(role="administrator")
        self.backend = LocalBackend(self.index)

    def client(self):
        return client_of(self.backend, guarded(PLENTY, Clock(), self.keys))

    def restart(self) -> None:
        self.backend = LocalBackend(self.index)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def body(*documents: dict, namespace: str = "n") -> dict:
    return {"namespace": namespace, "documents": list(documents)}


def test_a_key_holds_no_more_than_its_quota(place: Place) -> None:
    """Refused as a whole, with what is used and what is allowed, whichever replica is asked."""
    key = place.keys.make(quota=Quota(documents=2))
    with place.client() as one, place.client() as other:
        two = body({"id": "1", "text": "red"}, {"id": "2", "text": "red"})
        assert one.put("/documents", headers=key, json=two).status_code == 200
        refused = other.put("/documents", headers=key, json=body({"text": "red"}))
        assert refused.status_code == 403
        error = refused.json()["error"]
        assert error["code"] == "quota_exceeded"
        assert error["details"] == {"quota": "documents", "limit": 2, "used": 2, "needed": 1}
        held = other.get("/quota", headers=key).json()
        assert held["documents"] == {"used": 2, "limit": 2}
        assert held["namespaces"] == {"used": 1, "limit": 1000}
        assert one.delete("/documents/1", headers=key, params={"namespace": "n"}).status_code == 200
        assert other.put("/documents", headers=key, json=body({"text": "red"})).status_code == 200
        total = other.get("/documents", headers=key, params={"namespace": "n"}).json()["total"]
        assert total == 2


def test_quotas_are_counted_truly_after_a_restart(place: Place) -> None:
    """And after documents went that nobody told the books of."""
    key = place.keys.make(quota=Quota(documents=3, bytes=10_000))
    with place.client() as client:
        three = body(*({"id": str(n), "text": "red"} for n in range(3)))
        client.put("/documents", headers=key, json=three)
        used = client.get("/quota", headers=key).json()
        assert used["bytes"]["used"] == 3 * len("red" + "{}")
        store = place.backend._store
        assert store is not None
        client.portal.call(store.delete, "n", ["0"])
    place.restart()
    with place.client() as client:
        assert client.get("/quota", headers=key).json()["documents"]["used"] == 2


def test_uploads_and_remembered_plans_count_too(place: Place) -> None:
    """Whatever writes; a plan that cannot be remembered is answered all the same."""
    key = place.keys.make(quota=Quota(documents=2))
    with place.client() as client:
        files = {"file": ("p.png", picture_file(), "image/png")}
        form = {"namespace": "n", "text": "a red mug"}
        upload = client.post("/documents/upload", headers=key, files=files, data=form)
        assert upload.status_code == 200, upload.text
        goal = {"goal": "a red mug", "namespace": "n", "remember": True}
        first = client.post("/agents/plan", headers=key, json=goal).json()
        assert first["remembered"] is not None
        assert client.get("/quota", headers=key).json()["documents"]["used"] == 2
        other = goal | {"goal": "a red red picture"}
        second = client.post("/agents/plan", headers=key, json=other)
        assert second.status_code == 200
        assert second.json()["remembered"] is None
        [warning] = second.json()["warnings"]
        assert (warning["code"], warning["where"]) == ("not_remembered", "remember")
        refused = client.post("/documents/upload", headers=key, files=files, data=form)
        assert refused.json()["error"]["code"] == "quota_exceeded"


def test_a_changed_quota_is_in_force_without_a_restart(place: Place) -> None:
    """The key file is read again within a second; nobody else's key changes."""
    key = place.keys.make(quota=Quota(documents=0))
    with place.client() as client:
        document = body({"text": "red"})
        assert client.put("/documents", headers=key, json=document).status_code == 403
    # The ring of another replica reads the file as it is now.
    [key_id] = [id for id, kept in place.keys.kept.items() if kept.quota is not None]
    place.keys.change(key_id, quota=None)
    with place.client() as client:
        assert client.put("/documents", headers=key, json=document).status_code == 200


def test_what_nobody_has_a_key_for_counts_for_nobody(tmp_path: Path) -> None:
    """Without keys the caller owns the machine."""
    with client_of(LocalBackend(tmp_path), guarded(PLENTY, Clock())) as client:
        assert client.put("/documents", json=body({"text": "red"})).status_code == 200
        assert client.get("/quota").json()["documents"] == {"used": 0, "limit": None}


def test_acts_that_destroy_and_administer_are_recorded(place: Place) -> None:
    """Who, when, what, in which request, and how it ended; reading the log is an act too."""
    key = place.keys.make()
    with place.client() as client:
        client.put("/documents", headers=key, json=body({"id": "d\u00e9", "text": "red"}))
        for request_id, status in (("first", 200), ("second", 404)):
            gone = client.delete(
                "/documents/d\u00e9",
                headers=key | {"X-Request-ID": request_id},
                params={"namespace": "n"},
            )
            assert gone.status_code == status
        client.put("/sustainability/mode", headers=place.administrator, json={"mode": "eco"})
        entries = client.get("/audit", headers=place.administrator).json()["entries"]
    key_id = key["Authorization"].split("_")[1]
    assert [(entry["act"], entry["status"]) for entry in entries] == [
        ("document.delete", 200),
        ("document.delete", 404),
        ("mode.switch", 200),
        ("audit.read", None),
    ]
    assert entries[0]["who"] == f"key:{key_id}"
    assert entries[0]["request_id"] == "first"
    assert entries[0]["what"]["path"] == "/documents/d\u00e9"
    assert entries[0]["what"]["query"] == "namespace=n"
    assert entries[2]["what"]["mode"] == "eco"


def test_the_audit_log_is_paged_and_filtered(place: Place) -> None:
    """By time, actor and act; a wrong value is refused by its place."""
    key = place.keys.make()
    with place.client() as client:

        def read(**query) -> dict:
            answer = client.get("/audit", headers=place.administrator, params=query)
            assert answer.status_code == 200, answer.text
            return answer.json()

        for n in range(5):
            client.delete(f"/documents/{n}", headers=key, params={"namespace": "n"})
        first = read(limit=2, act="document.delete")
        assert [entry["number"] for entry in first["entries"]] == [1, 2]
        rest = read(limit=9, act="document.delete", after=first["next_after"])
        assert [entry["number"] for entry in rest["entries"]] == [3, 4, 5]
        assert rest["next_after"] is None
        assert read(until="2020-01-01T00:00:00Z")["entries"] == []
        assert read(since="9999-12-31T23:59:59-23:59")["entries"] == []
        assert len(read(since="0001-01-01T00:00:00+23:59", act="document.delete")["entries"]) == 5
        assert read(limit=10**9)["warnings"][0]["code"] == "truncated"
        for wrong in ({"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}, {"after": -1}):
            refused = client.get("/audit", headers=place.administrator, params=wrong)
            assert refused.status_code == 422
            [name] = wrong
            assert name in refused.json()["error"]["message"]


@pytest.mark.parametrize("role", ["reader", "client"])
def test_nobody_else_reads_the_audit_log(place: Place, role: str) -> None:
    """Nor does an administrator that is bound to a namespace: it tells of all of them."""
    with place.client() as client:
        refused = client.get("/audit", headers=place.keys.make(role=role))
        assert refused.json()["error"]["code"] == "administrator_only"
        bound = place.keys.make(role="administrator", namespaces=["n"])
    with place.client() as client:
        assert client.get("/audit", headers=bound).json()["error"]["code"] == "namespace_forbidden"


def test_what_cannot_be_recorded_is_not_done(place: Place, monkeypatch) -> None:
    """503, and the document is still there."""
    key = place.keys.make()

    async def full(*_: object) -> int:
        raise Unavailable("this act cannot be recorded right now", "audit_unavailable")

    with place.client() as client:
        client.put("/documents", headers=key, json=body({"id": "d", "text": "red"}))
        monkeypatch.setattr(place.backend, "audit_begin", full)
        refused = client.delete("/documents/d", headers=key, params={"namespace": "n"})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "audit_unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        there = client.get("/documents/d", headers=key, params={"namespace": "n"})
        assert there.status_code == 200


ONCE = {"Idempotency-Key": "b7e1-4f"}
FILES = {"file": ("p.png", picture_file(), "image/png")}


def put(client, headers: dict, text: str = "red", **more):
    return client.put(
        "/documents", headers=headers, json=body({"text": text}, {"text": "blue"}) | more
    )


def upload(client, headers: dict, text: str = "red"):
    form = {"namespace": "n", "text": text}
    return client.post("/documents/upload", headers=headers, files=FILES, data=form)


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

"""What operators of several tenants expect: quotas, an audit log, writes that are done once."""

from pathlib import Path

import pytest

from api.errors import Unavailable
from reliability.identity.api_keys import Quota
from tests.fakes import LocalBackend
from tests.http.doors import Clock, client_of, guarded
from tests.http.tenants.place_samples import PLENTY, Place, body
from tests.towers import picture_file


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
        for wrong in (
            {"since": "yesterday"},
            {"since": "2026-01-01T00:00:00"},
            {"after": -1},
            {"limit": 10**9},
        ):
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

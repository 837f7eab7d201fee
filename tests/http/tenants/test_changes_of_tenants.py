"""Changes and deletions with keys: roles, quotas, the audit log."""

from reliability.books.quota import Quota
from tests.http.tenants.place_samples import Place, body

ALL = {"namespace": "n", "all": True, "dry_run": False}
CHEAP = {"field": "price", "op": "lt", "value": 2}
PATCH = {"metadata": {"note": "x" * 500}}


def priced(*prices: int) -> dict:
    return body(
        *({"id": f"d{price}", "text": "a mug", "metadata": {"price": price}} for price in prices)
    )


def test_quotas_are_given_back_by_filter_and_by_namespace(place: Place) -> None:
    """Documents, bytes and the namespace itself; a dry run gives nothing back."""
    key = place.keys.make(quota=Quota(documents=3, namespaces=1))
    with place.client() as client:
        assert client.put("/documents", headers=key, json=priced(1, 2, 3)).status_code == 200
        tried = {"namespace": "n", "filter": CHEAP}
        assert client.post("/documents/delete", headers=key, json=tried).json()["matched"] == 1
        assert client.get("/quota", headers=key).json()["documents"]["used"] == 3
        done = client.post("/documents/delete", headers=key, json=tried | {"dry_run": False})
        assert done.json()["deleted"] == 1
        assert client.get("/quota", headers=key).json()["documents"]["used"] == 2
        assert client.delete("/namespaces/n", headers=key).json()["deleted"] == 2
        held = client.get("/quota", headers=key).json()
        assert {name: each["used"] for name, each in held.items()} == {
            "documents": 0,
            "bytes": 0,
            "namespaces": 0,
        }
        assert client.put("/documents", headers=key, json=priced(1, 2, 3)).status_code == 200


def test_a_patch_counts_the_bytes_that_it_adds(place: Place) -> None:
    """Beyond the quota it is refused, and the document is as it was."""
    key = place.keys.make(quota=Quota(bytes=200))
    with place.client() as client:
        assert client.put("/documents", headers=key, json=priced(1)).status_code == 200
        where = {"namespace": "n"}
        refused = client.patch("/documents/d1", headers=key, params=where, json=PATCH)
        assert refused.json()["error"]["code"] == "quota_exceeded"
        read = client.get("/documents/d1", headers=key, params=where).json()
        assert read["metadata"] == {"price": 1}
        small = {"metadata": {"note": "x" * 50}}
        before = client.get("/quota", headers=key).json()["bytes"]["used"]
        done = client.patch("/documents/d1", headers=key, params=where, json=small)
        assert done.status_code == 200, done.text
        assert client.get("/quota", headers=key).json()["bytes"]["used"] > before + 50


def test_a_reader_changes_and_deletes_nothing(place: Place) -> None:
    """Not even a dry run, which tells ids; figures it may read."""
    reader = place.keys.make(role="reader")
    with place.client() as client:
        client.put("/documents", headers=place.administrator, json=priced(1))
        answers = [
            client.patch("/documents/d1", headers=reader, params={"namespace": "n"}, json=PATCH),
            client.post("/documents/delete", headers=reader, json=ALL),
            client.post("/documents/delete", headers=reader, json=ALL | {"dry_run": True}),
            client.delete("/namespaces/n", headers=reader),
        ]
        codes = [answer.json()["error"]["code"] for answer in answers]
        assert codes == ["read_only_key"] * 4
        assert client.get("/namespaces/n", headers=reader).json()["documents"] == 1


def test_what_is_deleted_by_filter_or_as_a_whole_is_recorded(place: Place) -> None:
    """Who, which filter, how many, dry or not; the same for a namespace."""
    key = place.keys.make()
    with place.client() as client:
        client.put("/documents", headers=key, json=priced(1, 2, 3))
        client.post("/documents/delete", headers=key, json={"namespace": "n", "filter": CHEAP})
        client.post("/documents/delete", headers=key, json=ALL)
        client.put("/documents", headers=key, json=priced(1))
        client.delete("/namespaces/n", headers=key)
        entries = client.get("/audit", headers=place.administrator).json()["entries"]
        told = [entry for entry in entries if entry["act"].endswith(".delete")]
        assert [entry["act"] for entry in told] == ["documents.delete"] * 2 + ["namespace.delete"]
        assert [entry["status"] for entry in told] == [200] * 3
        assert [entry["what"].get("deleted") for entry in told] == ["0", "3", "1"]
        assert [entry["what"].get("dry_run") for entry in told] == ["true", "false", None]
        assert "price" in told[0]["what"]["filter"]
        assert told[1]["what"]["filter"] == "all"
        assert told[2]["what"]["path"] == "/namespaces/n"

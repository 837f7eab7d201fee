"""Documents changed in part and deleted by filter, and namespaces that go as a whole."""

import pytest
from starlette.testclient import TestClient

from tests.fakes import LocalBackend
from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import picture_file


def patch(client: TestClient, namespace: str, id: str, metadata: object, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    place = {"namespace": namespace}
    return client.patch(
        f"/documents/{id}", params=place, json={"metadata": metadata}, headers=named
    )


def read(client: TestClient, namespace: str, id: str):
    return client.get(f"/documents/{id}", params={"namespace": namespace})


def found(client: TestClient, namespace: str, filter: dict) -> set[str]:
    body = {"namespace": namespace, "query": "mug", "filter": filter, "limit": 50}
    return {hit["id"] for hit in client.post("/search", json=body).json()["results"]}


def test_a_patch_changes_what_it_names_and_the_next_search_sees_it(client: TestClient) -> None:
    """Set, replaced, taken away; text, picture and time stay, and nothing is encoded."""
    document = {
        "id": "m",
        "text": "a red mug",
        "image_base64": b64(picture_file("red")),
        "metadata": {"price": 12, "old": True, "tags": ["a", "b"]},
        "created_at": "2026-01-02T03:04:05Z",
    }
    put(client, "patched", document, {"id": "n", "text": "a blue mug", "metadata": {"price": 12}})
    before = read(client, "patched", "m").json()
    answer = patch(client, "patched", "m", {"price": 9.5, "old": None, "tags": ["c"], "new": "x"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["metadata"] == {"price": 9.5, "tags": ["c"], "new": "x"}
    after = read(client, "patched", "m")
    assert after.json() == before | {"metadata": answer.json()["metadata"]}
    assert after.headers["etag"] == answer.headers["etag"] == answer.json()["etag"]
    assert found(client, "patched", {"field": "price", "op": "eq", "value": 12}) == {"n"}
    assert found(client, "patched", {"field": "new", "op": "eq", "value": "x"}) == {"m"}
    assert client.get(before["image_url"]).content == picture_file("red")


def test_nothing_is_encoded_for_a_patch(client: TestClient, backend: LocalBackend) -> None:
    """Not even with the encoder away."""
    put(client, "unencoded", {"id": "m", "text": "a mug"})

    async def refuse(*_args: object) -> None:
        raise AssertionError("encoded")

    with pytest.MonkeyPatch.context() as away:
        away.setattr(backend, "encode", refuse)
        away.setattr(backend, "encoder_info", refuse)
        assert patch(client, "unencoded", "m", {"k": 1}).status_code == 200


def test_a_patch_that_changes_nothing_writes_nothing(client: TestClient) -> None:
    """The version stays where it is; `true` is another value than 1."""
    put(client, "same", {"id": "m", "text": "a mug", "metadata": {"k": 1}})
    version = read(client, "same", "m").headers["etag"]
    first = patch(client, "same", "m", {"k": 1, "absent": None}).json()
    assert (first["etag"], first["metadata"]) == (version, {"k": 1})
    page = client.get("/documents", params={"namespace": "same"}).json()
    assert page["version"] == first["version"]
    other = patch(client, "same", "m", {"k": True}).json()
    assert other["metadata"]["k"] is True
    assert other["version"] > first["version"]


def test_if_match_decides_the_race_with_a_put(client: TestClient) -> None:
    """412 for who read an older state; weak tags match nothing, `*` takes any."""
    put(client, "race", {"id": "m", "text": "a mug"})
    tag = read(client, "race", "m").headers["etag"]
    assert patch(client, "race", "m", {"k": 1}, if_match=f'"other", {tag}').status_code == 200
    refusal(patch(client, "race", "m", {"k": 2}, if_match=tag), 412, "precondition_failed")
    tag = read(client, "race", "m").headers["etag"]
    put(client, "race", {"id": "m", "text": "a mug", "image_base64": b64(picture_file("red"))})
    refusal(patch(client, "race", "m", {"k": 2}, if_match=tag), 412, "precondition_failed")
    now = read(client, "race", "m").headers["etag"]
    refusal(patch(client, "race", "m", {"k": 2}, if_match=f"W/{now}"), 412, "precondition_failed")
    refusal(patch(client, "race", "m", {"k": 2}, if_match="rubbish"), 412, "precondition_failed")
    assert read(client, "race", "m").json()["metadata"] == {}
    assert patch(client, "race", "m", {"k": 2}, if_match="*").status_code == 200


def test_a_document_that_is_known_is_not_sent_again(client: TestClient) -> None:
    """304 for `If-None-Match`, and only its reader may keep it."""
    put(client, "known", {"id": "m", "text": "a mug"})
    first = read(client, "known", "m")
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization, X-API-Key"
    again = client.get(
        "/documents/m",
        params={"namespace": "known"},
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_patch_with_a_key_is_done_once(client: TestClient) -> None:
    """The answer again, its ETag too; the same key for another change is refused."""
    for namespace in ("once", "once-more"):
        put(client, namespace, {"id": "m", "text": "a mug"})
    first = patch(client, "once", "m", {"k": 1}, idempotency_key="p1")
    patch(client, "once", "m", {"k": 2})
    again = patch(client, "once", "m", {"k": 1}, idempotency_key="p1")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert read(client, "once", "m").json()["metadata"] == {"k": 2}
    other = patch(client, "once-more", "m", {"k": 1}, idempotency_key="p1")
    refusal(other, 422, "idempotency_key_reused")
    other = patch(client, "once", "m", {"k": 1}, idempotency_key="p1", if_match="*")
    refusal(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({"a": {"b": 1}}, "metadata.a"),
        ({"not a key": 1}, "metadata"),
        ({"a": "x" * 70_000}, "metadata.a"),
        ([1], "metadata"),
        (None, "metadata"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place(
    client: TestClient, metadata: object, where: str
) -> None:
    """Nested values, bad names, too much, no object."""
    put(client, "bad", {"id": "m", "text": "a mug"})
    details = (
        refusal(patch(client, "bad", "m", metadata), 422, "invalid_metadata")
        if isinstance(metadata, dict)
        else refusal(patch(client, "bad", "m", metadata), 422, "invalid_request")
    )
    assert where in str(details)


def test_metadata_that_grows_too_large_piece_by_piece_is_refused(client: TestClient) -> None:
    """Each patch fits, what comes of them does not, and nothing of it is stored."""
    put(client, "grows", {"id": "m", "text": "a mug", "metadata": {"a": "x" * 40_000}})
    refusal(patch(client, "grows", "m", {"b": "x" * 40_000}), 422, "invalid_metadata")
    assert set(read(client, "grows", "m").json()["metadata"]) == {"a"}


def test_what_is_not_there_is_not_changed(client: TestClient) -> None:
    """404 for a document and for a namespace; neither is made."""
    put(client, "there", {"id": "m", "text": "a mug"})
    refusal(patch(client, "there", "other", {"k": 1}), 404, "not_found")
    refusal(patch(client, "nowhere", "m", {"k": 1}), 404, "unknown_namespace")
    assert "nowhere" not in client.get("/namespaces").json()["namespaces"]
    body = {"namespace": "nowhere", "all": True, "dry_run": False}
    refusal(client.post("/documents/delete", json=body), 404, "unknown_namespace")
    refusal(client.delete("/namespaces/nowhere"), 404, "unknown_namespace")
    refusal(client.delete("/namespaces/NOT A NAME"), 422, "invalid_namespace")


def delete(client: TestClient, namespace: str, **body: object):
    return client.post("/documents/delete", json={"namespace": namespace, **body})


CHEAP = {"field": "price", "op": "lt", "value": 12}


def test_a_filter_is_tried_before_it_deletes(client: TestClient) -> None:
    """A dry run is what is asked for where nothing is said; it tells what a search would find."""
    put(
        client,
        "filtered",
        *({"id": f"m{at:02}", "text": "a mug", "metadata": {"price": at}} for at in range(15)),
    )
    tried = delete(client, "filtered", filter=CHEAP).json()
    assert (tried["dry_run"], tried["matched"], tried["deleted"]) == (True, 12, 0)
    assert tried["sample_ids"] == [f"m{at:02}" for at in range(10)]
    assert client.get("/documents", params={"namespace": "filtered"}).json()["total"] == 15
    done = delete(client, "filtered", filter=CHEAP, dry_run=False).json()
    assert (done["dry_run"], done["matched"], done["deleted"]) == (False, 12, 12)
    page = client.get("/documents", params={"namespace": "filtered"}).json()
    assert [each["id"] for each in page["documents"]] == ["m12", "m13", "m14"]
    assert page["version"] == done["version"]
    assert found(client, "filtered", CHEAP) == set()
    again = delete(client, "filtered", filter=CHEAP, dry_run=False).json()
    assert (again["matched"], again["deleted"]) == (0, 0)


@pytest.mark.parametrize("body", [{}, {"filter": {}}, {"filter": None}, {"all": False}])
def test_everything_is_deleted_only_where_that_is_said(client: TestClient, body: dict) -> None:
    """An empty filter is no wish."""
    put(client, "all", {"id": "m", "text": "a mug"}, {"id": "n", "text": "a pot"})
    details = refusal(delete(client, "all", dry_run=False, **body), 422, "invalid_request")
    assert "all: true" in str(details)
    refusal(delete(client, "all", all=True, filter=CHEAP), 422, "invalid_request")
    assert delete(client, "all", all=True).json()["matched"] == 2
    assert client.get("/documents", params={"namespace": "all"}).json()["total"] == 2


def test_a_filter_that_means_nothing_here_deletes_nothing(client: TestClient) -> None:
    """As a search has it: an unknown field, another type, no filter at all."""
    put(client, "typed", {"id": "m", "text": "a mug", "metadata": {"price": 1}})
    wrong = {"field": "prize", "op": "eq", "value": 1}
    refusal(delete(client, "typed", filter=wrong, dry_run=False), 422, "unknown_filter_field")
    wrong = {"field": "price", "op": "eq", "value": "1"}
    refusal(delete(client, "typed", filter=wrong, dry_run=False), 422, "type_mismatch")
    refusal(
        delete(client, "typed", filter={"field": "price"}, dry_run=False), 422, "invalid_filter"
    )
    assert client.get("/documents", params={"namespace": "typed"}).json()["total"] == 1


def test_what_a_filter_passes_over_is_said(client: TestClient) -> None:
    """Warnings of a search, in the dry run too."""
    documents = [{"id": "m", "text": "a mug", "metadata": {"at": "2026-01-02"}}]
    documents.append({"id": "n", "text": "a mug", "metadata": {"at": "soon"}})
    put(client, "said", *documents)
    before = {"field": "at", "op": "lt", "value": "2026-05-01"}
    tried = delete(client, "said", filter=before).json()
    assert tried["sample_ids"] == ["m"]
    assert [warning["code"] for warning in tried["warnings"]] == ["mixed_types"]


def test_a_namespace_goes_with_all_that_it_held(client: TestClient) -> None:
    """Nothing is found afterwards, and one that is made anew has nothing of it."""
    put(client, "goes", {"id": "m", "text": "a mug", "metadata": {"k": 1}}, {"text": "a pot"})
    assert found(client, "goes", {"field": "k", "op": "eq", "value": 1}) == {"m"}
    version = client.get("/documents", params={"namespace": "goes"}).json()["version"]
    gone = client.delete("/namespaces/goes")
    assert gone.json() == {"namespace": "goes", "deleted": 2}
    assert "goes" not in client.get("/namespaces").json()["namespaces"]
    refusal(read(client, "goes", "m"), 404, "unknown_namespace")
    body = {"namespace": "goes", "query": "mug"}
    refusal(client.post("/search", json=body), 404, "unknown_namespace")
    put(client, "goes", {"id": "new", "text": "a mug"})
    page = client.get("/documents", params={"namespace": "goes"}).json()
    assert [each["id"] for each in page["documents"]] == ["new"]
    assert page["version"] > version
    wrong = {"field": "k", "op": "eq", "value": 1}
    refusal(delete(client, "goes", filter=wrong), 422, "unknown_filter_field")

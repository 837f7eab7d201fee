"""Documents over HTTP: written, uploaded, read and listed."""

import json

import pytest
from starlette.testclient import TestClient

from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import picture_file


def test_a_document_is_written_read_listed_and_deleted(client: TestClient) -> None:
    """The whole life of a document with text, picture and metadata."""
    document = {
        "id": "mug/1".replace("/", "-"),
        "text": "a red mug",
        "image_base64": b64(picture_file("red")),
        "metadata": {"price": 12.5, "tags": ["kitchen", "gift"], "sold": False, "note": None},
        "source": "STM",
        "created_at": "2026-02-03T04:05:06+02:00",
    }
    assert put(client, "life", document).json()["upserted"] == 1
    read = client.get("/documents/mug-1", params={"namespace": "life"}).json()
    assert read["metadata"] == document["metadata"]
    assert read["modality"] == "IMAGE"
    assert read["created_at"].startswith("2026-02-03T02:05:06")
    picture = client.get(read["image_url"])
    assert picture.content == picture_file("red")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert client.get("/documents", params={"namespace": "life"}).json()["total"] == 1
    assert "life" in client.get("/namespaces").json()["namespaces"]
    assert client.delete("/documents/mug-1", params={"namespace": "life"}).json()["deleted"] == 1
    refusal(client.get("/documents/mug-1", params={"namespace": "life"}), 404, "not_found")
    refusal(client.delete("/documents/mug-1", params={"namespace": "life"}), 404, "not_found")


def test_writing_an_id_again_replaces_it(client: TestClient) -> None:
    """Upsert by id; the old words are no longer found."""
    put(client, "again", {"id": "a", "text": "apple"})
    put(client, "again", {"id": "a", "text": "banana"})
    body = {"namespace": "again", "query": "apple", "mode": "keyword"}
    assert client.post("/search", json=body).json()["results"] == []
    assert client.get("/documents", params={"namespace": "again"}).json()["total"] == 1


def test_rotten_documents_are_listed_and_the_rest_is_written(client: TestClient) -> None:
    """Each failure names its place; nothing else is lost."""
    answer = put(
        client,
        "rotten",
        {"id": "good", "text": "fine"},
        {"id": "../../etc", "text": "path"},
        {"id": "empty"},
        {"id": "picture", "image_base64": b64(b"not a picture at all")},
        {"id": "nested", "text": "x", "metadata": {"a": {"b": 1}}},
        {"id": "typo", "text": "x", "metdata": {}},
        {"id": "base64", "image_base64": "%%%"},
        "no object",
        {"id": "also-good", "text": "fine too"},
    ).json()
    assert answer["upserted"] == 2
    assert answer["ids"] == ["good", *[None] * 7, "also-good"]
    codes = {failure["index"]: failure["error"]["code"] for failure in answer["failed"]}
    assert codes == {
        1: "invalid_document_id",
        2: "empty_input",
        3: "unsupported_file_type",
        4: codes[4],
        5: "invalid_request",
        6: "invalid_base64",
        7: "invalid_request",
    }
    assert "metdata" in answer["failed"][4]["error"]["message"]


@pytest.mark.parametrize("namespace", ["", "../x", "UPPER", "a" * 64, "a b", "ü"])
def test_a_namespace_is_a_plain_name(client: TestClient, namespace: str) -> None:
    """No path tricks, on any route."""
    refusal(put(client, namespace, {"text": "x"}), 422, "invalid_namespace")
    response = client.get("/documents", params={"namespace": namespace})
    refusal(response, 422, "invalid_namespace")
    response = client.post("/search", json={"query": "x", "namespace": namespace})
    refusal(response, 422, "invalid_namespace")


def test_uploads_become_documents_by_their_content(client: TestClient) -> None:
    """A picture and a text in one request; the declared type of the picture is a lie."""
    files = [
        ("file", ("a.bin", picture_file("green"), "application/octet-stream")),
        ("file", ("b.txt", b"three green words", "text/plain")),
        ("file", ("c.png", b"<html>", "image/png")),
    ]
    data = {"namespace": "uploads", "metadata": json.dumps({"batch": 7})}
    answer = client.post("/documents/upload", files=files, data=data).json()
    assert answer["upserted"] == 2
    assert answer["failed"][0]["index"] == 2
    listed = client.get("/documents", params={"namespace": "uploads"}).json()["documents"]
    assert {document["modality"] for document in listed} == {"IMAGE", "TEXT"}
    assert all(document["metadata"]["batch"] == 7 for document in listed)


def test_upload_metadata_must_be_a_json_object(client: TestClient) -> None:
    """A list or half a document is refused by name."""
    files = [("file", ("b.txt", b"words", "text/plain"))]
    for metadata in ("[1]", "{"):
        data = {"metadata": metadata}
        response = client.post("/documents/upload", files=files, data=data)
        assert refusal(response, 422, "invalid_request")["where"] == "metadata"

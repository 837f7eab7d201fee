"""Behind HAProxy and Serve's proxies a request is read as it is in one process."""

import gzip
import json
import zlib

import httpx
import pytest

pytestmark = pytest.mark.cluster

JSON = {"Content-Type": "application/json"}


def test_compressed_bodies_are_unpacked(client: httpx.Client) -> None:
    """Neither proxy takes the coding away or unpacks them itself."""
    body = json.dumps({"inputs": [{"text": "a red mug"}] * 100}).encode()
    for coding, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
        headers = JSON | {"Content-Encoding": coding}
        answer = client.post("/embed", content=pack(body), headers=headers)
        assert len(answer.json()["embeddings"]) == 100


def test_a_bomb_ends_at_the_cap(client: httpx.Client) -> None:
    """100 MB in a tenth of a megabyte; the service goes on."""
    bomb = gzip.compress(b'{"inputs": [{"text": "' + b" " * 100_000_000)
    headers = JSON | {"Content-Encoding": "gzip"}
    assert client.post("/embed", content=bomb, headers=headers).status_code == 413
    assert client.get("/health/live").status_code == 200


def test_head_is_answered_wherever_get_is(client: httpx.Client) -> None:
    """With the length that GET has, and without a body; a stream's head comes at once."""
    for path in ("/v1/models", "/health/live", "/namespaces", "/openapi.json"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]


def test_namespaces_and_queries_are_checked(client: httpx.Client) -> None:
    """A namespace is there from its first write on, on every replica."""
    for number in range(5):
        body = {"query": "red", "namespace": f"made-{number}"}
        answer = client.post("/search", json=body)
        assert answer.json()["error"]["code"] == "unknown_namespace"
        documents = [{"id": "mug", "text": "a red mug"}]
        written = {"namespace": body["namespace"], "documents": documents}
        client.put("/documents", json=written).raise_for_status()
        found = client.post("/search", json=body).json()["results"]
        assert [hit["id"] for hit in found] == ["mug"]
    refused = client.get("/documents", params={"namspace": "made-1"}).json()["error"]
    assert refused["code"] == "unknown_parameter"

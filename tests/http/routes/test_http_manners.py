"""What HTTP offers beside bodies: parts of pictures, packed answers, where the time went."""

import gzip
import re

import pytest
from starlette.testclient import TestClient

from api.middleware import compression
from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import picture_file

PLACE = {"namespace": "manners"}


def picture(client: TestClient, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/documents/p/image", params=PLACE, headers=named)


def test_a_part_of_a_picture_is_sent_alone(client: TestClient) -> None:
    """206 with its place, 416 beyond the end, and all of it where another file is there now."""
    put(client, "manners", {"id": "p", "image_base64": b64(picture_file("red"))})
    whole = picture(client)
    data = whole.content
    assert whole.headers["accept-ranges"] == "bytes"
    some = picture(client, range="bytes=2-5", if_range=whole.headers["etag"])
    assert (some.status_code, some.content) == (206, data[2:6])
    assert some.headers["content-range"] == f"bytes 2-5/{len(data)}"
    assert some.headers["content-type"] == "image/png"
    assert some.headers["content-security-policy"] == "default-src 'none'; sandbox"
    beyond = picture(client, range=f"bytes={len(data)}-")
    refusal(beyond, 416, "no_such_range")
    assert beyond.headers["content-range"] == f"bytes */{len(data)}"
    assert picture(client, range="bytes=2-5", if_range='"other"').content == data
    known = picture(client, range="bytes=2-5", if_none_match=whole.headers["etag"])
    assert (known.status_code, known.content) == (304, b"")


def listed(client: TestClient, method: str = "GET", encoding: str = "gzip"):
    client.headers["accept-encoding"] = encoding
    try:
        with client.stream(method, "/documents", params={"namespace": "large"}) as answer:
            return answer, b"".join(answer.iter_raw())
    finally:
        del client.headers["accept-encoding"]


def test_a_large_answer_travels_packed_to_who_takes_it(client: TestClient) -> None:
    """The same content; caches keep both apart; small ones stay as they are."""
    documents = [{"id": f"d{at}", "text": "a red mug " * 150} for at in range(20)]
    put(client, "large", *documents)
    plain, whole = listed(client, encoding="identity")
    assert "content-encoding" not in plain.headers
    packed, content = listed(client)
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert "Accept-Encoding" in plain.headers["vary"]
    assert len(content) == int(packed.headers["content-length"]) < len(whole) / 10
    assert gzip.decompress(content) == whole
    head, nothing = listed(client, "HEAD")
    assert (head.headers["content-encoding"], nothing) == ("gzip", b"")
    refused, _ = listed(client, encoding="gzip;q=0")
    assert "content-encoding" not in refused.headers
    small = client.get("/namespaces", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers
    tagged = client.get("/documents/d1", params={"namespace": "large"})
    assert "content-encoding" not in tagged.headers


def test_vectors_are_sent_as_they_are(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: digits hardly become shorter."""
    monkeypatch.setattr(compression, "LEAST_BYTES", 10)
    named = {"accept-encoding": "gzip"}
    assert client.get("/namespaces", headers=named).headers["content-encoding"] == "gzip"
    answer = client.post("/embed", json={"inputs": [{"text": "a mug"}]}, headers=named)
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


def test_a_search_says_where_its_time_went(client: TestClient) -> None:
    """Encoding, the search, and each leg that was asked."""
    put(client, "timed", {"id": "m", "text": "a red mug"})
    body = {"namespace": "timed", "query": "red"}
    timing = client.post("/search", json=body).headers["server-timing"]
    told = dict(
        re.fullmatch(r"([\w-]+);dur=(\d+\.\d{3})", each).groups() for each in timing.split(", ")
    )
    assert {"encode", "search", "keyword"} <= set(told)
    assert len(told) > 3
    assert float(told["search"]) > 0

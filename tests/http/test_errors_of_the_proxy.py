"""Where no replica answers, HAProxy does: in the one error shape."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from proxied import proxied


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[str]:
    """HAProxy before a port on which nobody listens."""
    with proxied("http://127.0.0.1:1", tmp_path) as url:
        yield url


def test_without_a_replica_clients_are_told_when_to_come_back(outside: str) -> None:
    """503 with the request's id, not a bare 500."""
    answer = httpx.get(f"{outside}/search", headers={"X-Request-ID": "mine"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json() == {
        "error": {
            "code": "unavailable",
            "message": "brAInwav: no replica can be reached",
            "request_id": "mine",
            "details": {},
        }
    }


def test_a_request_without_an_id_is_given_one(outside: str) -> None:
    """The same in header and body, and well-formed where the client's is not."""
    for headers in ({}, {"X-Request-ID": 'a"b'}):
        answer = httpx.get(outside, headers=headers)
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]

"""Where no replica answers, HAProxy does: in the one error shape."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from deployments.settings.service import ConnectionSettings
from tests.http.live import live
from tests.http.raw import HOST, asked, connected, parsed, said
from tests.proxy.proxied import proxied


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


BAD: dict[str, tuple[bytes, int, str]] = {
    "no request": (b"GARBAGE\r\n\r\n", 400, "invalid_request"),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400, "invalid_request"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "invalid_request"),
    "TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00" + bytes(100), 400, "invalid_request"),
    "20 KB of head": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        431,
        "head_too_large",
    ),
    "64 KB of head": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 65_536 + b"\r\n\r\n",
        400,
        "invalid_request",
    ),
    "300 fields": (
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"x%d: 1\r\n" % n for n in range(300)) + b"\r\n",
        400,
        "invalid_request",
    ),
    "a long path": (
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        414,
        "target_too_long",
    ),
    "a length that is no number": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: abc\r\n\r\n",
        400,
        "invalid_request",
    ),
    "a negative length": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        400,
        "invalid_request",
    ),
    "two lengths": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
        "invalid_request",
    ),
    "an unknown coding": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\n",
        400,
        "invalid_request",
    ),
    "bad chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        400,
        "invalid_request",
    ),
    "an unknown method": (b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n", 405, "method_not_allowed"),
    "a method in lower case": (b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 405, "method_not_allowed"),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "invalid_request"),
    "a target of another host": (
        b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
        400,
        "invalid_request",
    ),
    "a NUL": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n", 400, "invalid_request"),
    "a space before a colon": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n",
        400,
        "invalid_request",
    ),
    "no path": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 404, "not_found"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_request_is_an_error_like_others(bounded: str, name: str) -> None:
    """The one shape, with its content type; an id where a head could be read."""
    sent, status, code = BAD[name]
    answer = asked(bounded, sent)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.error["request_id"] == answer.fields.get("x-request-id", "")


def test_a_head_that_comes_too_slowly_is_an_error_like_others(bounded: str) -> None:
    """408, from HAProxy's own clock."""
    answer = asked(bounded, b"GET / HTTP/1.1\r\nHost: ")
    assert (answer.status, answer.error["code"]) == (408, "head_timeout")


def test_bad_chunks_after_a_good_head_are_an_error_with_its_id(bounded: str) -> None:
    """The application is waiting for the rest by then."""
    head = (
        b"POST / HTTP/1.1\r\n" + HOST + b"X-Request-ID: mine\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with connected(bounded) as connection:
        connection.sendall(head + b"3\r\nabc\r\n")
        connection.sendall(b"zz\r\n")
        answer = parsed(said(connection))
    assert (answer.status, answer.error["request_id"]) == (400, "mine")


def test_an_upgrade_is_not_asked_for_behind_us(bounded: str) -> None:
    """Neither HTTP/2 nor websockets: the answer is the route's."""
    for protocol in (b"websocket", b"h2c"):
        fields = b"Upgrade: " + protocol + b"\r\nConnection: Upgrade\r\n"
        fields += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        answer = asked(bounded, b"GET / HTTP/1.1\r\n" + HOST + fields + b"\r\n")
        assert answer.status == 200


def test_a_body_that_waits_to_be_asked_for_is_asked_for(bounded: str) -> None:
    """`Expect: 100-continue` works; anything else that is expected is not waited for."""
    for expected in (b"100-continue", b"nothing"):
        head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nConnection: close\r\n"
        assert asked(bounded, head + b"Expect: " + expected + b"\r\n\r\n", b"abc").status == 200


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HAProxy before an application that takes whatever comes."""

    async def taken(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body"})

    bounds = ConnectionSettings(head_s=1, stalled_s=1, idle_s=1)
    folder = tmp_path_factory.mktemp("proxy")
    with live(taken) as url, proxied(url, folder, bounds) as proxy:
        yield proxy


@pytest.mark.parametrize("path", [b"/-/healthz", b"/-/routes"])
def test_probes_of_serve_come_by_address(bounded: str, path: bytes) -> None:
    """KubeRay's readiness probe and a load balancer's name the pod, not the service."""
    head = b"GET " + path + b" HTTP/1.1\r\nHost: 10.1.2.3:8000\r\nConnection: close\r\n\r\n"
    assert asked(bounded, head).status == 200

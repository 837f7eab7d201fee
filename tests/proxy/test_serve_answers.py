"""On a replica's own port too every error has the one shape."""

from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS

from api import request_id
from api.middleware import serve_answers
from api.middleware.serve_answers import OneShapeProtocol
from tests.http.live import live
from tests.http.raw import HOST, asked, connected, said


async def as_serve_answers(scope: Scope, receive: Receive, send: Send) -> None:
    """What Serve says by itself, by path."""
    fields = {name: value for name, value in scope["headers"] if b"serve" in name or b"x-" in name}
    answers: dict[str, Response] = {
        "/busy": PlainTextResponse("Request dropped", 503, {"Retry-After": "1"}),
        "/late": PlainTextResponse("Request timed out", 408),
        "/nowhere": PlainTextResponse("Path '/nowhere' not found.", 404),
        "/-/healthz": PlainTextResponse("unhealthy", 503),
        "/text": PlainTextResponse("a page"),
        "/fields": PlainTextResponse(repr(sorted(fields))),
    }
    if scope["path"] == "/broken":
        raise RuntimeError("a secret")
    await answers[scope["path"]](scope, receive, send)


@pytest.fixture
def serves() -> TestClient:
    app: Any = as_serve_answers
    for middleware in request_id.middlewares():
        app = middleware.cls(app, *middleware.args, **middleware.kwargs)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(autouse=True)
def protocols() -> Iterator[None]:
    """uvicorn's table as it was."""
    before = dict(HTTP_PROTOCOLS)
    yield
    HTTP_PROTOCOLS.update(before)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/busy", 503, "overloaded"),
        ("/late", 408, "body_timeout"),
        ("/nowhere", 404, "not_found"),
        ("/broken", 500, "internal_error"),
    ],
)
def test_what_serve_refuses_is_an_error_like_others(
    serves: TestClient, path: str, status: int, code: str
) -> None:
    """With the request's id, and when to come back where Serve said so."""
    answer = serves.get(path, headers={"X-Request-ID": "mine"})
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["request_id"]) == (code, "mine")
    assert answer.headers["x-request-id"] == "mine"
    assert "secret" not in answer.text
    assert answer.headers.get("retry-after") == ("1" if path == "/busy" else None)


def test_what_is_no_error_and_serves_own_checks_stay_as_they_are(serves: TestClient) -> None:
    """HAProxy reads the latter."""
    assert serves.get("/text").text == "a page"
    assert serves.get("/-/healthz").text == "unhealthy"


def test_fields_by_which_serve_is_told_what_to_do_never_reach_it(serves: TestClient) -> None:
    """In either spelling, also where they are not UTF-8."""
    headers = [
        (b"X-Request-Timeout-Seconds", b"\xff"),
        (b"X-Request-Disconnect-Disabled", b"?1"),
        (b"serve_multiplexed_model_id", b"\xff"),
        (b"Serve-Multiplexed-Model-Id", b"a"),
        (b"X-Session-Id", b"a"),
        (b"X-Kept", b"a"),
        (b"X-Request-ID", b"mine"),
    ]
    assert serves.get("/fields", headers=headers).text == repr([b"x-kept", b"x-request-id"])


def test_what_uvicorn_cannot_read_is_an_error_like_others() -> None:
    """In the process of a replica, where Serve asks for our middlewares first."""
    request_id.middlewares()
    assert uvicorn.Config(as_serve_answers).http == "auto"
    with live(as_serve_answers) as url:
        for sent in (b"GARBAGE\r\n\r\n", b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n"):
            answer = asked(url, sent)
            assert answer.status == 400
            assert answer.error["code"] == "invalid_request"


def test_a_connection_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """HAProxy always says something; whoever goes round it holds no place for nothing."""
    monkeypatch.setattr(serve_answers, "HEAD_S", 0.05)
    request_id.middlewares()
    with live(as_serve_answers) as url:
        for sent in (b"", b"GET / HT"):
            with connected(url) as connection:
                connection.sendall(sent)
                assert said(connection) == b""
        request = b"GET /text HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        assert asked(url, request).body == b"a page"


def test_uvicorn_speaks_by_it_where_nobody_chose_another() -> None:
    """Its own choice is the parser that ours is made of."""
    before = uvicorn.Config(as_serve_answers)
    before.load()
    assert before.http_protocol_class is OneShapeProtocol.__bases__[0]
    request_id.middlewares()
    after = uvicorn.Config(as_serve_answers)
    after.load()
    assert after.http_protocol_class is OneShapeProtocol

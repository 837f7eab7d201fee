"""One address cannot take all places, nor hold one for nothing."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from deployments.haproxy.connection_rules import TOLD
from deployments.settings.service import ConnectionSettings
from tests.http.live import live
from tests.http.raw import HOST, asked, connected, parsed, said
from tests.proxy.proxied import SECRET, proxied

MOST = 8
HEAVY = 20_000_000
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
LAST = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Echo the body; `/heavy` is long, `/late` comes after the client's time to be silent."""
    text = scope["path"].encode() + b" "
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        text += message["body"]
        if not message["more_body"]:
            break
    text += dict(scope["headers"])[b"x-brainwav-source"]
    if scope["path"] == "/late":
        await asyncio.sleep(2)
    status = int(scope["path"][1:]) if scope["path"][1:].isdigit() else 200
    text = bytes(HEAVY) if scope["path"] == "/heavy" else text
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Few connections of one source, and all the time they need."""
    bounds = ConnectionSettings(most_per_source=MOST, head_s=600, idle_s=600)
    trusted = ("127.0.9.0/24", "10.0.0.1")
    with (
        live(application) as url,
        proxied(url, tmp_path_factory.mktemp("proxy"), bounds, trusted) as proxy,
    ):
        yield proxy


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second for everything."""
    bounds = ConnectionSettings(head_s=1, stalled_s=1, idle_s=1)
    with (
        live(application) as url,
        proxied(url, tmp_path_factory.mktemp("proxy"), bounds) as proxy,
    ):
        yield proxy


def held(stack: ExitStack, url: str, source: str, count: int) -> list[socket.socket]:
    """Open connections and keep them."""
    return [stack.enter_context(connected(url, source)) for _ in range(count)]


def first_bytes(connection: socket.socket, request: bytes = GET) -> bytes:
    """Return the beginning of the answer; nothing where the connection was refused."""
    try:
        connection.sendall(request)
        return connection.recv(12)
    except OSError:
        return b""


def test_a_source_beyond_its_bound_is_told_and_then_refused(outside: str) -> None:
    """The first few get 429 and when to come back; others are closed before anything is read."""
    with ExitStack() as stack:
        source = "127.0.1.1"
        connections = held(stack, outside, source, MOST + TOLD + 9)
        answers = [first_bytes(connection) for connection in connections]
    # HAProxy's threads accept in no order, and may count a neighbour before they look.
    assert MOST - 4 <= answers.count(b"HTTP/1.1 200") <= MOST
    assert TOLD - 4 <= answers.count(b"HTTP/1.1 429") <= TOLD + 4
    assert answers.count(b"") >= 5


def test_what_is_told_is_an_error_like_others(outside: str) -> None:
    """With the bound in it."""
    with ExitStack() as stack:
        source = "127.0.1.2"
        # Answered each: the kernel connects before HAProxy knows of it.
        held_ones = held(stack, outside, source, MOST)
        assert {first_bytes(one) for one in held_ones} == {b"HTTP/1.1 200"}
        answer = asked(outside, GET, source=source)
    assert answer.status == 429
    assert answer.error["code"] == "too_many_connections"
    assert str(MOST) in answer.error["message"]
    assert answer.fields["retry-after"] == "1"
    assert answer.fields["x-request-id"] == answer.error["request_id"]
    assert answer.fields["connection"] == "close"


def test_others_are_served_meanwhile(outside: str) -> None:
    """From another address, also while the places of the first are held and asked for."""
    with ExitStack() as stack:
        held(stack, outside, "127.0.1.3", 3 * MOST + TOLD)
        for _ in range(5):
            assert asked(outside, LAST, source="127.0.1.4").status == 200


def test_places_are_given_back(outside: str) -> None:
    """With the connection."""
    source = "127.0.1.5"
    with ExitStack() as stack:
        # Answered each: the kernel connects before HAProxy knows of it.
        held_ones = held(stack, outside, source, MOST)
        assert {first_bytes(one) for one in held_ones} == {b"HTTP/1.1 200"}
        assert asked(outside, LAST, source=source).status == 429
    assert eventually_served(outside, source)


def eventually_served(url: str, source: str) -> bool:
    return any(asked(url, LAST, source=source).status == 200 for _ in range(1000))


def test_trusted_proxies_are_not_bounded(outside: str) -> None:
    """Behind one all users are a single source."""
    with ExitStack() as stack:
        connections = held(stack, outside, "127.0.9.7", MOST + TOLD + 5)
        assert {first_bytes(connection) for connection in connections} == {b"HTTP/1.1 200"}


def test_near_the_last_place_a_source_has_fewer(tmp_path: Path) -> None:
    """Many sources together lock nobody out either."""
    # On a slow machine the held ones would else be let go before the last is asked for.
    bounds = ConnectionSettings(most=64, most_per_source=16, head_s=600)
    with live(application) as url, proxied(url, tmp_path, bounds) as proxy, ExitStack() as stack:
        for last in range(1, 10):
            held(stack, proxy, f"127.0.2.{last}", 16)
        statuses = {asked(proxy, LAST, source=f"127.0.3.{n}").status for n in range(1, 9)}
        assert statuses == {200}
        # Answers end connections while it is crowded.
        assert asked(proxy, GET, source="127.0.3.9").fields["connection"] == "close"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", b""),
        (b"GET / HT", b"HTTP/1.1 408"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"HTTP/1.1 408"),
        (GET, b"HTTP/1.1 200"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc", b"HTTP/1.1 400"),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"HTTP/1.1 400",
        ),
    ],
)
def test_who_does_nothing_is_let_go(hasty: str, sent: bytes, told: bytes) -> None:
    """Before a request, within its head, after it, within its body."""
    with connected(hasty, "127.0.4.1") as connection:
        connection.sendall(sent)
        assert said(connection)[:12] == told


def test_who_takes_nothing_is_let_go(hasty: str) -> None:
    """An answer that nobody reads is not kept."""
    with connected(hasty, "127.0.4.2") as connection:
        connection.sendall(b"GET /heavy HTTP/1.1\r\n" + HOST + b"\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        with connected(hasty, "127.0.4.3") as other:
            # Twice the time: its own goes by as well.
            said(other)
        with connected(hasty, "127.0.4.3") as other:
            said(other)
        assert len(said(connection)) < HEAVY


def test_who_waits_for_an_answer_is_not_silent(hasty: str) -> None:
    """However long the application takes."""
    request = b"GET /late HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    assert asked(hasty, request, source="127.0.4.4").status == 200


def test_who_never_said_a_valid_request_is_not_kept(hasty: str) -> None:
    """Refused callers open a new connection each time; who was served once keeps the first."""
    refused = b"GET /401 HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = asked(hasty, refused, source="127.0.4.5")
    assert (answer.status, answer.fields["connection"]) == (401, "close")
    with connected(hasty, "127.0.4.6") as connection:
        connection.sendall(GET + refused + b"GET /last HTTP/1.1\r\n" + HOST + b"\r\n")
        text = said(connection)
    assert text.count(b"HTTP/1.1") == 3
    assert b"/last" in text


def test_a_refusal_of_quota_keeps_the_connection(hasty: str) -> None:
    """Who is over a limit comes back, and a new connection costs more than the refusal."""
    limited = b"GET /429 HTTP/1.1\r\n" + HOST + b"\r\n"
    with connected(hasty, "127.0.4.7") as connection:
        connection.sendall(limited + limited)
        assert said(connection).count(b"HTTP/1.1 429") == 2


def test_pipelined_requests_are_answered_in_turn(hasty: str) -> None:
    """One after another, however many come at once."""
    requests = b"".join(b"GET /n%d HTTP/1.1\r\n" % n + HOST + b"\r\n" for n in range(50))
    with connected(hasty, "127.0.4.8") as connection:
        connection.sendall(requests)
        text = said(connection)
    places = [text.index(b"/n%d " % n) for n in range(50)]
    assert places == sorted(places)


def test_half_closed_connections_are_let_go(hasty: str) -> None:
    """Who ends its side without a request, or after one, holds nothing."""
    for sent in (b"", b"GET /", GET):
        with connected(hasty, "127.0.4.9") as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert b"200" not in said(connection)[:12] or sent == GET


def test_the_application_is_told_where_a_request_came_from(outside: str) -> None:
    """By HAProxy alone, whatever a client writes into the same field."""
    forged = b"X-Brainwav-Source: x 192.0.2.1\r\n"
    request = b"GET / HTTP/1.1\r\n" + HOST + forged * 2 + b"Connection: close\r\n\r\n"
    answer = asked(outside, request, source="127.0.4.10")
    assert answer.body == f"/ {SECRET} 127.0.4.10".encode()


def test_official_clients_are_not_disturbed(outside: str) -> None:
    """A pool of connections as httpx keeps it, used in turn."""
    with httpx.Client(base_url=outside) as client:
        assert {client.get("/").status_code for _ in range(50)} == {200}


def test_parsed_answers_are_whole() -> None:
    """The tests' own reading of an answer."""
    answer = parsed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc")
    assert (answer.status, answer.body) == (200, b"ab")

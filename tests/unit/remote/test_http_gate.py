"""The smoke gate against a server of its own: what it asks, and what it makes of the answers."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from deployments.remote.gate import Bounds, HttpGate

ADMITTED = 8


class Limited(BaseHTTPRequestHandler):
    """Answers everything with 200, but embeds no more than eight times."""

    protocol_version = "HTTP/1.1"
    asked: Counter[str]

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = f"{self.command} {self.path}"
        self.asked[kind] += 1
        over = kind == "POST /embed" and self.asked[kind] > ADMITTED
        self.send_response(429 if over else 200)
        if over:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Limited.asked = Counter()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Limited)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("writes", [True, False])
def test_limits_that_are_kept_say_nothing_against_a_version(
    server: ThreadingHTTPServer, writes: bool
) -> None:
    """A client of the shipped limits embeds once a second; the gate asks more.

    Its time goes by requests, so that a slow machine asks as many.
    """
    requests = count()
    url = f"http://127.0.0.1:{server.server_port}"
    bounds = Bounds(max_p95_ms=60_000, least_answers=1)
    gate = HttpGate(url, None, 100, bounds, writes, "shop", clock_s=lambda: next(requests))
    assert gate() == []
    assert Limited.asked["POST /embed"] > ADMITTED
    assert ("PUT /documents" in Limited.asked) == writes

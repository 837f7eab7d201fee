"""What only asks is asked again of another replica where the first one died over it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.proxy.proxied import proxied

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhere"


@contextmanager
def dies_once(heads: list[bytes]) -> Iterator[str]:
    """A server that ends the first connection which brings a request, without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    head = connection.recv(65536)
                    # HAProxy's own checks connect and say nothing.
                    if head:
                        heads.append(head)
                        if len(heads) > 1:
                            connection.sendall(ANSWER)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(30)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/documents/a"), ("HEAD", "/documents/a"), ("POST", "/search"), ("POST", "/embed")],
)
def test_a_question_is_asked_again(tmp_path: Path, method: str, path: str) -> None:
    """Nothing is changed by it."""
    heads: list[bytes] = []
    with dies_once(heads) as behind, proxied(behind, tmp_path) as url:
        answer = httpx.request(method, url + path, timeout=30)
    assert answer.status_code == 200
    assert len(heads) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/documents"), ("DELETE", "/documents/a"), ("POST", "/documents/upload")],
)
def test_a_write_is_its_callers_to_repeat(tmp_path: Path, method: str, path: str) -> None:
    """It may have happened; the caller knows whether it has an id."""
    heads: list[bytes] = []
    with dies_once(heads) as behind, proxied(behind, tmp_path) as url:
        answer = httpx.request(method, url + path, timeout=30)
    assert answer.status_code == 502
    assert answer.headers["retry-after"] == "1"
    assert len(heads) == 1

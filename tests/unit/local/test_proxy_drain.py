"""HAProxy's last minute, against a socket that answers as HAProxy's does."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.local import proxy_drain

HEAD = "# pxname,svname,qcur,qmax,scur,smax,\n"


def statistics(scur: int) -> str:
    """Two servers of one backend, a page that is being read, and a connection that idles."""
    rows = [
        "http_frontend,FRONTEND,,,7,9,",
        "brainwav,replica-1,0,0,1,3,",
        f"brainwav,BACKEND,0,0,{scur},3,",
        "default_backend,BACKEND,0,0,1,1,",
        "stats,BACKEND,0,0,1,1,",
    ]
    return HEAD + "\n".join(rows) + "\n\n"


class Proxy:
    """Answers a command for each connection, and closes it."""

    def __init__(self, path: Path, counts: list[int]) -> None:
        self.asked: list[str] = []
        self._counts = counts
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(1024).decode().strip())
                if self.asked[-1] == proxy_drain.COUNT:
                    count = self._counts.pop(0) if len(self._counts) > 1 else self._counts[0]
                    connection.sendall(statistics(count).encode())

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(proxy_drain, "run_folder_path", lambda state: tmp_path)
    (tmp_path / "ha" / "node").mkdir(parents=True)
    return tmp_path / "ha" / "node"


@pytest.fixture
def proxy(run: Path) -> Iterator[Proxy]:
    """Two requests, then one, then none."""
    proxy = Proxy(run / "admin.sock", [2, 2, 1, 0])
    yield proxy
    proxy.close()


def test_requests_are_waited_for_after_the_door_is_closed(proxy: Proxy, tmp_path: Path) -> None:
    """Each number of them is said once; nothing is left."""
    said: list[str] = []
    assert proxy_drain.drain(tmp_path, 30, said.append, lambda _s: None, lambda: 0.0) == 0
    assert proxy.asked == [proxy_drain.CLOSE, *[proxy_drain.COUNT] * 4]
    assert said == ["waiting for 2 requests", "waiting for 1 requests"]


def test_a_request_without_an_end_is_waited_for_until_the_deadline(run: Path) -> None:
    """And told of."""
    proxy, clock = Proxy(run / "admin.sock", [1]), iter(range(100))
    left = proxy_drain.drain(run, 5, lambda _line: None, lambda _s: None, lambda: next(clock))
    proxy.close()
    assert left == 1
    assert proxy.asked.count(proxy_drain.COUNT) == 5


def test_a_proxy_that_is_gone_holds_no_request(run: Path) -> None:
    """Its socket's file may still lie there."""
    proxy = Proxy(run / "admin.sock", [1])
    assert proxy_drain.in_flight([run / "admin.sock"]) == 1
    proxy.close()
    assert proxy_drain.in_flight([run / "admin.sock", run / "no.sock"]) == 0


def test_connections_that_idle_and_pages_of_haproxys_own_are_no_requests() -> None:
    """Only what was handed to an application counts."""
    assert proxy_drain.requests(statistics(3)) == 3
    assert proxy_drain.requests("") == 0

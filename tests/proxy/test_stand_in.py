"""One HAProxy stands in for another that died or was stopped, and leaves for the next."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from deployments.haproxy.stand_in import (
    COUNT,
    NOTE,
    STANDING,
    handed_on,
    listening,
    sockets_of,
    state_of,
    with_door,
    with_own_sockets,
)
from tests.http.live import live
from tests.proxy.proxied import proxied
from tests.waiting import until


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer."""
    await PlainTextResponse("here")(scope, receive, send)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[str]:
    with live(application) as behind, proxied(behind, tmp_path) as url:
        until(lambda: answers(url))
        yield url


def answers(url: str) -> bool:
    """Whether the application is reached by a connection that begins now."""
    try:
        return httpx.get(url, timeout=2).text == "here"
    except httpx.HTTPError:
        return False


def serving(folder: Path) -> int:
    """The HAProxy that was started last."""
    return int((folder / NOTE).read_text())


def around(folder: Path) -> list[int]:
    """Processes that watch or stand in for it."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    named = str(folder).encode()
    return [pid for pid in pids if pid != os.getpid() and named in command_of(pid)]


def watcher_of(folder: Path) -> int:
    """The program that watches a HAProxy; it is started beside it, and may come a little later."""

    def watching() -> list[int]:
        return [pid for pid in around(folder) if b"stand_in" in command_of(pid)]

    until(watching)
    [watcher] = watching()
    return watcher


def command_of(pid: int) -> bytes:
    """What a process was started with; empty where it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_clients_are_answered_though_the_proxy_is_gone(
    door: str, tmp_path: Path, how: signal.Signals
) -> None:
    """By another with the same rules; one that was stopped does not come back."""
    gone = serving(tmp_path)
    os.kill(gone, how)
    until(lambda: (tmp_path / STANDING).exists())
    until(lambda: state_of(gone) in ("Z", ""))
    until(lambda: answers(door))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_who_comes_while_nobody_accepts_waits(
    door: str, tmp_path: Path, how: signal.Signals
) -> None:
    """Instead of being refused: the door is kept open, and the one that stands in answers."""
    port = int(door.rpartition(":")[2])
    gone = serving(tmp_path)
    watcher = watcher_of(tmp_path)
    until(lambda: sockets_of(watcher) & listening({port}))
    os.kill(watcher, signal.SIGSTOP)
    until(lambda: state_of(watcher) == "T")
    os.kill(gone, how)
    # Until then it may accept what comes, and take it along.
    until(lambda: state_of(gone) in ("T", "Z", ""))
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        os.kill(watcher, signal.SIGCONT)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"here")


def test_one_that_is_followed_keeps_its_door_alone(door: str, tmp_path: Path) -> None:
    """What comes to a socket that nobody accepts from would wait for ever."""
    port = int(door.rpartition(":")[2])
    watcher = watcher_of(tmp_path)
    until(lambda: sockets_of(watcher) & listening({port}))
    (tmp_path / NOTE).write_text("1")
    until(lambda: not sockets_of(watcher) & listening({port}))
    assert answers(door)


def test_it_outlives_the_group_of_the_proxy(door: str, tmp_path: Path) -> None:
    """Ray ends the processes that a worker has started, in its group, where the worker ends."""
    own = os.getpgid(serving(tmp_path))
    watcher = watcher_of(tmp_path)
    until(lambda: os.getpgid(watcher) == watcher)
    assert watcher not in (own, os.getpgid(0))
    os.kill(serving(tmp_path), signal.SIGKILL)
    until(lambda: (tmp_path / STANDING).exists())
    until(lambda: answers(door))
    groups = {os.getpgid(pid) for pid in around(tmp_path)}
    assert groups == {watcher}


def test_it_leaves_for_the_next_that_knows_the_application(door: str, tmp_path: Path) -> None:
    """And listens: the port is never nobody's."""
    os.kill(serving(tmp_path), signal.SIGKILL)
    until(lambda: (tmp_path / STANDING).exists())
    until(lambda: answers(door))
    with socket.socket() as successor:
        successor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        successor.bind(("127.0.0.1", int(door.rpartition(":")[2])))
        # A process that has not begun to listen yet: on a busy machine that takes seconds.
        (tmp_path / NOTE).write_text(str(os.getpid()))
        for _ in range(40):
            assert answers(door)
        successor.listen()
        until(lambda: around(tmp_path) == [])
    assert not (tmp_path / STANDING).exists()
    assert not answers(door)


def test_nobody_stands_in_for_one_that_is_ended_on_purpose(door: str, tmp_path: Path) -> None:
    """Serve has started another before it, or the service is being stopped."""
    pid = serving(tmp_path)
    (tmp_path / NOTE).write_text("1")
    os.kill(pid, signal.SIGKILL)
    until(lambda: around(tmp_path) == [])
    assert not answers(door)


@pytest.mark.parametrize("begins", [b"", b"\x01", b"\x05\0\0\0"], ids=["nothing", "half", "few"])
def test_a_proxy_that_hangs_up_hands_nothing_on(tmp_path: Path, begins: bytes) -> None:
    """It may be starting or ending; no socket of it stays open here without being known."""
    door = socket.create_server(("127.0.0.1", 0))
    port = door.getsockname()[1]
    admin = socket.socket(socket.AF_UNIX)
    admin.bind(str(tmp_path / "admin.sock"))
    admin.listen()

    def hang_up() -> None:
        connection, _ = admin.accept()
        connection.recv(64)
        connection.sendall(begins)
        if len(begins) == COUNT.size:
            socket.send_fds(connection, [b"\0"], [door.fileno()])
        connection.close()

    with admin, ThreadPoolExecutor(1) as pool:
        done = pool.submit(hang_up)
        with pytest.raises(ConnectionError):
            handed_on(str(tmp_path / "admin.sock"))
        done.result(timeout=60)
    door.close()
    assert not sockets_of(os.getpid()) & listening({port})


def test_its_sockets_are_its_own_and_their_paths_are_no_longer() -> None:
    """HAProxy takes 97 characters, and a node's folder has 73."""
    folder = Path("/tmp/bw-12345678/ha") / ("0" * 56)
    serves = (
        f"stats socket {folder}/admin.sock mode 600 level admin\n"
        f"bind unix@{folder}/metrics-page.sock mode 600\nbind 127.0.0.1:8000 proto h1\n"
        f"bind unix@{folder}/stats-page.sock mode 600\n"
    )
    text = with_own_sockets(serves, folder)
    paths = re.findall(r"/\S+\.sock", text)
    assert len(set(paths)) == 3
    assert not set(paths) & set(re.findall(r"/\S+\.sock", serves))
    assert max(map(len, paths)) <= 97
    assert "bind 127.0.0.1:8000 proto h1\n" in text
    assert "bind fd@7 proto h1\n" in with_door(text, {8000: 7, 8001: 8})
    assert with_door(text, {8001: 8}) == text

"""The life of a service by its two commands: begun again and again, and ended with care."""

import asyncio
import json
import signal
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deployments.local import cluster
from retrieval.store.reading.reader import IndexReader
from telemetry.series import key
from tests.serve.conftest import free_port
from tests.serve.operating.interrupting import MOMENTS, interrupted
from tests.serve.operating.running import Running, up
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
WRITES = key("brainwav_http_requests_total", ("PUT", "/documents", "200"))


@dataclass
class Life:
    """A service that came up after it had been ended at each moment in turn."""

    home: Path
    port: int
    ended: list[tuple[str, signal.Signals, Running]]
    last: Running

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Each `up` goes on where the one before was ended, by Ctrl-C and by a kill in turn."""
    home, port, ended = tmp_path_factory.mktemp("a life") / "home", free_port(), []
    try:
        for number, moment in enumerate(MOMENTS):
            sent = (signal.SIGKILL, signal.SIGINT)[number % 2]
            ended.append((moment, sent, interrupted(home, port, moment, sent)))
        last = up(home, port)
        last.wait()
        yield Life(home, port, ended, last)
    finally:
        cluster.stop(home)


def test_a_service_comes_up_by_itself_whenever_its_start_was_ended(life: Life) -> None:
    """Ten moments and more, one after another, each by the traces of the one before."""
    assert any("ready: " in line for line in life.last.lines), life.last.lines
    assert httpx.get(f"{life.url}/health/ready", timeout=60).json() == {"status": "ready"}


def test_an_interrupted_start_says_what_it_leaves_running(life: Life) -> None:
    """In one line, without a traceback."""
    told = [run.lines for _, sent, run in life.ended if sent == signal.SIGINT]
    assert len(told) == 6
    for lines in told:
        assert "left running" in lines[-1], lines
        assert not any("Traceback" in line for line in lines), lines


def test_a_request_that_was_begun_is_answered_and_kept_when_the_service_is_ended(
    life: Life,
) -> None:
    """Its body comes while `down` waits for it; its document and its count are on the disk."""
    body = json.dumps({"namespace": "last", "documents": [{"id": "1", "text": "the last word"}]})
    with socket.create_connection(("127.0.0.1", life.port)) as connection:
        head = f"PUT /documents HTTP/1.1\r\nHost: 127.0.0.1:{life.port}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(f"{head}{body[:9]}".encode())
        ending = Running(life.home, "down")
        until(lambda: ending.said("waiting for 1 request"), "it is waited for")
        connection.sendall(body[9:].encode())
        answer = connection.recv(65536).decode()
    assert ending.wait() == 0, ending.lines
    assert answer.startswith("HTTP/1.1 200 "), answer
    assert cluster.recorded(life.home) is None
    assert asyncio.run(_text(life.home / "index")) == "the last word"
    with sqlite3.connect(life.home / "metrics.sqlite") as db:
        counted = db.execute("SELECT value FROM counted WHERE series = ?", (WRITES,)).fetchone()
    assert counted == (1,)


async def _text(index: Path) -> str | None:
    reader = await IndexReader.open(str(index))
    try:
        return (await reader.get("last", "1")).text
    finally:
        await reader.close()

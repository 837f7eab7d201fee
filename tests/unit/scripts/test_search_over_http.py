"""What the bench of searches over HTTP makes of what it sees."""

import asyncio
import os

from scripts.bench.search_over_http import LoadRound, cpu_s, requests, rows_of, searched
from scripts.bench.support import service


def test_processor_time_is_read_behind_any_name():
    """Titles of Ray's processes hold brackets and spaces."""
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"7 (ray::Search (1) 9) S {' '.join('0' * 10)} {3 * ticks} {2 * ticks} 50 60"
    assert cpu_s(stat) == 5.0


def test_a_round_is_told_by_search():
    """Percentiles of what was waited, searches a second, processor time of each."""
    figures = LoadRound([1.0, 2.0, 3.0, 4.0], lasted_s=2.0, cpu_s=0.012).figures()
    assert figures["p50 ms"] == 2.5
    assert figures["searches/s"] == 2.0
    assert round(figures["CPU ms a search"], 9) == 3.0


def test_bars_are_of_the_concurrency_that_they_are_for():
    """The rate is not judged of one at a time."""
    slow = {"p50 ms": 7.0, "searches/s": 100.0}
    floor = {"p50 ms": 4.0, "searches/s": 300.0}
    assert "4 by two deployments" in next(rows_of(1, slow, floor))["baseline"]
    assert [line["verdict"] for line in rows_of(1, slow, floor)] == ["missed", "reported"]
    assert [line["verdict"] for line in rows_of(8, slow, floor)] == ["reported", "missed"]


def test_each_search_is_sent_once(monkeypatch):
    """However many connections share the load; its end is the round's."""
    heard: list[bytes] = []

    async def answer(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            heard.append(await reader.readexactly(length))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    async def act():
        async with await asyncio.start_server(_until_gone(answer), "127.0.0.1", 0) as server:
            monkeypatch.setattr(service, "PORT", server.sockets[0].getsockname()[1])
            stream = requests([[0.6, 0.8]], seed=1)
            load = [next(stream) for _ in range(7)]
            return load, await searched(iter(load), connections=3, seconds=60.0)

    load, taken = asyncio.run(act())
    assert len(taken) == 7
    assert sorted(heard) == sorted(sent.split(b"\r\n\r\n", 1)[1] for sent in load)
    assert len(set(heard)) == 7


def _until_gone(answer):
    async def served(reader, writer):
        try:
            await answer(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    return served

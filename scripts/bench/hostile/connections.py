"""One address holds thousands of idle and slow connections: do others notice?

The bar: 5,000 idle and 64 slow connections from 127.0.0.1, no failure of a client at 127.0.0.2.
The attacker opens again what is closed, in a process of its own, for as long as is measured.
Everything is on loopback and ends by itself.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Event
from typing import Any

from scripts.bench.support.service import PORT, report, row, service

ATTACKER, QUIET = "127.0.0.1", "127.0.0.2"
KINDS = ("silent", "kept")
"""Of idle connections: those that never say anything, and those that ask for a probe first."""
QUERY = json.dumps({"query": "a red mug", "limit": 3}).encode()
PAUSE_S = 0.05
TIMEOUT_S = 10.0
PROBE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = (
    # A head, a body and a reader, each as slow as is let.
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    b"POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 60000\r\n\r\n",
    b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
)


def main() -> None:
    """Parse arguments, measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=5000)
    parser.add_argument("--slow", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--port", type=int, help="of a service that runs, instead of an own one")
    args = parser.parse_args()
    if args.port is not None:
        measure(args.port, args)
        return
    with service({"model": "brainwav-demo"}):
        measure(PORT, args)


def measure(port: int, args: argparse.Namespace) -> None:
    """Ask alone, then beside each kind of attacker, then after it."""
    _write_one(port)
    results: dict[str, Any] = {"alone": quiet(port, args.seconds / 2)}
    for kind in KINDS:
        with attacked(port, args.idle, args.slow, kind) as told:
            results[kind] = quiet(port, args.seconds)
        results[kind]["attacker"] = dict(told)
    results["after"] = quiet(port, args.seconds / 4)
    alone = results["alone"]
    rows = [
        line
        for name, result in results.items()
        for line in (
            row(f"{name}: failures of others", result["failures"], "0", not result["failures"]),
            row(f"{name}: p99 ms of others", result["p99_ms"], "", None, f"{alone['p99_ms']} ms"),
            row(f"{name}: held at most", result.get("attacker", {}).get("most_open", 0), "", None),
        )
    ]
    report("connections", rows, {"results": results})


def _write_one(port: int) -> None:
    body = json.dumps({"documents": [{"id": "mug", "text": "a red mug"}]}).encode()
    status = asyncio.run(_ask(port, _request("PUT", "/documents", body)))
    if status != 200:
        raise SystemExit(f"PUT /documents: {status}")


def quiet(port: int, seconds: float) -> dict[str, Any]:
    """Ask now and then, each time over a new connection and over a kept one."""
    return asyncio.run(_quiet(port, seconds))


async def _quiet(port: int, seconds: float) -> dict[str, Any]:
    took_ms: list[float] = []
    failures: Counter[str] = Counter()
    search = _request("POST", "/search", QUERY)
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        for request in (PROBE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), search):
            start_s = time.perf_counter()
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    status = await _ask(port, request)
                problem = "" if status == 200 else str(status)
            except (OSError, TimeoutError, ValueError, IndexError) as error:
                problem = type(error).__name__
            took_ms.append((time.perf_counter() - start_s) * 1000)
            failures[problem] += bool(problem)
        await asyncio.sleep(PAUSE_S)
    took_ms.sort()
    return {
        "requests": len(took_ms),
        "failures": sum(failures.values()),
        "kinds": {kind: count for kind, count in failures.items() if count},
        "p50_ms": round(took_ms[len(took_ms) // 2], 1),
        "p99_ms": round(took_ms[int(len(took_ms) * 0.99)], 1),
    }


async def _ask(port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(QUIET, 0))
    try:
        writer.write(request)
        return int((await reader.read()).split()[1])
    finally:
        writer.close()


def _request(method: str, path: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


@contextlib.contextmanager
def attacked(port: int, idle: int, slow: int, kind: str) -> Any:
    """Hold connections while the block runs; yields what the attacker tells in the end."""
    spawn = multiprocessing.get_context("spawn")
    told = spawn.Manager().dict()
    stop = spawn.Event()
    process = spawn.Process(target=attack, args=(port, idle, slow, kind, stop, told))
    process.start()
    try:
        while "begun" not in told and process.is_alive():
            time.sleep(0.1)
        yield told
    finally:
        stop.set()
        process.join(60)
        if process.is_alive():
            process.kill()


def attack(port: int, idle: int, slow: int, kind: str, stop: Event, told: Any) -> None:
    """Open connections and keep them open until told to stop."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_attack(port, idle, slow, kind, stop, told))


async def _attack(port: int, idle: int, slow: int, kind: str, stop: Event, told: Any) -> None:
    counts: Counter[str] = Counter()
    first = PROBE if kind == "kept" else b""
    holders = [
        *(_holder(port, lambda r, w: _hold(r, w, first), counts) for _ in range(idle)),
        *(_holder(port, _slowly(SLOW[n % len(SLOW)]), counts) for n in range(slow)),
    ]
    tasks = [asyncio.create_task(holder) for holder in holders]
    begin_s = time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(0.1)
        counts["most_open"] = max(counts["most_open"], counts["open"])
        if counts["opened"] >= idle + slow or time.monotonic() - begin_s > 10:
            told["begun"] = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    told.update(counts)


HoldConnection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _holder(port: int, held: HoldConnection, counts: Counter[str]) -> None:
    """Hold one connection, and open it again a second after it was closed."""
    while True:
        counts["opened"] += 1
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, limit=1024, local_addr=(ATTACKER, 0)
            )
            counts["open"] += 1
            try:
                await held(reader, writer)
            finally:
                counts["open"] -= 1
                writer.close()
        await asyncio.sleep(1)


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes) -> None:
    writer.write(first)
    while await reader.read(1024):
        pass


def _slowly(text: bytes) -> HoldConnection:
    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        while not reader.at_eof():
            await asyncio.sleep(2)
            # A byte now and then: more of the head, more of the body, more of the answer read.
            writer.write(b" ")
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.01)

    return held


if __name__ == "__main__":
    main()

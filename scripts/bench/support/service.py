"""What the benches share: a service of their own, a lean client, tables and JSON."""

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from deployments.checking.config import raise_limits
from scripts.reference.results import keep_if_asked

PROJECT = Path(__file__).resolve().parents[3]
RESULTS = PROJECT / "bench-results"
PORT = 8190
TWO_THREADS_CPUS = 1.1
"""Shares are rounded up to threads; the rest of two cores is for the other deployments."""


@contextlib.contextmanager
def service(
    model: Mapping[str, Any],
    embedder_cpus: float | None = None,
    keep: Path | None = None,
    change: Callable[[dict[str, Any], Path], None] = lambda config, state: None,
) -> Iterator[Path]:
    """Run a service of its own on port 8190 with an empty index; yields its state folder.

    Args:
        model: The `model` settings.
        embedder_cpus: CPU share of the Embedder's one replica, which sizes its threads; the
            default configuration's if not given.
        keep: A state folder to use; by default a temporary one, deleted afterwards.
        change: Changes the configuration in place; the state folder is its second argument.
    """
    with tempfile.TemporaryDirectory(prefix="brainwav-bench-") as temporary:
        state = keep or Path(temporary)
        config = bench_config(model, embedder_cpus, state / "index")
        change(config, state)
        path = state / "serve_config.yaml"
        path.write_text(yaml.safe_dump(config))
        try:
            _script("up.py", "--config", str(path), "--state", str(state))
            yield state
        finally:
            _script("down.py", "--state", str(state))


def bench_config(
    model: Mapping[str, Any], embedder_cpus: float | None, index: Path
) -> dict[str, Any]:
    """Return serve_config.yaml with another model, port and index, at a fixed size."""
    config = deepcopy(yaml.safe_load((PROJECT / "serve_config.yaml").read_text()))
    config["http_options"]["port"] = PORT
    raise_limits(config)
    app = config["applications"][0]
    app["args"] = {"model": dict(model), "index": {"uri": str(index)}}
    for deployment in app["deployments"]:
        if scaling := deployment.get("autoscaling_config"):
            # A second replica in mid-measurement would be another service.
            scaling["max_replicas"] = 1
        if deployment["name"] == "Embedder" and embedder_cpus is not None:
            deployment["ray_actor_options"]["num_cpus"] = embedder_cpus
    return config


def url(path: str = "") -> str:
    """Return an address of the bench service."""
    return f"http://127.0.0.1:{PORT}{path}"


def _script(name: str, *arguments: str) -> None:
    command = [sys.executable, str(PROJECT / "scripts" / name), *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr)


def http_request(path: str, body: bytes, content_type: str) -> bytes:
    """Return the bytes of a POST, so that sending one costs the client next to nothing."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def multipart(file: bytes, fields: Mapping[str, str]) -> tuple[bytes, str]:
    """Return a multipart body with one file, and its content type."""
    boundary = "brainwav-bench-boundary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n"
    )
    body = b"".join(parts) + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


class Connection:
    """One keep-alive connection that sends prepared bytes and reads whole answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls) -> "Connection":
        """Connect to the bench service."""
        return cls(*await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 24))

    async def send(self, request: bytes) -> bytes:
        """Send a request and return the answer's body; anything but 200 ends the bench."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        body = await self._reader.readexactly(length)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{head.splitlines()[0]!r}: {body[:500]!r}")
        return body

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def per_second(requests: Sequence[bytes], concurrency: int, seconds: float) -> float:
    """Return answered requests per second at a fixed concurrency, after a short warm-up."""

    async def main() -> float:
        connections = [await Connection.open() for _ in range(concurrency)]
        await _drive(connections, requests, 2.0)
        start_s = time.perf_counter()
        answered = await _drive(connections, requests, seconds)
        rate = answered / (time.perf_counter() - start_s)
        for connection in connections:
            connection.close()
        return rate

    return asyncio.run(main())


async def _drive(
    connections: Sequence[Connection], requests: Sequence[bytes], seconds: float
) -> int:
    deadline_s = time.perf_counter() + seconds
    counts = [0] * len(connections)

    async def worker(number: int, connection: Connection) -> None:
        turn = number
        while time.perf_counter() < deadline_s:
            await connection.send(requests[turn % len(requests)])
            turn += len(connections)
            counts[number] += 1

    async with asyncio.TaskGroup() as group:
        for number, connection in enumerate(connections):
            group.create_task(worker(number, connection))
    return sum(counts)


def milliseconds(call: Callable[[], object], rounds: int) -> float:
    """Return the median time of a call."""
    times = []
    for _ in range(rounds):
        start_s = time.perf_counter()
        call()
        times.append(time.perf_counter() - start_s)
    return statistics.median(times) * 1000


def report(name: str, rows: Sequence[Mapping[str, Any]], extra: Mapping[str, Any]) -> None:
    """Print a table, write bench-results/<name>.json, and keep the rows where that was asked."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(
        json.dumps({**extra, "rows": list(rows)}, indent=2) + "\n"
    )
    keep_if_asked(name, rows)
    columns = list(rows[0])
    table = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    print(f"\n{name}")
    for line in table:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
    sys.stdout.flush()


def row(
    what: str, measured: float, bar: str, met: bool | None, baseline: str = ""
) -> dict[str, Any]:
    """Return a line of a report: measured beside its bar and its baseline."""
    verdict = {True: "met", False: "missed", None: "reported"}[met]
    return {
        "what": what,
        "measured": f"{measured:.3g}" if measured < 1000 else f"{measured:,.0f}",
        "bar": bar,
        "verdict": verdict,
        "baseline": baseline,
    }

"""What the energy benches share: a load that reads joules from headers, and reports as differences.

Runs in the bench's own process; what it costs itself is on the node's account as overhead.
"""

import asyncio
import contextlib
import itertools
import json
import statistics
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CONNECT_TRIES = 120
IDLE_S = 3.0
"""A proxy closes connections that rest longer; what is sent on one of those gets no answer."""
SETTLE_S = 7.0
"""After a load: by then its last request is settled."""


@dataclass(slots=True)
class LoadAnswers:
    """What a load was answered."""

    statuses: dict[int, int] = field(default_factory=dict)
    joules: float = 0.0
    """Sum of the headers."""
    stated: int = 0
    """Answers that had one."""
    took_s: list[float] = field(default_factory=list)
    late: int = 0
    """Requests that could not be sent when they were due."""
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Return all answers."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Return answers that are no success; 0 stands for connections that broke."""
        return sum(count for status, count in self.statuses.items() if status != 200)

    def percentile_ms(self, share: float) -> float:
        """Return a percentile of the time answers took."""
        return sorted(self.took_s)[int(share * (len(self.took_s) - 1))] * 1000

    def add(self, other: "LoadAnswers") -> "LoadAnswers":
        """Take in another load's answers."""
        for status, count in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + count
        self.joules += other.joules
        self.stated += other.stated
        self.took_s += other.took_s
        self.late += other.late
        self.seconds = max(self.seconds, other.seconds)
        return self


Make = Callable[[int], bytes]
"""Returns the bytes of request number n."""


async def load(
    port: int, make: Make, connections: int, seconds: float, rate: float = 0.0
) -> LoadAnswers:
    """Send for so long: as fast as answers come, or at a fixed rate whatever they take."""
    numbers, start_s = itertools.count(), time.perf_counter()
    parts = [
        _connection(port, make, numbers, start_s, seconds, rate, connections)
        for _ in range(connections)
    ]
    told = LoadAnswers()
    for part in await asyncio.gather(*parts):
        told.add(part)
    return told


async def _connection(
    port: int,
    make: Make,
    numbers: itertools.count,
    start_s: float,
    seconds: float,
    rate: float,
    connections: int,
) -> LoadAnswers:
    told = LoadAnswers()
    reader, writer = await _connected(port)
    used_s = time.perf_counter()
    while True:
        number = next(numbers)
        due_s = start_s + number / rate if rate else time.perf_counter()
        if max(due_s, time.perf_counter()) >= start_s + seconds:
            break
        wait_s = due_s - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        elif rate and wait_s < -1.0 / rate * connections:
            told.late += 1
        if time.perf_counter() - used_s > IDLE_S:
            writer.close()
            reader, writer = await _connected(port)
        sent_s = time.perf_counter()
        try:
            writer.write(make(number))
            status, joules = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            status, joules = 0, None
            reader, writer = await _connected(port)
        used_s = time.perf_counter()
        told.statuses[status] = told.statuses.get(status, 0) + 1
        told.took_s.append(time.perf_counter() - sent_s)
        if joules is not None:
            told.joules += joules
            told.stated += 1
    writer.close()
    told.seconds = time.perf_counter() - start_s
    return told


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    # A proxy that was replaced listens again in a moment.
    for _ in range(CONNECT_TRIES):
        with contextlib.suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        await asyncio.sleep(0.5)
    raise ConnectionError(f"nobody listens on port {port}")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, float | None]:
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    fields = {
        name.lower(): value.strip()
        for name, value in (line.split(b":", 1) for line in head[1:] if b":" in line)
    }
    await reader.readexactly(int(fields.get(b"content-length", b"0")))
    joules = fields.get(b"x-energy-joules")
    return int(head[0].split()[1]), None if joules is None else float(joules)


def request(
    method: str, path: str, body: bytes, content_type: str, headers: Mapping[str, str] = {}
) -> bytes:
    """Return a request's bytes."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"{extra}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def json_request(path: str, content: Any, headers: Mapping[str, str] = {}) -> bytes:
    """Return a POST of JSON."""
    return request("POST", path, json.dumps(content).encode(), "application/json", headers)


class EnergyBooks:
    """The service's report, and what was used between two of them."""

    def __init__(self, url: str, headers: Mapping[str, str] = {}) -> None:
        self._url = url
        self._headers = dict(headers)

    def report(self) -> dict[str, Any]:
        """Return `GET /sustainability`."""
        return self._send("GET", "/sustainability")

    def switch(self, mode: str) -> dict[str, Any]:
        """Switch the mode and return its state."""
        return self._send("PUT", "/sustainability/mode", {"mode": mode})

    def await_mode(self, mode: str, timeout_s: float = 180.0) -> dict[str, str]:
        """Return what every replica says once all have applied a mode.

        Raises:
            TimeoutError: They have not.
        """
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            replicas = self.report()["mode"]["replicas"]
            done = all(said.split(":")[0] == mode for said in replicas.values())
            if replicas and done and not any("is judging" in said for said in replicas.values()):
                return replicas
            time.sleep(1.0)
        raise TimeoutError(f"not all replicas are in {mode}: {replicas}")

    def _send(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        body = None if content is None else json.dumps(content).encode()
        headers = self._headers | {"Content-Type": "application/json"}
        message = urllib.request.Request(self._url + path, body, headers, method=method)
        with urllib.request.urlopen(message, timeout=60) as answer:
            return json.load(answer)


@dataclass(frozen=True, slots=True)
class EnergyGained:
    """What the books gained between two reports."""

    seconds: float
    measured_j: float
    requests_j: float
    overhead_j: float
    idle_j: float
    meter_j: float
    unsettled_j: float
    """The second report's less the first's."""
    endpoints: dict[str, dict[str, float]]
    clients: dict[str, float]
    """Joules."""

    @property
    def dynamic_w(self) -> float:
        """Return the mean power above idle."""
        return (self.measured_j - self.idle_j) / self.seconds

    @property
    def mean_w(self) -> float:
        """Return the mean power."""
        return self.measured_j / self.seconds


Window = tuple[LoadAnswers, EnergyGained]
"""What a load was answered, and what the books gained meanwhile."""


async def switch_in_turn(books: EnergyBooks, seconds: float) -> int:
    """Choose every mode in turn, each for three seconds, and end; return how often."""
    modes, count = ("eco", "power_cap", "auto", "full"), 0
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        await asyncio.to_thread(books.switch, modes[count % 4])
        count += 1
        await asyncio.sleep(3.0)
    return count


def used(before: Mapping[str, Any], after: Mapping[str, Any]) -> EnergyGained:
    """Return the difference of two reports."""

    def passed(name: str) -> float:
        return after[name] - before[name]

    old = {row["endpoint"]: row for row in before["endpoints"]}
    endpoints = {
        row["endpoint"]: {
            name: row[name] - old.get(row["endpoint"], {}).get(name, 0.0)
            for name in ("energy_j", "cpu_s", "units", "requests")
        }
        for row in after["endpoints"]
    }
    known = {row["client"]: row["energy_j"] for row in before["clients"]}
    clients = {
        row["client"]: row["energy_j"] - known.get(row["client"], 0.0) for row in after["clients"]
    }
    return EnergyGained(
        passed("metered_s"),
        passed("measured_j"),
        passed("requests_j"),
        passed("overhead_j"),
        passed("idle_j"),
        passed("meter_j"),
        passed("unsettled_j"),
        endpoints,
        clients,
    )


def mean(values: Sequence[float]) -> float:
    """Return the mean of a mode's windows."""
    return statistics.fmean(values)

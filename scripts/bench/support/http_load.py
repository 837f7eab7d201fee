"""A lean HTTP load: prepared bytes on keep-alive connections, in a process of its own.

Reads a JSON list of groups (see ``ConnectionGroup``) from stdin and writes what was answered to
stdout.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

PREPARE_S = 0.5
"""Connections are open before the first request is due."""


@dataclass
class ConnectionGroup:
    """Connections that send the same kind of request.

    Args:
        heads: Requests; connection n sends number n, modulo their number.
        connections: How many.
        seconds: For how long.
        requests: At most so many for each connection; 0: as many as fit.
        rate: Requests a second of the whole group; 0: each sends as soon as it was answered.
        together: All connections begin in the same instant instead of evenly spread.
        latencies: Report how long each answer took.
    """

    heads: list[str]
    connections: int
    seconds: float
    rate: float = 0.0
    requests: int = 0
    together: bool = False
    latencies: bool = False


@dataclass
class GroupAnswers:
    """What a group was answered."""

    statuses: dict[str, int] = field(default_factory=dict)
    degraded: int = 0
    unanswered: int = 0
    """Connections that broke."""
    late: int = 0
    """Requests that were due while the one before was still out: the load was not offered."""
    first_s: float = 0.0
    last_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def lasted_s(self) -> float:
        """Return the time from the first request to the last answer."""
        return self.last_s - self.first_s

    def count(self, status: int) -> int:
        """Return the answers of a status."""
        return self.statuses.get(str(status), 0)


def load(port: int, groups: Sequence[ConnectionGroup]) -> list[GroupAnswers]:
    """Run groups side by side in one process and return what each was told."""
    return finish(begin(port, groups))


def begin(port: int, groups: Sequence[ConnectionGroup]) -> subprocess.Popen:
    """Start a load without waiting for it."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps([asdict(group) for group in groups]).encode())
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: subprocess.Popen) -> list[GroupAnswers]:
    """Wait for a load to end."""
    output, _ = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(f"the load ended with {process.returncode}")
    return [GroupAnswers(**told) for told in json.loads(output)]


class Caller(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, group: ConnectionGroup, number: int, told: GroupAnswers) -> None:
        self._request = group.heads[number % len(group.heads)].encode("latin-1")
        self._group = group
        self._number = number
        self._told = told
        self._buffer = b""
        self._sent_s = 0.0
        self._busy = False
        self._over = False
        self._count = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self._transport = transport

    def begin(self, start_s: float) -> None:
        """Send the first request when it is due."""
        group, loop = self._group, asyncio.get_running_loop()
        self._ends_s = start_s + group.seconds
        self._every_s = group.connections / group.rate if group.rate else 0.0
        spread = 0.0 if group.together else self._number / group.connections
        self._due_s = start_s + spread * self._every_s
        loop.call_at(self._due_s, self._fire)

    def _fire(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if now_s >= self._ends_s or self._count == self._group.requests != 0:
            self._over = True
            if not self._busy:
                self._finish()
            return
        if self._busy:
            self._told.late += 1
        else:
            self._send()
        if self._every_s:
            self._due_s += self._every_s
            loop.call_at(self._due_s, self._fire)

    def _send(self) -> None:
        self._busy = True
        self._count += 1
        self._sent_s = time.perf_counter()
        self._told.first_s = self._told.first_s or self._sent_s
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = self._buffer[end + 4 + length :]
        self._answered(head)

    def _answered(self, head: bytes) -> None:
        # The loop's own clock ticks in milliseconds.
        told, now_s = self._told, time.perf_counter()
        status = head[9:12].decode()
        told.statuses[status] = told.statuses.get(status, 0) + 1
        told.degraded += b"x-ratelimit-policy: degraded" in head
        told.last_s = now_s
        if self._group.latencies:
            told.latencies_ms.append((now_s - self._sent_s) * 1000)
        self._busy = False
        if self._over:
            self._finish()
        elif not self._every_s:
            self._fire()

    def connection_lost(self, error) -> None:
        if not self.done.done():
            self._told.unanswered += 1
            self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()


async def run(port: int, groups: Sequence[ConnectionGroup]) -> list[GroupAnswers]:
    """Run groups side by side."""
    loop = asyncio.get_running_loop()
    told = [GroupAnswers() for _ in groups]
    callers: list[Caller] = []
    for group, answers in zip(groups, told, strict=True):
        for number in range(group.connections):
            _, caller = await loop.create_connection(
                lambda g=group, n=number, a=answers: Caller(g, n, a), "127.0.0.1", port
            )
            callers.append(caller)
    start_s = loop.time() + PREPARE_S
    for caller in callers:
        caller.begin(start_s)
    await asyncio.gather(*(caller.done for caller in callers))
    return told


def main() -> None:
    """Run what stdin says."""
    import uvloop

    groups = [ConnectionGroup(**group) for group in json.load(sys.stdin)]
    told = uvloop.run(run(int(sys.argv[1]), groups))
    json.dump([asdict(answers) for answers in told], sys.stdout)


if __name__ == "__main__":
    main()

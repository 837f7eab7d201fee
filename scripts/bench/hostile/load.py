"""Hostile bodies by route, sent sixteen at once by a process of its own; stops what was answered.

Reads a JSON job from stdin (see ``main``) and writes what was answered to stdout.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MIB = 1024 * 1024
PIECE_BYTES = 64 * 1024
GIVE_UP_S = 30.0
JSON_TYPE = "application/json"
FORM_TYPE = "multipart/form-data; boundary=hostile"


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A body that is made while it is sent: what begins it, what repeats, what ends it."""

    name: str
    head: bytes
    unit: bytes = b""
    times: int = 0
    tail: bytes = b""
    content_type: str = JSON_TYPE
    is_declared: bool = True
    """Whether its length is, or it comes in chunks."""

    def __len__(self) -> int:
        return len(self.head) + len(self.unit) * self.times + len(self.tail)

    def pieces(self) -> Iterator[bytes]:
        """Yield it."""
        yield self.head
        many = max(1, PIECE_BYTES // max(1, len(self.unit)))
        block, left = self.unit * many, self.times
        while left > 0:
            yield block if left >= many else self.unit * left
            left -= many
        yield self.tail


@dataclass(frozen=True, slots=True)
class HostileRoute:
    """Where hostile bodies go: which list it has, the least valid body, and its cap."""

    method: str
    path: str
    field: str
    valid: str
    cap_bytes: int


ROUTES = (
    HostileRoute("POST", "/embed", "inputs", '"inputs": [{"text": "a"}]', 64 * MIB),
    HostileRoute("POST", "/v1/embeddings", "input", '"input": "a", "model": "m"', 64 * MIB),
    HostileRoute("PUT", "/documents", "documents", '"documents": [{"text": "a"}]', 64 * MIB),
    HostileRoute("POST", "/search", "vector", '"query": "a"', 24 * MIB),
    HostileRoute("POST", "/agents/plan", "tools", '"goal": "a film"', 24 * MIB),
    HostileRoute("POST", "/agents/reflect", "results", '"goal": "a film", "answer": "b"', 24 * MIB),
    HostileRoute("PUT", "/sustainability/mode", "mode", '"mode": "full"', MIB),
)
FORMS = (
    HostileRoute("POST", "/documents/upload", "file", "", 64 * MIB),
    HostileRoute("POST", "/embed/multimodal", "file", "", 24 * MIB),
)


def json_bodies(route: HostileRoute) -> list[StreamedBody]:
    """Return thirty bodies of up to the route's cap."""
    cap, field = route.cap_bytes, route.field
    own, listed = f"{{{route.valid}, ".encode(), f'{{"{field}": ['.encode()
    full = cap - 1024

    def repeated(
        name: str, head: bytes, unit: bytes, tail: bytes, most: int = full
    ) -> StreamedBody:
        return StreamedBody(name, head, unit, (most - len(head) - len(tail)) // len(unit), tail)

    deep = 900
    bodies = [
        repeated("zeros", listed, b"0,", b"0]}"),
        repeated("objects", listed, b"{},", b"{}]}"),
        repeated("lists", listed, b"[],", b"[]]}"),
        repeated("nulls", listed, b"null,", b"0]}"),
        repeated("strings", listed, b'"a",', b'"a"]}'),
        repeated("empty strings", listed, b'"",', b'""]}'),
        repeated("floats", listed, b"0.1234567890123456,", b"0]}"),
        repeated("long strings", listed, b'"' + b"s" * 60_000 + b'",', b"0]}"),
        repeated("doubled names", own, b'"x":1,', b'"x":1}'),
        StreamedBody("18,000 values", listed, b"0,", 18_000, b"0]}"),
        StreamedBody("18,000 objects", listed, b"{},", 18_000, b"0]}"),
        StreamedBody("90,000 objects", listed, b"{},", 90_000, b"0]}"),
        StreamedBody("90,000 objects of one", listed, b'{"a":1},', 45_000, b"0]}"),
        StreamedBody("deep objects", own + b'"x":', b'{"a":', deep, b"1" + b"}" * deep + b"}"),
        StreamedBody("deep lists", own + b'"x":', b"[", deep, b"]" * deep + b"}"),
        repeated("open lists", own + b'"x":', b"[", b""),
        repeated("one string", own + b'"x": "', b"s", b'"}'),
        repeated("one name", own + b'"', b"n", b'": 1}'),
        repeated("escapes", own + b'"x": "', b"\\u0041", b'"}'),
        repeated("quotes", own + b'"x": "', b'\\"', b'"}'),
        repeated("backslashes", own + b'"x": "', b"\\\\", b'"}'),
        repeated("wide characters", own + b'"x": "', "😀".encode(), b'"}'),
        repeated("spaces", own, b" ", b'"x": 1}'),
        repeated("digits", own + b'"x": ', b"9", b"}"),
        repeated("nothing but quotes", own, b'"', b""),
        repeated("no utf-8", own + b'"x": "', b"\xff", b'"}'),
        repeated("zero bytes", b"", b"\x00", b""),
        repeated("over the cap", own + b'"x": "', b"s", b'"}', cap + MIB),
        repeated("unknown long names", own, b'"' + b"k" * 20_000 + b'": 1,', b'"z": 1}'),
    ]
    chunked = repeated("zeros in chunks", listed, b"0,", b"0]}")
    return [
        *bodies,
        StreamedBody(
            chunked.name,
            chunked.head,
            chunked.unit,
            chunked.times,
            chunked.tail,
            JSON_TYPE,
            is_declared=False,
        ),
    ]


def form_bodies(route: HostileRoute) -> list[StreamedBody]:
    """Return thirty forms of up to the route's cap."""
    full = route.cap_bytes - 1024
    file = b'--hostile\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
    text = b'--hostile\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    end = b"\r\n--hostile--\r\n"

    def filled(name: str, head: bytes, unit: bytes, tail: bytes = end) -> StreamedBody:
        times = (full - len(head) - len(tail)) // len(unit)
        return StreamedBody(name, head, unit, times, tail, FORM_TYPE)

    kinds = [
        filled("a file of half boundaries", file + b"\r\n", b"\r\n--hostil"),
        filled("a file of line ends", file + b"\r\n", b"\r\n-\r\n-"),
        filled("a long field", text, b"t"),
        filled("a long header", file + b"X: ", b"h", b"\r\n\r\n" + end),
        filled("many headers", file, b"X: h\r\n", b"\r\n" + end),
        filled("many empty files", b"", file + b"\r\n\r\n", b"--hostile--\r\n"),
        filled("many fields", b"", text + b"a\r\n", b"--hostile--\r\n"),
        filled("no boundary at all", b"", b"a"),
        filled("a long boundary line", b"--hostile", b" "),
        filled("line ends before the first part", b"", b"\r\n"),
    ]
    return [kinds[number % len(kinds)] for number in range(30)]


def bodies_of(route: HostileRoute) -> list[StreamedBody]:
    """Return thirty hostile bodies."""
    return form_bodies(route) if route in FORMS else json_bodies(route)


async def send(
    host: str, port: int, route: HostileRoute, body: StreamedBody, key: str
) -> dict[str, object]:
    """Send one body until it was answered, and return how that went.

    What counts is when the answer came: whoever answers early reads no more, and a sender that
    waits until it may go on would count its own waiting.
    """
    start_s = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    length = f"Content-Length: {len(body)}" if body.is_declared else "Transfer-Encoding: chunked"
    head = (
        f"{route.method} {route.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{key}"
        f"Content-Type: {body.content_type}\r\n{length}\r\n\r\n"
    )
    answered = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n"))
    whole_s, came_s = start_s, list[float]()

    def came(_: object) -> None:
        came_s.append(time.perf_counter())
        writer.transport.abort()

    answered.add_done_callback(came)
    told: dict[str, object] = {
        "route": route.path,
        "body": body.name,
        "status": 0,
        "retry_after": False,
    }
    try:
        async with asyncio.timeout(GIVE_UP_S):
            writer.write(head.encode())
            for piece in body.pieces():
                if answered.done() or not piece:
                    continue
                framed = b"%x\r\n%b\r\n" % (len(piece), piece)
                writer.write(piece if body.is_declared else framed)
                await writer.drain()
                whole_s = time.perf_counter()
            if not body.is_declared and not answered.done():
                writer.write(b"0\r\n\r\n")
            answer = (await answered).lower()
            told |= {"status": int(answer[9:12]), "retry_after": b"\r\nretry-after:" in answer}
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        if answered.done() and not answered.cancelled() and answered.exception() is None:
            answer = answered.result().lower()
            told |= {"status": int(answer[9:12]), "retry_after": b"\r\nretry-after:" in answer}
        else:
            told["broke"] = repr(error)
    finally:
        answered.cancel()
        writer.transport.abort()
    now_s = came_s[0] if came_s else time.perf_counter()
    return (
        told | {"at_s": now_s} | {"took_s": now_s - start_s, "after_last_byte_s": now_s - whole_s}
    )


VALID = (
    (
        HostileRoute("POST", "/embed", "", "", 0),
        b'{"inputs": [' + b'{"text": "a red mug"}, ' * 7 + b'{"text": "b"}]}',
    ),
    (
        HostileRoute("PUT", "/documents", "", "", 0),
        b'{"namespace": "bench", "documents": ['
        + b'{"id": "a", "text": "a blue mug"}, ' * 3
        + b'{"id": "b", "text": "b"}]}',
    ),
    (HostileRoute("POST", "/search", "", "", 0), b'{"query": "a red mug"}'),
    (
        HostileRoute("POST", "/agents/plan", "", "", 0),
        b'{"goal": "a red mug and a lamp", "strategy": "single"}',
    ),
    (
        HostileRoute("POST", "/agents/reflect", "", "", 0),
        b'{"goal": "a red mug", "answer": "a mug [d1]"}',
    ),
)
"""What clients send otherwise; the same number at once."""


def work(kind: str, paths: Sequence[str]) -> Iterator[tuple[HostileRoute, StreamedBody]]:
    """Yield bodies without end, route by route."""
    while True:
        for number in range(30 if kind == "valid" else 0):
            for route, content in VALID:
                yield route, StreamedBody(f"valid {number}", content)
        for route in (*ROUTES, *FORMS) if kind == "hostile" else ():
            if not paths or route.path in paths:
                for body in bodies_of(route):
                    yield route, body


LOOK_S = 0.02


async def pauses(late_s: list[float]) -> None:
    """Note how late this process looks at what came, again and again."""
    while True:
        due_s = time.perf_counter() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late_s.append(time.perf_counter() - due_s)


async def run(job: dict[str, Any], late_s: list[float]) -> list[dict[str, object]]:
    """Send bodies, so many at once, one of each key, until the time is over."""
    watching = asyncio.ensure_future(pauses(late_s))
    ends_s = time.perf_counter() + job["seconds"]
    left = work(job["kind"], job.get("paths", ()))
    results: list[dict[str, object]] = []

    async def one(key: str) -> None:
        for route, body in left:
            if time.perf_counter() > ends_s:
                return
            results.append(await send("127.0.0.1", job["port"], route, body, key))

    await asyncio.gather(*(one(job["keys"][n % len(job["keys"])]) for n in range(job["at_once"])))
    watching.cancel()
    return results


def main() -> None:
    """Send what stdin asks for: port, kind, seconds, at_once, keys and maybe paths."""
    late_s: list[float] = []
    results = asyncio.run(run(json.load(sys.stdin), late_s))
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"answers": results, "cpu_s": used.ru_utime + used.ru_stime, "late_s": late_s}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

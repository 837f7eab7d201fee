"""Lines of calls: as every other line is, and written many at once."""

from datetime import UTC, datetime

import orjson

from telemetry.context import CallContext
from telemetry.log_files.call_lines import CallLines

CONTEXT = CallContext("req-1", "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "/search", "c1")
ALWAYS = {"component": "HybridSearch", "replica": "r1"}


def test_a_line_says_whose_call_it_was_and_how_it_went() -> None:
    """In the fields that lines of requests have; the client is not among them."""
    written: list[bytes] = []
    calls = CallLines(written.append, ALWAYS, most=1)
    calls.add(CONTEXT, "search", "ok", 0.0123456, datetime(2026, 11, 30, 12, tzinfo=UTC))
    [line] = map(orjson.loads, written)
    assert line == {
        **ALWAYS,
        "event": "call",
        "method": "search",
        "outcome": "ok",
        "took_ms": 12.346,
        "route": "/search",
        "request_id": "req-1",
        "trace_id": "a" * 32,
        "level": "info",
        "timestamp": "2026-11-30T12:00:00Z",
    }


def test_lines_are_written_together_and_once() -> None:
    """When another line is, or when they are many; each is whole, in the order of time."""
    written: list[bytes] = []
    calls = CallLines(written.append, ALWAYS, most=3)
    for number in range(4):
        calls.add(CONTEXT, f"m{number}", "ok", 0.001)
    assert [chunk.count(b"\n") for chunk in written] == [3]
    calls.flush(b'{"method": "another line"}\n')
    calls.flush()
    assert [chunk.count(b"\n") for chunk in written] == [3, 2]
    lines = b"".join(written).splitlines()
    assert [orjson.loads(line)["method"] for line in lines] == [
        *["m0", "m1", "m2", "m3"],
        "another line",
    ]

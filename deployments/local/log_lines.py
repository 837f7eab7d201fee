"""Log lines of every deployment on every node of one home, as one stream ordered by time."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deployments.local.environment import ray_folder

PATTERNS = ("session_*/logs/serve/**/*.jsonl*", "session_*/logs/serve/**/*.log*")
"""Our own lines and Serve's; both rotate by a number behind the ending. All sessions: a restart
begins a new one, and so does each further node with a folder of its own."""
KEYS = ("event", "component", "replica", "level", "timestamp", "request_id", "trace_id")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line; ``at`` is its time in UTC, an ISO text that orders as time does."""

    at: str
    component: str
    level: str
    event: str
    fields: Mapping[str, Any]
    file: Path


def files(home: Path) -> list[Path]:
    """Return every log file of a home, of services that ended too while their folders are there."""
    folder = ray_folder(home)
    # The link to the latest session would show each of its files twice.
    found = {path.resolve() for pattern in PATTERNS for path in folder.glob(pattern)}
    return sorted(path for path in found if path.is_file())


def lines(found: Iterable[Path]) -> Iterator[LogLine]:
    """Yield the lines of all files, the oldest first; what is no JSON object is passed over."""
    # Each file is written in order; only one line of each is held at a time.
    yield from heapq.merge(*(_of_file(path) for path in found), key=lambda line: line.at)


def of_request(found: Iterable[Path], request_id: str) -> Iterator[LogLine]:
    """Yield the lines that belong to one request, in whichever deployment."""
    needle = request_id.encode()
    with_it = [path for path in found if _contains(path, needle)]
    for line in lines(with_it):
        ids = (line.fields.get("request_id"), line.fields.get("trace_id"))
        if request_id in ids:
            yield line


def _of_file(path: Path) -> Iterator[LogLine]:
    with path.open("rb") as file:
        for raw in file:
            if (line := _parsed(raw, path)) is not None:
                yield line


def _parsed(raw: bytes, path: Path) -> LogLine | None:
    try:
        fields = json.loads(raw)
        if not isinstance(fields, dict):
            return None
        at = _moment(fields)
    except (ValueError, KeyError, TypeError):
        return None
    return LogLine(
        at,
        str(fields.get("component") or fields.get("deployment") or path.name.split(".")[0]),
        str(fields.get("level") or fields.get("levelname") or "").lower(),
        str(fields.get("event") or fields.get("message") or ""),
        fields,
        path,
    )


def _moment(fields: Mapping[str, Any]) -> str:
    if "timestamp" in fields:
        moment = datetime.fromisoformat(str(fields["timestamp"]))
    else:
        # Serve's own: local time, a comma before the milliseconds.
        moment = datetime.strptime(str(fields["asctime"]), "%Y-%m-%d %H:%M:%S,%f")
    # A time without a zone is this machine's.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _contains(path: Path, needle: bytes) -> bool:
    with path.open("rb") as file:
        return any(needle in line for line in file)

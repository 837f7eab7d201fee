"""One request's log lines, found again in the files of a node: within bounds, and what was not
looked at is said."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_LINES = 1000
MOST_BYTES = 1024 * 1024 * 1024
"""Read of all files together, the newest first: a second or two of work."""
CHUNK_BYTES = 256 * 1024
"""Read at once: looking through it holds up other threads for a fraction of a millisecond."""


@dataclass(frozen=True, slots=True)
class FoundLines:
    """What a node's files hold of a request."""

    lines: Sequence[dict[str, Any]]
    """As they were written, ordered by time."""
    files: int
    """So many were looked through."""
    left_out: int
    """Files that were not, and lines beyond ``MOST_LINES``."""


def found_lines(
    files: Iterable[Path],
    request_id: str,
    most_lines: int = MOST_LINES,
    most_bytes: int = MOST_BYTES,
) -> FoundLines:
    """Look for the lines that carry a request's id, or its trace's.

    A file that is rotated away meanwhile is passed over; a line cut in the middle is no line.
    """
    needle = json.dumps(request_id)[1:-1].encode()
    found: list[dict[str, Any]] = []
    left, searched, left_out = most_bytes, 0, 0
    for path in sorted(files, key=_written_at, reverse=True):
        size = _size(path)
        if size > left:
            left_out += 1
            continue
        left, searched = left - size, searched + 1
        found += (fields for raw in _with(path, needle) if (fields := _of(raw, request_id)))
    found.sort(key=lambda fields: str(fields.get("timestamp", "")))
    return FoundLines(found[:most_lines], searched, left_out + max(0, len(found) - most_lines))


def _of(raw: bytes, request_id: str) -> dict[str, Any] | None:
    try:
        fields = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    return fields if request_id in (fields.get("request_id"), fields.get("trace_id")) else None


def _with(path: Path, needle: bytes) -> Iterator[bytes]:
    """Yield the whole lines of a file that hold a word."""
    rest = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                whole, newline, rest = (rest + chunk).rpartition(b"\n")
                if newline and needle in whole:
                    yield from (line for line in whole.split(b"\n") if needle in line)
    except OSError:
        return


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

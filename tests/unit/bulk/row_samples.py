"""Rows, good and bad."""

import json
from pathlib import Path

GOOD = ["one", "two", "three", "four"]


def failures(record: Path) -> list[dict[str, str]]:
    path = record / "failures.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def rows(*extra: bytes) -> bytes:
    """Return four good rows of JSON, with others after the second."""
    good = [json.dumps({"text": text}).encode() for text in GOOD]
    return b"\n".join([*good[:2], *extra, *good[2:]]) + b"\n"

"""Lines of a file with their places in it, however long the file or one of them is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

RANGE_BYTES = 1 << 20
MAX_ROW_BYTES = 16 << 20
"""A longer row is left out; nothing that long is a text that somebody searches for."""
ANY_END = re.compile(rb"\r\n|\n|\r")
LF_END = re.compile(rb"\n")


def line_end(first: bytes) -> re.Pattern[bytes]:
    """Return what ends a line of a file that begins so: CR alone only where there is no LF."""
    return LF_END if b"\n" in first else ANY_END


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line with its end; ``text`` is None where it was too long to be kept."""

    start: int
    stop: int
    text: bytes | None


def lines_of(blocks: Iterable[bytes], end: re.Pattern[bytes]) -> Iterator[TextLine]:
    """Yield every line; the last one may lack its end."""
    at, parts, kept = 0, [], 0
    for block in _whole_ends(blocks):
        begun = 0
        for match in end.finditer(block):
            yield _line(at, parts, kept, block[begun : match.end()])
            at += kept + match.end() - begun
            parts, kept, begun = [], 0, match.end()
        rest = block[begun:]
        kept += len(rest)
        # What is too long is counted and not kept.
        if kept <= MAX_ROW_BYTES:
            parts.append(rest)
    if kept:
        yield _line(at, parts, kept, b"")


def _line(at: int, parts: list[bytes], kept: int, last: bytes) -> TextLine:
    size = kept + len(last)
    text = b"".join([*parts, last]) if size <= MAX_ROW_BYTES else None
    return TextLine(at, at + size, text)


def _whole_ends(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks that do not end between the two bytes of one line's end."""
    held = b""
    for block in blocks:
        block = held + block
        held = b"\r" if block.endswith(b"\r") else b""
        if held:
            block = block[:-1]
        if block:
            yield block
    if held:
        yield held


def blocks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file's content piece by piece."""
    while block := file.read(RANGE_BYTES):
        yield block


def too_long(size: int) -> str:
    """Say why a row is left out."""
    return f"the row takes {size} bytes, at most {MAX_ROW_BYTES}"

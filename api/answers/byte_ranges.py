"""A part of a file that a client asks for (RFC 9110, 14): one range of bytes, or all of it."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` to ``end``, without the last."""

    start: int
    end: int

    def told(self, size: int) -> str:
        """Return `Content-Range` of a file of so many bytes."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class NoSuchRange(ValueError):
    """The file has no byte of what was asked for."""


def wanted_range(
    header: str | None, condition: str | None, tag: str, size: int
) -> ByteRange | None:
    """Return the part that is asked for; None: all of it.

    Several ranges, and what is no range of bytes, are answered by all of the file.

    Args:
        header: `Range`.
        condition: `If-Range`: another tag than the file's takes all of it; so does a time, which
            no file here has.
        tag: The file's.
        size: Its bytes.

    Raises:
        NoSuchRange: It begins behind the end.
    """
    if header is None or (condition is not None and condition.strip() != tag):
        return None
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), size if found[2] == "" else min(int(found[2]) + 1, size)
        if found[2] != "" and int(found[2]) < start:
            return None
    if start >= end:
        raise NoSuchRange(f"{header[:80]!r} of a file of {size} bytes")
    return ByteRange(start, end)

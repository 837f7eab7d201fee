"""A text that many ask for, compressed once."""

import gzip
import re
from collections.abc import Callable

LEVEL = 1
"""Metrics repeat themselves: higher levels take longer and save next to nothing."""
_REFUSED = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


def accepts_gzip(header: str | None) -> bool:
    """Whether an ``Accept-Encoding`` asks for gzip (RFC 9110, 12.5.3)."""
    return header is not None and "gzip" in header and _REFUSED.search(header) is None


class LastCompressed:
    """Remembers the compressed form of the last text it was given."""

    def __init__(self, compress: Callable[[bytes, int], bytes] = gzip.compress) -> None:
        self._compress = compress
        self._text, self._compressed = b"", b""

    def of(self, text: bytes) -> bytes:
        """Return ``text`` compressed; the same object is compressed once."""
        if text is not self._text:
            self._text, self._compressed = text, self._compress(text, LEVEL)
        return self._compressed

"""Boxes, of which AVIF files are made: a size, a kind, a body (ISO/IEC 14496-12, 4.2)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.clip.errors import BrokenPicture
from retrieval.clip.pictures.formats.parts import Count


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies in its file."""

    kind: bytes
    body: int
    end: int


class BoxReader:
    """Reads one number after another, of so many bytes each."""

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self._data, self.position, self._end = data, position, end

    def take(self, size: int) -> int:
        """Return the next number.

        Raises:
            IndexError: The box ends before it.
        """
        start, self.position = self.position, self.position + size
        if self.position > self._end:
            raise IndexError
        return int.from_bytes(self._data[start : self.position])


def boxes(data: bytes, position: int, end: int, count: Count) -> Iterator[Box]:
    """Return one box after another.

    Raises:
        BrokenPicture: One is longer than what it lies in.
    """
    while position < end:
        count.add()
        size, kind = struct.unpack_from(">I4s", data, position)
        body = position + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        box_end = position + size if size else end
        if not body <= box_end <= end:
            raise BrokenPicture(f"the picture's box {kind!r} is longer than what it lies in")
        yield Box(kind, body, box_end)
        position = box_end

"""The largest picture of an ICO file, as a file of its own.

An icon holds the same picture in several sizes, each a PNG or a bitmap without its head.
"""

import struct
from dataclasses import dataclass

from retrieval.clip.errors import BrokenPicture, PictureTooLarge
from retrieval.clip.pictures.formats.parts import Count, PictureParts
from retrieval.clip.pictures.formats.png_parts import png_parts

MOST_ENTRIES = 256
MOST_BITMAP_PX = 1024 * 1024
"""Of one that is no PNG; an entry says at most 256 by 256."""
_ENTRY = struct.Struct("<BBBBHHII")
_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = b"\0\0\1\0"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One picture of an icon."""

    width: int
    height: int
    bits: int
    fields: tuple[int, ...]
    place: slice


def ico_parts(data: bytes) -> PictureParts:
    """Return the largest picture, of equal ones that with the most colours."""
    (count,) = struct.unpack_from("<H", data, 4)
    Count("pictures", MOST_ENTRIES).add(count)
    entries = [_entry(data, n) for n in range(count)]
    if not entries:
        raise BrokenPicture("the icon holds no picture")
    largest = max(entries, key=lambda entry: (entry.width * entry.height, entry.bits))
    end = max(entry.place.stop for entry in entries)
    if end > len(data):
        raise BrokenPicture("the icon's pictures reach beyond the file")
    whole = (slice(0, end),)
    taken = _taken(data[largest.place], largest)
    return PictureParts("image/x-icon", 1, whole, whole, end, taken=taken)


def _entry(data: bytes, n: int) -> _Entry:
    fields = _ENTRY.unpack_from(data, 6 + n * _ENTRY.size)
    width, height, colours, _, _, bits, size, start = fields
    depth = bits or (colours.bit_length() if colours else 32)
    return _Entry(width or 256, height or 256, depth, fields, slice(start, start + size))


def _taken(body: bytes, entry: _Entry) -> bytes:
    """Return a file that holds this picture alone."""
    if body.startswith(_PNG):
        parts = png_parts(body)
        return b"".join(body[piece] for piece in parts.kept)
    header, width, height, _, _, packing = struct.unpack_from("<IiiHHI", body)
    if header < 40 or packing not in (0, 3):
        raise BrokenPicture("the icon holds a bitmap of a kind that no icon has")
    if width * abs(height) // 2 > MOST_BITMAP_PX or width <= 0:
        raise PictureTooLarge(f"a bitmap in an icon has at most {MOST_BITMAP_PX} pixels")
    # The size that counts is the bitmap's own; its height holds a mask too.
    width, height = min(width, 256) % 256, min(abs(height) // 2, 256) % 256
    start = 6 + _ENTRY.size
    fields = (width, height, *entry.fields[2:6], len(body), start)
    return _HEAD + struct.pack("<H", 1) + _ENTRY.pack(*fields) + body

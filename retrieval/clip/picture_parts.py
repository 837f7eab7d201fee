"""The parts of a picture file, found without decoding a pixel: frames, metadata, where it ends.

Written against files made to hurt: the number of parts is capped, so that a file of a million
empty parts costs milliseconds and not seconds, and what follows the picture's end is looked at.
"""

import re
import struct
from dataclasses import dataclass

from retrieval.clip.errors import BrokenPicture, PictureTooLarge
from retrieval.picture_type import picture_mime

MOST_PARTS = 100_000
"""JPEG segments, PNG chunks, GIF sub-blocks (16 MiB of full ones are 65,000)."""

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT cICP".split()
)
_PNG_NOTES = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt"))
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_GIF_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_PROGRAM = re.compile(
    rb"PK\x03\x04|PK\x05\x06|%PDF-|Rar!\x1a|7z\xbc\xaf|\x7fELF|<\?php|<!doctype|<html|<script|<svg",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PictureParts:
    """Where what lies in a picture file."""

    mime: str
    frames: int
    kept: tuple[slice, ...]
    """The file without metadata: text, EXIF, XMP, thumbnails, unknown extensions."""
    notes: tuple[slice, ...]
    """Of a PNG, the chunks that may say which way is up."""
    end: int
    """The picture ends before this byte."""


def picture_parts(data: bytes) -> PictureParts:
    """Return the parts of a file whose signature is known.

    Raises:
        BrokenPicture: The structure is torn, or a document or program follows the picture.
        PictureTooLarge: More than ``MOST_PARTS`` parts.
    """
    mime = picture_mime(data)
    try:
        parts = _WALKS[mime](data)
    except (IndexError, struct.error, KeyError) as error:
        raise BrokenPicture(f"the {mime} picture ends in the middle of its structure") from error
    if _PROGRAM.search(data, parts.end) or data.startswith((b"MZ", b"#!"), parts.end):
        raise BrokenPicture("another kind of file follows the picture's end")
    return parts


def _jpeg(data: bytes) -> PictureParts:
    kept, position, parts = [slice(0, 2)], 2, 0
    while position < len(data):
        parts = _counted(parts)
        start = position
        while data[position] == 0xFF and data[position + 1] == 0xFF:
            position += 1
        if data[position] != 0xFF:
            raise BrokenPicture("the JPEG picture has something else where a marker belongs")
        marker = data[position + 1]
        if marker == 0xD9:
            kept.append(slice(position, position + 2))
            return PictureParts("image/jpeg", 1, tuple(kept), (), position + 2)
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + length
        if marker == 0xDA:
            following = _JPEG_MARKER.search(data, end)
            end = following.start() if following else len(data)
        if _jpeg_kept(marker, data[position + 4 : position + 18]):
            kept.append(slice(start, end))
        position = end
    return PictureParts("image/jpeg", 1, tuple(kept), (), len(data))


def _jpeg_kept(marker: int, head: bytes) -> bool:
    if marker == 0xE0:
        return head.startswith(b"JFIF\0")
    if marker == 0xE2:
        return head.startswith(b"ICC_PROFILE\0")
    if marker == 0xEE:
        return head.startswith(b"Adobe")
    return not (0xE1 <= marker <= 0xEF or marker == 0xFE)


def _png(data: bytes) -> PictureParts:
    kept, position, parts, frames = [slice(0, 8)], 8, 0, 1
    notes: list[slice] = []
    while True:
        parts = _counted(parts)
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise BrokenPicture(f"the PNG picture's chunk {kind!r} is longer than the file")
        if kind in _PNG_KEPT:
            kept.append(slice(position, end))
        elif kind in _PNG_NOTES:
            notes.append(slice(position, end))
        if kind == b"acTL":
            (frames,) = struct.unpack_from(">I", data, position + 8)
        if kind == b"IEND":
            return PictureParts("image/png", frames, tuple(kept), tuple(notes), end)
        position = end


def _gif(data: bytes) -> PictureParts:
    position = 13 + _gif_colours(data[10])
    kept, parts, frames = [slice(0, position)], 0, 0
    while position < len(data):
        kind, start = data[position], position
        if kind == 0x3B:
            kept.append(slice(position, position + 1))
            return PictureParts("image/gif", frames, tuple(kept), (), position + 1)
        if kind == 0x2C:
            frames += 1
            position += 10 + _gif_colours(data[position + 9]) + 1
            keep = True
        elif kind == 0x21:
            label = data[position + 1]
            keep = label == 0xF9 or (
                label == 0xFF and data[position + 3 : position + 14] in _GIF_APPLICATIONS
            )
            position += 2
        else:
            raise BrokenPicture(f"the GIF picture has a block of unknown kind 0x{kind:02x}")
        while size := data[position]:
            parts = _counted(parts)
            position += size + 1
        position += 1
        parts = _counted(parts)
        if keep:
            kept.append(slice(start, position))
    return PictureParts("image/gif", frames, tuple(kept), (), len(data))


def _gif_colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> PictureParts:
    (size,) = struct.unpack_from("<I", data, 4)
    file_end = 8 + size
    if file_end > len(data):
        raise BrokenPicture("the WebP picture is shorter than it says")
    kept, position, parts, frames = [slice(0, 12)], 12, 0, 0
    while position < file_end:
        parts = _counted(parts)
        kind, length = struct.unpack_from("<4sI", data, position)
        end = min(position + 8 + length + length % 2, file_end)
        if kind in _WEBP_KEPT:
            kept.append(slice(position, end))
        frames += kind == b"ANMF"
        position = end
    return PictureParts("image/webp", max(1, frames), tuple(kept), (), file_end)


def _bmp(data: bytes) -> PictureParts:
    size, _, offset = struct.unpack_from("<III", data, 2)
    # Writers leave the size out, or wrong; then the file is what it is.
    end = size if _bmp_pixels_end(data, offset) <= size <= len(data) else len(data)
    return PictureParts("image/bmp", 1, (slice(0, end),), (), end)


def _bmp_pixels_end(data: bytes, offset: int) -> int:
    """Return where the pixels end at the earliest, so that no cut goes through them."""
    (header,) = struct.unpack_from("<I", data, 14)
    if header < 40:
        return len(data)
    width, height, _, bits, compression, packed = struct.unpack_from("<iiHHII", data, 18)
    if compression in (1, 2):
        return offset + max(packed, 1)
    return offset + (abs(width) * bits + 31) // 32 * 4 * abs(height)


def _counted(parts: int) -> int:
    if parts >= MOST_PARTS:
        raise PictureTooLarge(f"the picture has more than {MOST_PARTS} parts")
    return parts + 1


_WALKS = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/bmp": _bmp,
}

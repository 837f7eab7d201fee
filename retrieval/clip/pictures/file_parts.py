"""The parts of a picture file, found without decoding a pixel: frames, metadata, where it ends.

Written against files made to hurt. What a decoder would do again and again for a few bytes each
(scans, chunks, profiles, blocks) is counted and bounded, a decoder is shown the first frame alone,
and what follows the picture's end is looked at.
"""

import struct

from retrieval.clip.errors import BrokenPicture, PictureTooLarge
from retrieval.clip.pictures.formats.avif_parts import item_parts
from retrieval.clip.pictures.formats.gif_parts import gif_parts
from retrieval.clip.pictures.formats.ico_parts import ico_parts
from retrieval.clip.pictures.formats.jpeg2000_parts import jpeg2000_parts
from retrieval.clip.pictures.formats.jpeg_parts import jpeg_parts
from retrieval.clip.pictures.formats.parts import Count, PictureParts
from retrieval.clip.pictures.formats.png_parts import png_parts
from retrieval.clip.pictures.formats.tiff_parts import tiff_parts
from retrieval.clip.pictures.tail import other_kind
from retrieval.picture_type import picture_mime

MOST_CHUNKS = 4_000
"""Of a WebP file."""
MOST_RUN_LENGTH_BYTES = 1024 * 1024
MOST_RUN_LENGTH_PIXELS = 4_000_000
"""Of a run-length coded bitmap, which Pillow decodes in Python, some pixels one by one."""

_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_DECODED = _WEBP_KEPT - {b"ICCP"} | {b"EXIF", b"XMP "}


def picture_parts(data: bytes) -> PictureParts:
    """Return the parts of a file whose signature is known, after a look at what follows it.

    Raises:
        BrokenPicture: The structure is torn, or a document or program follows the picture.
        PictureTooLarge: More parts than the bounds of its format.
    """
    parts = parts_of_known(data)
    if found := other_kind(data, max(parts.end, parts.reach)):
        raise BrokenPicture(f"another kind of file ({found}) follows the picture's end")
    return parts


def parts_of_known(data: bytes) -> PictureParts:
    """Return the parts of a file whose tail was looked at before, or is of no interest.

    Looking takes up to a quarter of a second of the interpreter for 16 MiB: nothing for a process
    that answers others meanwhile.

    Raises:
        BrokenPicture, PictureTooLarge: As ``picture_parts`` does, but for what follows.
    """
    mime = picture_mime(data)
    try:
        return _WALKS[mime](data)
    except (IndexError, struct.error, KeyError) as error:
        raise BrokenPicture(f"the {mime} picture ends in the middle of its structure") from error


def for_decoder(data: bytes, parts: PictureParts) -> bytes:
    """Return a file of the first frame and of what says which way is up."""
    if parts.taken:
        return parts.taken
    if parts.mime == "image/webp":
        return riff([data[piece] for piece in parts.decoded])
    if parts.blank or parts.patches:
        return blanked(data, parts)
    return b"".join(data[piece] for piece in parts.decoded) + _ending(parts)


def _ending(parts: PictureParts) -> bytes:
    """Return what shows a decoder that there is no more."""
    if parts.mime == "image/gif":
        # After data that is cut it would be taken for more of them.
        return b"" if parts.is_cut else b";"
    return b"\xff\xd9" if parts.is_cut else b""


def blanked(data: bytes, parts: PictureParts) -> bytes:
    """Return a file whose notes, and pictures beside the one that counts, are zeros."""
    whole = bytearray(data[: parts.end])
    for piece in parts.blank:
        start, stop, _ = piece.indices(parts.end)
        whole[start:stop] = bytes(max(0, stop - start))
    for place, written in parts.patches:
        whole[place : place + len(written)] = written
    return bytes(whole)


def riff(chunks: list[bytes]) -> bytes:
    """Return a WebP file of these chunks."""
    body = b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _webp(data: bytes) -> PictureParts:
    (size,) = struct.unpack_from("<I", data, 4)
    file_end = 8 + size
    if file_end > len(data):
        raise BrokenPicture("the WebP picture is shorter than it says")
    kept, decoded, position, frames = [], [], 12, 0
    chunks, seen = Count("chunks", MOST_CHUNKS), set()
    while position < file_end:
        chunks.add()
        kind, length = struct.unpack_from("<4sI", data, position)
        piece = slice(position, min(position + 8 + length + length % 2, file_end))
        position = piece.stop
        frames += kind == b"ANMF"
        if kind in _WEBP_KEPT:
            kept.append(piece)
        if kind in _WEBP_DECODED and kind not in seen:
            decoded.append(piece)
        seen.add(kind)
    return PictureParts("image/webp", max(1, frames), tuple(kept), tuple(decoded), file_end)


def _bmp(data: bytes) -> PictureParts:
    size, _, offset = struct.unpack_from("<III", data, 2)
    # Writers leave the size out, or wrong; then the file is what it is.
    end = size if _bmp_pixels_end(data, offset) <= size <= len(data) else len(data)
    whole = (slice(0, end),)
    return PictureParts("image/bmp", 1, whole, whole, end)


def _bmp_pixels_end(data: bytes, offset: int) -> int:
    """Return where the pixels end at the earliest, so that no cut goes through them."""
    (header,) = struct.unpack_from("<I", data, 14)
    if header < 40:
        return len(data)
    width, height, _, bits, compression, packed = struct.unpack_from("<iiHHII", data, 18)
    if compression in (1, 2):
        # Pillow reads on to the file's end, whatever was said of the packed size.
        if len(data) - offset > MOST_RUN_LENGTH_BYTES:
            raise PictureTooLarge(
                f"a run-length coded bitmap has at most {MOST_RUN_LENGTH_BYTES} bytes"
            )
        if width * abs(height) > MOST_RUN_LENGTH_PIXELS:
            raise PictureTooLarge(
                f"a run-length coded bitmap has at most {MOST_RUN_LENGTH_PIXELS} pixels"
            )
        return offset + max(packed, 1)
    return offset + (abs(width) * bits + 31) // 32 * 4 * abs(height)


_WALKS = {
    "image/jpeg": jpeg_parts,
    "image/png": png_parts,
    "image/gif": gif_parts,
    "image/webp": _webp,
    "image/bmp": _bmp,
    "image/avif": item_parts,
    "image/heic": item_parts,
    "image/tiff": tiff_parts,
    "image/jp2": jpeg2000_parts,
    "image/j2c": jpeg2000_parts,
    "image/x-icon": ico_parts,
}

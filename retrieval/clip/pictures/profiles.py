"""The colour profile of a picture file, found in its parts and unpacked within bounds."""

import zlib

from retrieval.clip.pictures.formats.parts import PictureParts

MOST_PROFILE_BYTES = 4 * 1024 * 1024
"""The largest ones, of printing presses, have about 2 MiB."""
_JPEG_HEAD = b"ICC_PROFILE\0"
_JPEG_MARKER = b"\xff\xe2"


def profile_of(data: bytes, parts: PictureParts) -> bytes | None:
    """Return the profile (ICC.1:2022, annex B), None where there is none.

    One that is torn or too large is empty.
    """
    find = _FINDERS.get(parts.mime)
    profile = None if find is None else find(data, parts)
    return b"" if profile and len(profile) > MOST_PROFILE_BYTES else profile


def _of_jpeg(data: bytes, parts: PictureParts) -> bytes | None:
    pieces: dict[int, slice] = {}
    for piece in parts.kept:
        body = piece.start + 4
        if data.startswith(_JPEG_MARKER, piece.start) and data.startswith(_JPEG_HEAD, body):
            pieces.setdefault(data[body + 12], slice(body + 14, piece.stop))
    return b"".join(data[piece] for _, piece in sorted(pieces.items())) if pieces else None


def _of_png(data: bytes, parts: PictureParts) -> bytes | None:
    for piece in parts.kept:
        if data.startswith(b"iCCP", piece.start + 4):
            _, _, packed = data[piece.start + 8 : piece.stop - 4].partition(b"\0")
            return _inflated(packed[1:])
    return None


def _of_webp(data: bytes, parts: PictureParts) -> bytes | None:
    found = (piece for piece in parts.kept if data.startswith(b"ICCP", piece.start))
    piece = next(found, None)
    return None if piece is None else data[piece.start + 8 : piece.stop]


def _inflated(packed: bytes) -> bytes:
    try:
        # One byte more than is allowed shows that there is more.
        return zlib.decompressobj().decompress(packed, MOST_PROFILE_BYTES + 1)
    except zlib.error:
        return b""


_FINDERS = {"image/jpeg": _of_jpeg, "image/png": _of_png, "image/webp": _of_webp}

"""The parts of a PNG file: chunks, of which many kinds may stand only once.

PNG, third edition (W3C), 5.6 and 11.
"""

import struct

from retrieval.clip.errors import BrokenPicture
from retrieval.clip.pictures.formats.parts import Count, PictureParts

MOST_CHUNKS = 20_000
"""16 MiB of data in pieces of 1 KiB are 16,384."""
MOST_NOTES = 16
"""Chunks that are asked which way is up; any may be a compressed text."""

_ONCE = frozenset(b"IHDR PLTE tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL cICP".split())
"""Kept where they stand first: each more is refused by the standard, and a profile costs the
decoder a decompression."""
_MANY = frozenset(b"IDAT IEND fcTL fdAT".split())
_NOTES = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt"))
_DECODED = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA".split())
"""Of the first frame, in colours as they stand."""


def png_parts(data: bytes) -> PictureParts:
    """Walk through a PNG file up to its last chunk."""
    kept, decoded, notes = [slice(0, 8)], [slice(0, 8)], []
    chunks, seen = Count("chunks", MOST_CHUNKS), set()
    position, frames = 8, 0
    while True:
        chunks.add()
        length, kind = struct.unpack_from(">I4s", data, position)
        piece = slice(position, position + 12 + length)
        if piece.stop > len(data):
            raise BrokenPicture(f"the PNG picture's chunk {kind!r} is longer than the file")
        position = piece.stop
        if kind in _NOTES:
            if len(notes) < MOST_NOTES:
                notes.append(piece)
                decoded.append(piece)
            continue
        if kind in _ONCE:
            if kind in seen:
                continue
            seen.add(kind)
        elif kind not in _MANY:
            continue
        kept.append(piece)
        if kind in _DECODED:
            decoded.append(piece)
        # What `acTL` says of their number is often wrong, and nobody is shown it.
        frames += kind == b"fcTL"
        if kind == b"IEND":
            pieces = tuple(kept), tuple(decoded)
            return PictureParts("image/png", max(1, frames), *pieces, position, tuple(notes))

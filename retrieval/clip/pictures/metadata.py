"""Pictures without their metadata: no place, no camera, no text; every pixel as it was.

Nothing is decoded or compressed again. Of EXIF one number survives, the orientation, or a
picture taken upright would be stored lying.
"""

import struct
import zlib
from io import BytesIO

from PIL import Image

from retrieval.clip.pictures.file_parts import blanked, for_decoder, parts_of_known, riff
from retrieval.clip.pictures.formats.parts import PictureParts

ORIENTATION = 0x0112
_UPRIGHT = 1


def without_metadata(data: bytes) -> bytes:
    """Return a picture without EXIF, GPS, XMP, comments, text, thumbnails and what follows it.

    Args:
        data: A picture that was decoded successfully.

    Raises:
        UnusableInput: Its structure is torn.
    """
    parts = parts_of_known(data)
    if parts.taken:
        return parts.taken
    if parts.blank or parts.patches:
        return blanked(data, parts)
    pieces = [data[piece] for piece in parts.kept]
    orientation = _orientation(data, parts)
    if parts.mime == "image/webp":
        return _webp(pieces, orientation)
    if orientation != _UPRIGHT and parts.mime == "image/jpeg":
        body = b"Exif\0\0" + _exif(orientation)
        # After JFIF, which stands first by its standard.
        place = 2 if len(pieces) > 1 and pieces[1][1] == 0xE0 else 1
        pieces.insert(place, struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body)
    elif orientation != _UPRIGHT and parts.mime == "image/png":
        # Directly after the header chunk.
        pieces.insert(2, _png_chunk(b"eXIf", _exif(orientation)))
    return b"".join(pieces)


def _orientation(data: bytes, parts: PictureParts) -> int:
    if parts.mime not in ("image/jpeg", "image/png", "image/webp"):
        return _UPRIGHT
    if parts.mime == "image/png" and not parts.notes:
        return _UPRIGHT
    try:
        is_png = parts.mime == "image/png"
        probe = _pixel_with(data, parts) if is_png else for_decoder(data, parts)
        value = Image.open(BytesIO(probe)).getexif().get(ORIENTATION, _UPRIGHT)
    # EXIF is often malformed; a picture without a readable one lies as it lies.
    except Exception:
        return _UPRIGHT
    return value if isinstance(value, int) and 1 <= value <= 8 else _UPRIGHT


def _pixel_with(data: bytes, parts: PictureParts) -> bytes:
    """Return a PNG of one pixel with the notes of another.

    Pillow decodes a PNG to its end before it answers where its EXIF says up is.
    """
    header = _png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = _png_chunk(b"IDAT", zlib.compress(b"\0\0"))
    notes = b"".join(data[note] for note in parts.notes)
    return data[:8] + header + notes + pixel + _png_chunk(b"IEND", b"")


def _exif(orientation: int) -> bytes:
    """Return a TIFF block with one entry (Exif 2.32, 4.6.2)."""
    entry = struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _webp(chunks: list[bytes], orientation: int) -> bytes:
    extended = [n for n, chunk in enumerate(chunks) if chunk.startswith(b"VP8X")]
    for n in extended:
        # The flags for EXIF (0x08) and XMP (0x04).
        flags = chunks[n][8] & ~0x0C
        if orientation != _UPRIGHT:
            flags |= 0x08
        chunks[n] = chunks[n][:8] + bytes([flags]) + chunks[n][9:]
    if extended and orientation != _UPRIGHT:
        body = _exif(orientation)
        chunks.append(b"EXIF" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2))
    return riff(chunks)

"""A file's media type by its first bytes, without decoding anything."""

import struct

SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0\x08\0\0\0", "image/tiff"),
    (b"MM\0+\0\x08\0\0", "image/tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/j2c"),
)
_ICON = struct.Struct("<4sHBBBBHHII")


def picture_mime(data: bytes) -> str:
    """Return the media type the content claims, ``application/octet-stream`` if none is known."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _mime_of_brands(data)
    for signature, mime in SIGNATURES:
        if data.startswith(signature):
            return mime
    return "image/x-icon" if _is_icon(data) else "application/octet-stream"


def _is_icon(data: bytes) -> bool:
    """Whether a file begins as an icon does, whose signature alone says little."""
    if not data.startswith(b"\0\0\1\0") or len(data) < _ICON.size:
        return False
    _, count, _, _, _, reserved, planes, bits, size, start = _ICON.unpack_from(data)
    return count > 0 and reserved in (0, 255) and planes <= 1 and bits <= 32 and size > 0 < start


_MOST_BRANDS_BYTES = 256


def _mime_of_brands(data: bytes) -> str:
    """Return what the first box names (AV1 Image File Format, 6; ISO/IEC 23008-12, 10)."""
    size = min(int.from_bytes(data[:4]), _MOST_BRANDS_BYTES)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, size, 4))}
    if b"avif" in brands:
        return "image/avif"
    is_heic = data[8:12] in STILL_BRANDS and not brands.isdisjoint((b"heic", b"heix"))
    return "image/heic" if is_heic else "application/octet-stream"


STILL_BRANDS = (b"heic", b"heix", b"heim", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
MOVING = (
    (b"\x1aE\xdf\xa3", "video"),  # Matroska, WebM
    (b"\x00\x00\x01\xba", "video"),  # MPEG
    (b"\x00\x00\x01\xb3", "video"),
    (b"FLV\x01", "video"),
    (b"0&\xb2u\x8ef\xcf\x11", "video"),  # ASF, WMV
    (b"ID3", "audio"),
    (b"fLaC", "audio"),
    (b"OggS", "audio"),
    (b"MThd", "audio"),
    (b"#!AMR", "audio"),
    (b"\xff\xfb", "audio"),  # MPEG layer 3 without a tag
    (b"\xff\xf3", "audio"),
    (b"\xff\xf2", "audio"),
    (b"\xff\xf1", "audio"),  # AAC
)


def audio_or_video(data: bytes) -> str | None:
    """Return ``audio`` or ``video`` where the content begins like one, else None."""
    if data[:4] == b"RIFF" and data[8:12] in (b"WAVE", b"AVI "):
        return "audio" if data[8:12] == b"WAVE" else "video"
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return "audio"
    if data[4:8] == b"ftyp" and data[8:12] not in STILL_BRANDS:
        return "audio" if data[8:11] == b"M4A" else "video"
    return next((kind for signature, kind in MOVING if data.startswith(signature)), None)

"""A picture's media type by its first bytes, without decoding anything."""

SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


def picture_mime(data: bytes) -> str:
    """Return the media type the content claims, ``application/octet-stream`` if none is known."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for signature, mime in SIGNATURES:
        if data.startswith(signature):
            return mime
    return "application/octet-stream"

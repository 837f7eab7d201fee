"""Base64 and data URIs of requests, refused with the place they stand at.

Read as people send it: with line breaks or spaces, with or without padding, in the alphabet of
URLs, after a `data:` prefix in any case. What is no base64 at all stays an error.
"""

import asyncio
import base64
import binascii
import re

from api.errors import BadRequest, at

DATA_URI = re.compile(
    r"\s*data:(?P<mime>[\w.+/-]+)?(?P<parameters>(?:;[^;,]*)*),", re.ASCII | re.IGNORECASE
)
HEAD_CHARACTERS = 256
"""Within them the prefix of a data URI ends."""
CHUNK_CHARACTERS = 256 * 1024
"""Decoded in one go, in about a millisecond."""
_SPACE = b" \t\r\n\f\v"
_STANDARD = bytes.maketrans(b"-_", b"+/")


def picture_bytes(value: str, place: str) -> bytes:
    """Decode base64, with or without a ``data:`` prefix.

    Raises:
        BadRequest: Not base64, naming ``place``.
    """
    decoder = Decoder(place)
    return decoder.feed(value[_start(value, place) :]) + decoder.end()


async def read_picture(value: str, place: str, most_bytes: int) -> bytes:
    """Decode base64 as ``picture_bytes`` does, piece by piece while others are served.

    Raises:
        BadRequest: Not base64, or more than ``most_bytes``; names ``place``.
    """
    if len(value) <= CHUNK_CHARACTERS:
        return picture_bytes(value, place)
    decoder, data = Decoder(place), bytearray()
    for begin in range(_start(value, place), len(value), CHUNK_CHARACTERS):
        data += decoder.feed(value[begin : begin + CHUNK_CHARACTERS])
        _check_size(len(data), place, most_bytes)
        await asyncio.sleep(0)
    data += decoder.end()
    _check_size(len(data), place, most_bytes)
    return bytes(data)


def refuse_picture(text: str, place: str, remedy: str) -> None:
    """Refuse a picture's data URI where a text is expected: as words it means nothing.

    Raises:
        BadRequest: ``picture_as_text``, with the ``remedy``.
    """
    prefix = DATA_URI.match(text[:HEAD_CHARACTERS])
    if prefix is None or " " in text.strip() or not _holds_picture(prefix):
        return
    raise BadRequest(
        f"{place} is a picture's data URI, not a text; {remedy}", "picture_as_text", at(place, text)
    )


class Decoder:
    """Takes base64 piece by piece, however it is broken into lines."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._rest = b""
        self._padded = False

    def feed(self, piece: str) -> bytes:
        """Return what the next characters decode to.

        Raises:
            BadRequest: A character of no alphabet, or something after the padding.
        """
        try:
            signs = piece.encode("ascii").translate(_STANDARD, _SPACE)
        except UnicodeEncodeError as error:
            raise self._refused(f"{piece[error.start]!r} is no base64 character") from None
        signs = self._unpadded(signs)
        signs = self._rest + signs
        whole = len(signs) - len(signs) % 4
        self._rest = signs[whole:]
        return self._decoded(signs[:whole])

    def end(self) -> bytes:
        """Return what the last characters decode to.

        Raises:
            BadRequest: One character too many.
        """
        if len(self._rest) == 1:
            raise self._refused("it ends in the middle of a byte")
        return self._decoded(self._rest + b"=" * (-len(self._rest) % 4))

    def _unpadded(self, signs: bytes) -> bytes:
        kept = signs.rstrip(b"=")
        if b"=" in kept or (self._padded and kept):
            raise self._refused("something comes after its padding")
        self._padded = self._padded or len(kept) < len(signs)
        return kept

    def _decoded(self, signs: bytes) -> bytes:
        try:
            return base64.b64decode(signs, validate=True)
        except binascii.Error as error:
            raise self._refused(str(error)) from None

    def _refused(self, why: str) -> BadRequest:
        return BadRequest(
            f"{self._place} is not valid base64: {why}", "invalid_base64", at(self._place)
        )


def _start(value: str, place: str) -> int:
    """Return where the base64 begins."""
    prefix = DATA_URI.match(value[:HEAD_CHARACTERS])
    if prefix is None:
        return 0
    if not prefix["parameters"].lower().endswith(";base64"):
        raise BadRequest(
            f"{place} is a data URI without `;base64`: send it in base64",
            "invalid_base64",
            at(place, value),
        )
    return prefix.end()


def _holds_picture(prefix: re.Match[str]) -> bool:
    mime = (prefix["mime"] or "").lower()
    return mime.startswith("image/") or prefix["parameters"].lower().endswith(";base64")


def _check_size(size: int, place: str, most_bytes: int) -> None:
    if size > most_bytes:
        raise BadRequest(
            f"{place} has more than the {most_bytes} bytes that are allowed",
            "image_too_large",
            at(place),
            413,
        )

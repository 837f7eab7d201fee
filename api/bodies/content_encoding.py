"""Compressed bodies: unpacked piece by piece, so that all that reads a body sees it as it was.

Every bound of a body (its cap, its share of memory, its pace) counts what comes out of here, so
that a bomb is refused at the cap of its route, however small it was sent.
"""

import zlib
from collections.abc import Iterator
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BadRequest, at

PIECE_BYTES = 64 * 1024
"""Unpacked in one go."""
HEADER = b"content-encoding"
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""The containers, as zlib counts them (``wbits``)."""


class ContentEncodingMiddleware:
    """Unpacks a body whose Content-Encoding is gzip or deflate; any other is 415."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            coding = coding_of(scope)
            if coding is not None:
                receive = UnpackingReceive(receive, coding)
        await self._app(scope, receive, send)


def coding_of(scope: Scope) -> str | None:
    """Return how a body is coded, None where it is not."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == HEADER]
    named = ", ".join(values).strip().lower()
    return None if named in ("", "identity") else named


class UnpackingReceive:
    """An ASGI ``receive`` over another one; raises ``BadRequest``."""

    def __init__(self, receive: Receive, coding: str) -> None:
        self._receive = receive
        self._coding = coding
        self._unpacker: Unpacker | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._more = True

    async def __call__(self) -> Message:
        while True:
            piece = next(self._pieces, None)
            if piece is not None:
                return {"type": "http.request", "body": piece, "more_body": True}
            if not self._more and self._unpacker is not None:
                self._unpacker.end()
                self._unpacker = None
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self._receive()
            if message["type"] != "http.request" or not self._take(message):
                return message

    def _take(self, message: Message) -> bool:
        """Take what came in; say whether there was anything to unpack, now or before."""
        body = message.get("body", b"")
        self._more = message.get("more_body", False)
        if body:
            self._unpacker = self._unpacker or Unpacker(self._coding)
            self._pieces = self._unpacker.pieces(body)
        return self._unpacker is not None


class Unpacker:
    """One stream of gzip (of any number of members) or deflate (with zlib's frame or without).

    Raises:
        BadRequest: Another coding.
    """

    def __init__(self, coding: str) -> None:
        self._name = coding.removeprefix("x-")
        if self._name not in ("gzip", "deflate"):
            raise BadRequest(
                f"a body is sent as it is, or with `Content-Encoding: gzip` or `deflate`, not "
                f"{coding[:40]!r}",
                "unsupported_content_encoding",
                at("header.content-encoding", coding[:40]),
                415,
            )
        self._head = b""
        self._inflate: Any = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes unpack to, in pieces of a bounded size.

        Raises:
            BadRequest: They are not what the header says.
        """
        data = self._begun(data)
        full = False
        while data or full:
            piece, data = self._step(data)
            full = len(piece) == PIECE_BYTES
            if piece:
                yield piece

    def end(self) -> None:
        """Check that the stream is whole.

        Raises:
            BadRequest: It is cut off.
        """
        if self._inflate is None or not self._inflate.eof:
            raise self._broken("ends before its stream does")

    def _begun(self, data: bytes) -> bytes:
        """Return the bytes to unpack; the first two tell which container deflate has."""
        if self._inflate is not None:
            return data
        data = self._head + data
        if len(data) < 2:
            self._head = data
            return b""
        is_zlib = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
        container = _GZIP if self._name == "gzip" else _ZLIB if is_zlib else _RAW
        self._inflate = zlib.decompressobj(container)
        return data

    def _step(self, data: bytes) -> tuple[bytes, bytes]:
        if self._inflate.eof and data:
            if self._name != "gzip":
                raise self._broken("goes on after the end of its stream")
            self._inflate = zlib.decompressobj(_GZIP)
        try:
            piece = self._inflate.decompress(data, PIECE_BYTES)
        except zlib.error:
            raise self._broken(f"is not {self._name}, as its Content-Encoding says") from None
        ended = self._inflate.eof
        return piece, self._inflate.unused_data if ended else self._inflate.unconsumed_tail

    def _broken(self, why: str) -> BadRequest:
        return BadRequest(f"the body {why}", "invalid_encoding", at("body"), 400)

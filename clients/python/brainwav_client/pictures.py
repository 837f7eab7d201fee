"""Pictures as people have them: a path, bytes, an image of Pillow, an array of numpy."""

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable


@runtime_checkable
class PillowImage(Protocol):
    """`PIL.Image.Image`, without its package."""

    mode: str

    def save(self, fp: Any, format: str) -> None: ...
    def convert(self, mode: str) -> Any: ...


@runtime_checkable
class PixelArray(Protocol):
    """`numpy.ndarray`, without its package: rows, columns and up to four channels of uint8."""

    shape: tuple[int, ...]
    dtype: Any

    def tobytes(self) -> bytes: ...


Picture: TypeAlias = Path | bytes | PillowImage | PixelArray
PNG = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""Of a PNG by the number of channels: grey, grey and alpha, RGB, RGBA."""
IN_PNG = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
"""Modes of Pillow that a PNG holds as they are."""


def picture_bytes(picture: Picture) -> bytes:
    """Return a picture as a file's content; files and bytes are sent as they are.

    Raises:
        TypeError: Nothing that is a picture.
        ValueError: An array that is none.
    """
    match picture:
        case bytes() | bytearray() | memoryview():
            return bytes(picture)
        case Path():
            return picture.read_bytes()
        case PillowImage():
            return _of_pillow(picture)
        case PixelArray():
            return _of_array(picture)
    raise TypeError(
        f"a picture is a path, bytes, a PIL image or a numpy array, not {type(picture).__name__}; "
        "a text is no path: write Path(...)"
    )


def picture_base64(picture: Picture) -> str:
    """Return a picture as the service takes it in JSON."""
    return base64.b64encode(picture_bytes(picture)).decode("ascii")


def _of_pillow(image: PillowImage) -> bytes:
    kept = image if image.mode in IN_PNG else image.convert("RGB")
    out = io.BytesIO()
    kept.save(out, format="PNG")
    return out.getvalue()


def _of_array(array: PixelArray) -> bytes:
    shape = array.shape
    channels = shape[2] if len(shape) == 3 else 1
    if len(shape) not in (2, 3) or channels not in COLOUR_TYPES or 0 in shape:
        raise ValueError(f"an array of shape {shape} is no picture: (rows, columns[, channels])")
    if str(array.dtype) != "uint8":
        raise ValueError(f"pixels are uint8, 0 to 255, not {array.dtype}: convert them first")
    height, width = shape[:2]
    return png(array.tobytes(), width, height, channels)


def png(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """Return a PNG of raw pixels, row by row."""
    stride = width * channels
    rows = b"".join(
        b"\0" + pixels[start : start + stride] for start in range(0, len(pixels), stride)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return PNG + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

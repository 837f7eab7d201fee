"""The parts of a JPEG 2000 file: boxes, and how many packets its codestream makes a decoder read.

A packet may be a single byte, and a codestream says itself how many there are: tiles times
components times resolutions times precincts times layers. ITU-T T.800, annexes A, B and I.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from retrieval.clip.errors import BrokenPicture, PictureTooLarge
from retrieval.clip.pictures.formats.boxes import boxes
from retrieval.clip.pictures.formats.parts import Count, PictureParts

MOST_BOXES = 4_000
MOST_MARKERS = 20_000
MOST_TILES = 4_096
MOST_COMPONENTS = 4
MOST_STEPS = 10_000_000
"""Packets, and places where a decoder looks for one."""
_KEPT = frozenset((b"jP  ", b"ftyp", b"jp2h", b"jp2c"))
_SIZE, _CODING, _COMPONENT, _ORDER, _COMMENT = 0xFF51, 0xFF52, 0xFF53, 0xFF5F, 0xFF64
_TILE, _TILE_DATA, _END = 0xFF90, 0xFF93, 0xFFD9


@dataclass(slots=True)
class _Stream:
    """What a codestream says of itself; of several words the one that costs most."""

    width: int = 0
    height: int = 0
    tile: tuple[int, int] = (0, 0)
    tiles: int = 0
    components: int = 0
    layers: int = 1
    halvings: set[int] = field(default_factory=set)
    precincts: list[tuple[int, ...]] = field(default_factory=list)
    orders: int = 1
    comments: list[slice] = field(default_factory=list)
    end: int = 0


def jpeg2000_parts(data: bytes) -> PictureParts:
    """Walk through a JP2 file or a bare codestream up to the end of the picture."""
    if data.startswith(b"\xff\x4f"):
        return _parts("image/j2c", _stream(data, 0, len(data)), [])
    blank: list[slice] = []
    for box in boxes(data, 0, len(data), Count("boxes", MOST_BOXES)):
        if box.kind == b"jp2c":
            return _parts("image/jp2", _stream(data, box.body, box.end), blank)
        if box.kind not in _KEPT:
            blank.append(slice(box.body, box.end))
    raise BrokenPicture("the JPEG 2000 picture has no codestream")


def _parts(mime: str, stream: _Stream, blank: list[slice]) -> PictureParts:
    whole = (slice(0, stream.end),)
    return PictureParts(
        mime,
        1,
        whole,
        whole,
        stream.end,
        blank=(*blank, *stream.comments),
        size=(stream.width, stream.height),
        halvings=min(stream.halvings, default=0),
    )


def _stream(data: bytes, start: int, end: int) -> _Stream:
    stream, markers = _Stream(), Count("markers", MOST_MARKERS)
    position = start + 2
    while position < end:
        markers.add()
        (marker,) = struct.unpack_from(">H", data, position)
        if marker == _END:
            stream.end = position + 2
            break
        (length,) = struct.unpack_from(">H", data, position + 2)
        body, after = position + 4, position + 2 + length
        if marker == _TILE:
            _, part_bytes = struct.unpack_from(">HI", data, body)
            for kind, header in _segments(data, after, markers):
                _read(data, kind, header, stream)
            position = position + part_bytes if part_bytes else end
            if part_bytes and part_bytes < 14:
                raise BrokenPicture("the JPEG 2000 picture has a tile without content")
        else:
            _read(data, marker, slice(body, after), stream)
            position = after
    if position > end:
        raise BrokenPicture("the JPEG 2000 picture ends in the middle of a tile")
    # The end's mark may be missing.
    stream.end = stream.end or end
    _bound(stream)
    return stream


def _segments(data: bytes, position: int, markers: Count) -> Iterator[tuple[int, slice]]:
    """Yield the segments of a tile's header."""
    while True:
        markers.add()
        marker, length = struct.unpack_from(">HH", data, position)
        if marker == _TILE_DATA:
            return
        yield marker, slice(position + 4, position + 2 + length)
        position += 2 + length


def _read(data: bytes, marker: int, body: slice, stream: _Stream) -> None:
    at = body.start
    if marker == _SIZE:
        _read_size(data, at, stream)
    elif marker == _CODING:
        style, _, layers, _ = struct.unpack_from(">BBHB", data, at)
        stream.layers = max(stream.layers, layers)
        _read_coding(data, at + 5, bool(style & 1), stream)
    elif marker == _COMPONENT:
        wide = 2 if stream.components > 256 else 1
        _read_coding(data, at + wide + 1, bool(data[at + wide] & 1), stream)
    elif marker == _ORDER:
        stream.orders += (body.stop - at) // 7
    elif marker == _COMMENT:
        stream.comments.append(slice(at + 2, body.stop))


def _read_size(data: bytes, at: int, stream: _Stream) -> None:
    right, bottom, left, top, across, down, tile_left, tile_top, components = struct.unpack_from(
        ">2x8IH", data, at
    )
    if not (across and down and right > left and bottom > top):
        raise BrokenPicture("the JPEG 2000 picture has a side of no pixel")
    stream.width, stream.height = right - left, bottom - top
    if left or top:
        # Halved, its size depends on where it begins.
        stream.halvings.add(0)
    stream.tile = min(across, stream.width), min(down, stream.height)
    stream.tiles = -(-(right - tile_left) // across) * -(-(bottom - tile_top) // down)
    stream.components = components


def _read_coding(data: bytes, at: int, has_precincts: bool, stream: _Stream) -> None:
    halvings = data[at]
    if halvings > 32:
        raise BrokenPicture("the JPEG 2000 picture is halved more often than its standard allows")
    stream.halvings.add(halvings)
    sizes = data[at + 5 : at + 6 + halvings] if has_precincts else b"\xff" * (halvings + 1)
    stream.precincts.append(tuple(sizes))


def _bound(stream: _Stream) -> None:
    Count("tiles", MOST_TILES).add(stream.tiles)
    Count("components", MOST_COMPONENTS).add(stream.components)
    for precincts in stream.precincts:
        steps = stream.tiles * stream.components * stream.orders
        steps *= max(_packets(stream, precincts) * stream.layers, _places(stream, precincts))
        if steps > MOST_STEPS:
            raise PictureTooLarge(f"decoding the picture takes more than {MOST_STEPS} steps")


def _packets(stream: _Stream, precincts: tuple[int, ...]) -> int:
    """Return the packets of one layer of a component of a tile (B.6)."""
    packets = 0
    for resolution, size in enumerate(precincts):
        halved = len(precincts) - 1 - resolution
        across, down = (-(-side // (1 << halved)) for side in stream.tile)
        packets += -(-across // (1 << (size & 15))) * -(-down // (1 << (size >> 4)))
    return packets


def _places(stream: _Stream, precincts: tuple[int, ...]) -> int:
    """Return where a decoder looks for packets if they are sorted by place (B.12)."""
    halved = [len(precincts) - 1 - resolution for resolution in range(len(precincts))]
    across = min(half + (size & 15) for half, size in zip(halved, precincts, strict=True))
    down = min(half + (size >> 4) for half, size in zip(halved, precincts, strict=True))
    places = -(-stream.tile[0] // (1 << across)) * -(-stream.tile[1] // (1 << down))
    return places * len(precincts)

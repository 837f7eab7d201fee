"""The parts of a JPEG file: segments, and how often its scans go over the picture.

A progressive picture is decoded scan by scan, and each goes over all blocks of its components
whatever few bytes it has: the cost is scans times blocks, so both are bounded.
ITU-T T.81, annexes B and G.
"""

import re
import struct

from retrieval.clip.errors import BrokenPicture
from retrieval.clip.pictures.formats.parts import Count, PictureParts

MOST_SEGMENTS = 4_000
"""16 MiB of profiles and previews are 256 full ones."""
MOST_SCANS = 100
"""Encoders write ten, the most elaborate ones about twenty."""
MOST_SCANNED_BLOCKS = 24_000_000
"""Blocks of 8x8 samples, counted once for each scan that goes over them: twice what the usual
ten scans make of 40 million pixels in full colour."""
MOST_FILL_BYTES = 4_096
"""Of 0xFF before a marker, where the standard allows any number, and of junk before those, which
decoders skip."""
_ADOBE_BYTES = 12

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ANY_MARKER = re.compile(rb"\xff[^\x00\xff]")
_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
"""Markers that begin a frame; the ones left out between them are tables."""
_SCAN, _END = 0xDA, 0xD9
_BLOCK_PX = 8


def jpeg_parts(data: bytes) -> PictureParts:
    """Walk through a JPEG file up to the end of its first picture."""
    kept, decoded = [slice(0, 2)], [slice(0, 2)]
    segments, work = Count("segments", MOST_SEGMENTS), _ScanWork()
    seen: set[bytes] = set()
    position = 2
    while position < len(data):
        segments.add()
        position, marker = _marker(data, position)
        if marker == _END:
            last = slice(position, position + 2)
            return _parts([*kept, last], [*decoded, last], position + 2)
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + length
        body = data[position + 4 : min(end, position + 64)]
        if marker in _FRAMES:
            work.begin(body)
        elif marker == _SCAN:
            work.scan(body)
            following = _MARKER.search(data, end)
            end = following.start() if following else len(data)
        piece = slice(position, end)
        if _is_kept(marker, body):
            kept.append(piece)
        if _is_decoded(marker, body, seen):
            decoded.append(piece)
        position = end
    return _parts(kept, decoded, len(data), is_cut=True)


class _ScanWork:
    """Adds up the blocks that scans go over."""

    def __init__(self) -> None:
        self._scans = Count("scans", MOST_SCANS)
        self._scanned = Count("blocks over all its scans", MOST_SCANNED_BLOCKS)
        self._blocks: dict[int, int] = {}

    def begin(self, frame: bytes) -> None:
        """Take the sizes of a frame's components; a decoder refuses a second frame."""
        height, width, count = struct.unpack_from(">xHHB", frame)
        parts = [struct.unpack_from(">BB", frame, 6 + 3 * n) for n in range(min(count, 4))]
        widest = max((sampling >> 4 for _, sampling in parts), default=1) or 1
        tallest = max((sampling & 15 for _, sampling in parts), default=1) or 1
        for name, sampling in parts:
            across = -(-width * (sampling >> 4) // (_BLOCK_PX * widest))
            down = -(-height * (sampling & 15) // (_BLOCK_PX * tallest))
            self._blocks[name] = across * down

    def scan(self, header: bytes) -> None:
        """Count one scan."""
        self._scans.add()
        names = [header[1 + 2 * n] for n in range(min(header[0], 4))]
        self._scanned.add(sum(self._blocks.get(name, 0) for name in names))


def _marker(data: bytes, position: int) -> tuple[int, int]:
    """Return where the next marker's last 0xFF stands, and the marker."""
    found = _ANY_MARKER.search(data, position, position + MOST_FILL_BYTES + 3)
    if found is None:
        raise BrokenPicture("the JPEG picture has something else where a marker belongs")
    if found.start() - position > MOST_FILL_BYTES:
        raise BrokenPicture("the JPEG picture is filled up with nothing between its segments")
    return found.start(), data[found.start() + 1]


def _is_kept(marker: int, head: bytes) -> bool:
    if marker == 0xE0:
        return head.startswith(b"JFIF\0")
    if marker == 0xE2:
        return head.startswith(b"ICC_PROFILE\0")
    if marker == 0xEE:
        # A shorter one says nothing, and Pillow fails on it.
        return head.startswith(b"Adobe") and len(head) >= _ADOBE_BYTES
    return not (0xE1 <= marker <= 0xEF or marker == 0xFE)


def _is_decoded(marker: int, head: bytes, seen: set[bytes]) -> bool:
    if marker == 0xE1:
        # Which way is up stands in one of these; a second of either is somebody's trick.
        for kind in (b"Exif\0", b"http://ns.adobe.com/xap/1.0/"):
            if head.startswith(kind) and kind not in seen:
                seen.add(kind)
                return True
        return False
    return marker != 0xE2 and _is_kept(marker, head)


def _parts(kept: list[slice], decoded: list[slice], end: int, is_cut: bool = False) -> PictureParts:
    return PictureParts("image/jpeg", 1, tuple(kept), tuple(decoded), end, is_cut=is_cut)

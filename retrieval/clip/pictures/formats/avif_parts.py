"""The parts of an AVIF or HEIC file: items, where their bytes lie, how many frames each decodes.

A picture's item may hold frames that are never shown: each costs the decoder a whole picture for a
few bytes, so they are counted. HEIF is ISO/IEC 23008-12; the items' places are in ISO/IEC
14496-12, 8.11; OBUs are in the AV1 specification, 5.3, and units of HEVC in ITU-T H.265, 7.3.1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from retrieval.clip.errors import BrokenPicture, UnsupportedPicture
from retrieval.clip.pictures.formats.avif_sequence import STILL, as_still
from retrieval.clip.pictures.formats.boxes import Box, BoxReader, boxes
from retrieval.clip.pictures.formats.parts import Count, PictureParts
from retrieval.picture_type import picture_mime

MOST_BOXES = 4_000
MOST_EXTENTS = 4_000
"""And items; a picture in tiles has a few dozen."""
MOST_ITEM_FRAMES = 8
"""Coded in one item: layers of better and better quality are four at most."""
MOST_UNITS = 20_000
"""OBUs of all items."""
MOST_CODED_BYTES = 64 * 1024 * 1024
"""Of all items, which may share their bytes."""
_FRAMES = (3, 6)
"""Kinds of OBU that begin a frame."""
_SLICES = 32
"""Kinds of HEVC unit below this are slices of pictures."""
_NOTES = (b"Exif", b"mime", b"uri ")
"""Kinds of item that are text about the picture."""
_KEPT = frozenset((b"ftyp", b"meta", b"mdat"))


@dataclass(slots=True)
class _Items:
    kinds: dict[int, bytes] = field(default_factory=dict)
    places: dict[int, list[slice]] = field(default_factory=dict)
    named: dict[int, slice] = field(default_factory=dict)
    """Where each item's kind is written."""
    inner: int | None = None
    """Where the bytes of items in the meta box itself begin."""


def item_parts(data: bytes) -> PictureParts:
    """Walk through an AVIF or HEIC file: its boxes, then its items."""
    count = Count("boxes", MOST_BOXES)
    found = list(boxes(data, 0, _end(data), count))
    items = next((_items(data, box, count) for box in found if box.kind == b"meta"), None)
    is_sequence = any(box.kind == b"moov" for box in found)
    if items is None and is_sequence:
        raise UnsupportedPicture("a sequence is read only where its first picture is an item too")
    if items is None:
        raise BrokenPicture("the picture has no table of its items")
    _count_frames(data, items)
    shown = [place for places in items.places.values() for place in places]
    still = as_still(data, found, shown, count) if is_sequence else STILL
    others = [slice(box.body, box.end) for box in found if box.kind not in _KEPT]
    blank = (*others, *_notes_of(items), *still.blank)
    end, mime = found[-1].end, picture_mime(data)
    whole = (slice(0, end),)
    return PictureParts(mime, still.frames, whole, whole, end, blank=blank, patches=still.patches)


def _notes_of(items: _Items) -> Iterator[slice]:
    """Yield notes, and where each one's kind is written.

    Without a kind they are passed over; notes that hold nothing are an error to decoders.
    """
    for number, kind in items.kinds.items():
        if kind in _NOTES:
            yield from items.places.get(number, ())
            yield items.named[number]


def _end(data: bytes) -> int:
    """Return where the boxes end: what follows does not begin like one of the outermost."""
    position, known = 0, _KEPT | {b"free", b"skip", b"uuid", b"moov", b"idat"}
    while data[position + 4 : position + 8] in known:
        size = int.from_bytes(data[position : position + 4])
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16])
        if size < 8:
            return len(data)
        position += size
    return min(position, len(data)) if position <= len(data) else len(data)


def _items(data: bytes, meta: Box, count: Count) -> _Items:
    items, places = _Items(), None
    # Four bytes of version and flags come before the boxes in it.
    for box in boxes(data, meta.body + 4, meta.end, count):
        if box.kind == b"iinf":
            items.named = dict(_kinds(data, box, count))
            items.kinds = {number: data[place] for number, place in items.named.items()}
        elif box.kind == b"iloc":
            places = box
        elif box.kind == b"idat":
            items.inner = box.body
    if places is not None:
        _read_places(data, places, items)
    return items


def _kinds(data: bytes, table: Box, count: Count) -> Iterator[tuple[int, slice]]:
    wide = data[table.body] > 0
    for box in boxes(data, table.body + (8 if wide else 6), table.end, count):
        version, position = data[box.body], box.body + 4
        size = 2 if version == 2 else 4
        number = int.from_bytes(data[position : position + size])
        yield number, slice(position + size + 2, position + size + 6)


def _read_places(data: bytes, table: Box, items: _Items) -> None:
    version, numbers = data[table.body], BoxReader(data, table.body + 4, table.end)
    sizes, extents = numbers.take(2), Count("extents", MOST_EXTENTS)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    for _ in range(numbers.take(wide)):
        extents.add()
        number = numbers.take(wide)
        method = numbers.take(2) & 15 if version else 0
        numbers.take(2)
        base = numbers.take(base_size) + _ground(method, items)
        places = items.places.setdefault(number, [])
        for _ in range(numbers.take(2)):
            extents.add()
            numbers.take(index_size)
            start, length = base + numbers.take(offset_size), numbers.take(length_size)
            places.append(slice(start, start + length if length else len(data)))


def _ground(method: int, items: _Items) -> int:
    if method == 0:
        return 0
    if method == 1 and items.inner is not None:
        return items.inner
    raise BrokenPicture("the picture has an item in a place that is not read")


def _count_frames(data: bytes, items: _Items) -> None:
    units, coded_bytes = Count("units", MOST_UNITS), Count("coded bytes", MOST_CODED_BYTES)
    for number, kind in items.kinds.items():
        if kind in _WALKS:
            places = items.places.get(number, [])
            coded_bytes.add(sum(len(range(*place.indices(len(data)))) for place in places))
            coded = b"".join(data[place] for place in places)
            _WALKS[kind](coded, units)


def _count_av1_frames(coded: bytes, units: Count) -> None:
    frames, position = Count("frames of one item", MOST_ITEM_FRAMES), 0
    while position < len(coded):
        units.add()
        head = coded[position]
        if head >> 3 & 15 in _FRAMES:
            frames.add()
        if not head & 2:
            # Without a size it is the last one.
            return
        size, position = _leb128(coded, position + (2 if head & 4 else 1))
        position += size


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """Return a number and where it ends (AV1, 4.10.5)."""
    value = 0
    for n in range(8):
        byte = data[position + n]
        value |= (byte & 127) << 7 * n
        if byte < 128:
            return value, position + n + 1
    raise BrokenPicture("the picture has a size of more than eight bytes")


def _count_hevc_frames(coded: bytes, units: Count) -> None:
    frames, position = Count("frames of one item", MOST_ITEM_FRAMES), 0
    while position < len(coded):
        units.add()
        unit, position = position + 4, position + 4 + int.from_bytes(coded[position : position + 4])
        if position > len(coded):
            raise BrokenPicture("the picture has a unit that is longer than its item")
        # Of a slice the first bit says that it begins a picture.
        if coded[unit] >> 1 & 63 < _SLICES and coded[unit + 2] & 128:
            frames.add()


_WALKS: dict[bytes, Callable[[bytes, Count], None]] = {
    b"av01": _count_av1_frames,
    b"hvc1": _count_hevc_frames,
}

"""The first page of a TIFF file: the tags that say what its pixels are, and where those lie.

Places in the file are said by number, so that nothing is moved: the table of tags is written anew
with those that a decoder needs and without a next page, and every byte that belongs to none of them
is overwritten. TIFF 6.0 (Adobe, 1992); BigTIFF has wider numbers.
"""

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.clip.errors import BrokenPicture, PictureTooLarge
from retrieval.clip.pictures.formats.parts import Count, PictureParts

MOST_PAGES = 4_000
MOST_TAGS = 20_000
"""Of all pages."""
MOST_PIECES = 100_000
"""Strips or tiles of all pages: a row of three planes each, at the longest side that is allowed."""
MOST_TILED_PX = 80_000_000
"""Of all tiles, which reach beyond the picture."""
MOST_SCANS = 4
"""Of a JPEG in a strip or tile: one for each of its components, and none of them twice."""

MOST_CODED_BYTES = 64 * 1024 * 1024
"""Of all strips or tiles, which may share their bytes."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8}
_WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_WIDTH, _HEIGHT, _COMPRESSION, _SUB_PAGES = 256, 257, 259, 330
_STRIPS, _STRIP_BYTES, _ROWS, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = (
    *(273, 279, 278),
    *(322, 323, 324, 325),
)
_JPEG, _JPEG_BYTES, _JPEG_TABLES = 513, 514, (519, 520, 521)
_TABLE_BYTES = 16 + 256
_OLD_JPEG, _NEW_JPEG, _UNPACKED = 6, 7, 1
_BITS, _SAMPLES, _PLANES, _APART = 258, 277, 284, 2
_KEPT = frozenset(
    (
        *(_WIDTH, _HEIGHT, 258, _COMPRESSION, 262, 266, _STRIPS, 274, 277, _ROWS, _STRIP_BYTES),
        *(284, 292, 293, 317, 320, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, 332, 338, 339),
        *(347, 512, _JPEG, _JPEG_BYTES, 515, 517, 518, *_JPEG_TABLES, 529, 530, 531, 532, 34675),
    )
)
"""Tags about pixels, their colours and which way is up."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How wide the numbers of a file are, and in which order."""

    order: str
    is_big: bool

    @property
    def place(self) -> struct.Struct:
        """Return how a place in the file is written."""
        return struct.Struct(self.order + ("Q" if self.is_big else "I"))

    @property
    def count(self) -> struct.Struct:
        """Return how the number of tags is written."""
        return struct.Struct(self.order + ("Q" if self.is_big else "H"))

    @property
    def tag(self) -> struct.Struct:
        """Return how a tag is written: its name, type, count, and value or place."""
        return struct.Struct(self.order + ("HHQ8s" if self.is_big else "HHI4s"))


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag."""

    entry: bytes
    kind: int
    count: int
    value: slice

    def numbers(self, data: bytes, order: str) -> tuple[int, ...]:
        """Return its values where they are whole numbers, none where they are not."""
        letter = _WHOLE.get(self.kind)
        if letter is None or self.count > MOST_PIECES:
            return ()
        return struct.unpack_from(f"{order}{self.count}{letter}", data, self.value.start)


def tiff_parts(data: bytes) -> PictureParts:
    """Return the first page, with its notes and all other pages blanked out."""
    form = _Form("<" if data[:2] == b"II" else ">", data[2] == 43 or data[3] == 43)
    head = 16 if form.is_big else 8
    (first,) = form.place.unpack_from(data, head - form.place.size)
    pages = _pages(data, first, form)
    reach = _reach(data, pages, form)
    tags, table = _tags(data, first, form, Count("tags", MOST_TAGS))
    others = len(pages) - 1 + (len(tags[_SUB_PAGES].entry) > 0 if _SUB_PAGES in tags else 0)
    kept = {name: tag for name, tag in tags.items() if name in _KEPT}
    numbers = {name: tag.numbers(data, form.order) for name, tag in kept.items()}
    pieces = list(_pieces(data, numbers, Count("strips or tiles", MOST_PIECES)))
    _bound_work(data, numbers, pieces)
    needed = [slice(0, head), table, *(tag.value for tag in kept.values()), *pieces]
    needed += _old_jpeg_tables(numbers)
    end = min(len(data), max(piece.stop for piece in needed))
    whole = (slice(0, end),)
    return PictureParts(
        "image/tiff",
        len(pages),
        whole,
        whole,
        end,
        blank=tuple(_gaps(needed, end)),
        patches=((table.start, _table(kept, table, form)),),
        others=others,
        reach=reach,
    )


def _pages(data: bytes, first: int, form: _Form) -> list[int]:
    pages, count, place = [], Count("pages", MOST_PAGES), first
    seen: set[int] = set()
    while place and place not in seen:
        count.add()
        seen.add(place)
        try:
            (tags,) = form.count.unpack_from(data, place)
            (following,) = form.place.unpack_from(
                data, place + form.count.size + tags * form.tag.size
            )
        except struct.error:
            if not pages:
                raise
            # A page that is cut off is no page.
            break
        pages.append(place)
        place = following
    if not pages:
        raise BrokenPicture("the TIFF picture has no page")
    return pages


def _tags(data: bytes, place: int, form: _Form, most: Count) -> tuple[dict[int, _Tag], slice]:
    """Return the tags of a page, the first of each name, and where their table lies."""
    (count,) = form.count.unpack_from(data, place)
    most.add(count)
    start, tags = place + form.count.size, {}
    for n in range(count):
        at = start + n * form.tag.size
        name, kind, values, inline = form.tag.unpack_from(data, at)
        size = _SIZES.get(kind, 0) * values
        value = at + form.tag.size - len(inline)
        if size > len(inline):
            (value,) = form.place.unpack(inline)
            if value + size > len(data):
                # Decoders pass over such tags.
                continue
        entry = data[at : at + form.tag.size]
        tags.setdefault(name, _Tag(entry, kind, values, slice(value, value + size)))
    stop = start + count * form.tag.size + form.place.size
    return tags, slice(place, stop)


def _reach(data: bytes, pages: Sequence[int], form: _Form) -> int:
    """Return where the pages end with all their notes."""
    most_tags, most_pieces = Count("tags", MOST_TAGS), Count("strips or tiles", MOST_PIECES)
    reach = 0
    for place in pages:
        tags, table = _tags(data, place, form, most_tags)
        numbers = {
            name: tag.numbers(data, form.order) for name, tag in tags.items() if name in _KEPT
        }
        stops = [tag.value.stop for tag in tags.values()]
        stops += [piece.stop for piece in _pieces(data, numbers, most_pieces)]
        reach = max([reach, table.stop, *stops])
    return min(reach, len(data))


def _table(tags: dict[int, _Tag], table: slice, form: _Form) -> bytes:
    """Return a table of these tags alone, as long as the one that it replaces."""
    entries = b"".join(tag.entry for _, tag in sorted(tags.items()))
    written = form.count.pack(len(tags)) + entries
    return written.ljust(table.stop - table.start, b"\0")


def _pieces(data: bytes, numbers: dict[int, tuple[int, ...]], most: Count) -> Iterator[slice]:
    """Yield where the strips or tiles lie."""
    is_tiled = _TILES in numbers
    starts = numbers.get(_TILES if is_tiled else _STRIPS, ())
    sizes = numbers.get(_TILE_BYTES if is_tiled else _STRIP_BYTES, ())
    most.add(len(starts))
    following = sorted({*starts, len(data)})
    after = dict(itertools.pairwise(following))
    for n, start in enumerate(starts):
        if n < len(sizes):
            # Decoders of unpacked ones read on, whatever is said of their sizes.
            stop = start + max(sizes[n], _unpacked_bytes(numbers, n))
        else:
            stop = after.get(start, start)
        yield slice(start, min(stop, len(data)))
    if start := _first(numbers, _JPEG, 0):
        yield slice(start, min(start + _first(numbers, _JPEG_BYTES, len(data)), len(data)))


def _unpacked_bytes(numbers: dict[int, tuple[int, ...]], n: int) -> int:
    """Return the bytes of a strip or tile that is not packed, none where it is."""
    if _first(numbers, _COMPRESSION, _UNPACKED) != _UNPACKED:
        return 0
    width, height = _first(numbers, _WIDTH, 0), _first(numbers, _HEIGHT, 0)
    bits, planes = numbers.get(_BITS) or (1,), _first(numbers, _PLANES, 1)
    if _TILES in numbers:
        width, rows = _first(numbers, _TILE_WIDTH, 0), _first(numbers, _TILE_HEIGHT, 0)
    else:
        rows = min(_first(numbers, _ROWS, height), height) or 1
        rows = min(rows, height - n % -(-height // rows) * rows) if height else 0
    each = bits[0] if planes == _APART else max(sum(bits), bits[0] * _first(numbers, _SAMPLES, 1))
    return -(-width * each // 8) * rows


def _first(numbers: dict[int, tuple[int, ...]], name: int, otherwise: int) -> int:
    return (*numbers.get(name, ()), otherwise)[0]


def _old_jpeg_tables(numbers: dict[int, tuple[int, ...]]) -> list[slice]:
    places = [place for name in _JPEG_TABLES for place in numbers.get(name, ())]
    return [slice(place, place + _TABLE_BYTES) for place in places[:16]]


def _bound_work(data: bytes, numbers: dict[int, tuple[int, ...]], pieces: Sequence[slice]) -> None:
    width, height, across, down = (
        _first(numbers, name, 0) for name in (_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT)
    )
    if _TILES in numbers:
        if not across or not down:
            raise BrokenPicture("the TIFF picture has tiles without a size")
        if -(-width // across) * across * -(-height // down) * down > MOST_TILED_PX:
            raise PictureTooLarge(f"the tiles have more than {MOST_TILED_PX} pixels")
    packing = _first(numbers, _COMPRESSION, _UNPACKED)
    if packing != _UNPACKED:
        coded_bytes = sum(max(0, piece.stop - piece.start) for piece in pieces)
        Count("coded bytes", MOST_CODED_BYTES).add(coded_bytes)
    if packing in (_OLD_JPEG, _NEW_JPEG):
        for piece in {(piece.start, piece.stop) for piece in pieces}:
            if data.count(b"\xff\xda", *piece) > MOST_SCANS:
                raise PictureTooLarge(f"a strip or tile has more than {MOST_SCANS} scans")


def _gaps(needed: Sequence[slice], end: int) -> Iterator[slice]:
    """Yield what lies between the parts that are needed."""
    reached = 0
    for piece in sorted(needed, key=lambda piece: piece.start):
        if piece.start > reached:
            yield slice(reached, min(piece.start, end))
        reached = max(reached, piece.stop)

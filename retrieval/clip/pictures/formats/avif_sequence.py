"""A sequence of AVIF or HEIC pictures made a still one: its first picture, which is an item too.

Decoders go by the brands and read the sequence's tracks. Named otherwise, with its tracks passed
over, the same file is a still picture to them (ISO/IEC 23008-12, 6.2 and 7).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.clip.pictures.formats.boxes import Box, BoxReader, boxes
from retrieval.clip.pictures.formats.parts import Count

STILL_BRAND = {b"avis": b"avif", b"msf1": b"mif1", b"hevc": b"heic", b"hevx": b"heix"}
_TO_SAMPLES = (b"trak", b"mdia", b"minf", b"stbl")
"""The boxes in one another that lead from a movie to the sizes of its samples."""


@dataclass(frozen=True, slots=True)
class StillParts:
    """What makes a sequence's file a still picture's."""

    frames: int
    patches: tuple[tuple[int, bytes], ...]
    blank: tuple[slice, ...]
    """What only its tracks show."""


STILL = StillParts(1, (), ())
"""Of a file that is one already."""


def as_still(data: bytes, found: Sequence[Box], shown: Sequence[slice], count: Count) -> StillParts:
    """Return what a file with these outermost boxes needs.

    Args:
        shown: Where the bytes of its items lie; the rest of its media data belongs to tracks.
    """
    movies = [box for box in found if box.kind == b"moov"]
    brands = [box for box in found if box.kind == b"ftyp"]
    renamed = [patch for box in brands for patch in _still_brands(data, box)]
    passed_over = [(_kind_at(data, movie), b"free") for movie in movies]
    media = [box for box in found if box.kind == b"mdat"]
    gaps = tuple(gap for box in media for gap in _gaps(box, shown))
    frames = max((_frames(data, movie, count) for movie in movies), default=1)
    return StillParts(frames, (*renamed, *passed_over), gaps)


def _kind_at(data: bytes, box: Box) -> int:
    """Return where a box's kind is written: before its body, or before a size of eight bytes."""
    return box.body - 4 if data[box.body - 4 : box.body] == box.kind else box.body - 12


def _still_brands(data: bytes, box: Box) -> Iterator[tuple[int, bytes]]:
    for at in (box.body, *range(box.body + 8, box.end - 3, 4)):
        if still := STILL_BRAND.get(data[at : at + 4]):
            yield at, still


def _gaps(box: Box, shown: Sequence[slice]) -> Iterator[slice]:
    """Yield what of a box no item shows."""
    position = box.body
    for place in sorted(shown, key=lambda place: place.start):
        if box.body <= place.start < box.end:
            if place.start > position:
                yield slice(position, place.start)
            position = max(position, min(place.stop, box.end))
    if position < box.end:
        yield slice(position, box.end)


def _frames(data: bytes, movie: Box, count: Count) -> int:
    """Return how many pictures the longest track has."""
    inside = [movie]
    for kind in _TO_SAMPLES:
        inside = [box for outer in inside for box in _of_kind(data, outer, kind, count)]
    sizes = [box for outer in inside for box in _of_kind(data, outer, b"stsz", count)]
    # Four bytes of version and flags and the size of all come before their number.
    counted = (BoxReader(data, box.body + 8, box.end).take(4) for box in sizes)
    return max(counted, default=1)


def _of_kind(data: bytes, outer: Box, kind: bytes, count: Count) -> list[Box]:
    return [box for box in boxes(data, outer.body, outer.end, count) if box.kind == kind]

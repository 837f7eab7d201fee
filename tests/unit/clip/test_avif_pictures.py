"""AVIF files: the pixels of the reference decoder, no notes kept, no work hidden."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from retrieval.clip.errors import (
    BrokenPicture,
    PictureTooLarge,
    UnsupportedPicture,
    UnusableInput,
)
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.file_parts import picture_parts
from retrieval.clip.pictures.formats.avif_parts import MOST_ITEM_FRAMES
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.picture_note import PictureNote
from retrieval.picture_type import picture_mime

LIMITS = PictureLimits()
ORIENTATION, MAKER = 0x0112, 0x010F


def avif(mode: str = "RGB", orientation: int = 1, **options) -> bytes:
    """Return a gradient as a file with a note of who made it."""
    ramp = Image.linear_gradient("L").resize((48, 32))
    picture = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "Secret"
    file = BytesIO()
    picture.convert(mode).save(file, "AVIF", exif=exif, xmp=b"<x>Secret</x>", **options)
    return file.getvalue()


def _walk_with_table(data: bytes, table: int, end: int, body: bytes) -> None:
    """Walk through a file with another table of places, and the boxes around it mended."""
    meta, more = data.index(b"meta") - 4, len(body) - (end - table)
    changed = bytearray(data[:table] + body + data[end:])
    for box in (meta, table - 8):
        size = int.from_bytes(changed[box : box + 4]) + more
        changed[box : box + 4] = size.to_bytes(4)
    picture_parts(bytes(changed))


def reference(data: bytes) -> np.ndarray:
    """Return libavif's own upright rendering."""
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    return np.asarray(upright.convert("RGB"))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright_and_keeps_its_pixels(mode: str, orientation: int) -> None:
    """As the reference renders it, also once its notes are gone."""
    data = avif(mode, orientation)
    shown = np.asarray(decode(data, LIMITS))
    assert picture_mime(data) == "image/avif"
    assert np.array_equal(shown, reference(data))
    assert np.array_equal(np.asarray(decode(without_metadata(data), LIMITS)), shown)


def test_no_note_is_stored() -> None:
    """Neither EXIF, nor XMP, nor what follows the file."""
    data = avif() + b"Secret"
    assert data.count(b"Secret") == 3
    assert b"Secret" not in without_metadata(data)


def test_transparency_lies_on_white() -> None:
    """A clear pixel is white."""
    file = BytesIO()
    Image.new("RGBA", (16, 16), (255, 0, 0, 0)).save(file, "AVIF")
    assert np.asarray(decode(file.getvalue(), LIMITS)).min() >= 254


def test_its_pixels_are_bounded_before_they_are_decoded() -> None:
    """By what its header says."""
    with pytest.raises(PictureTooLarge, match="48x32"):
        decode(avif(), PictureLimits(max_pixels=1_000))


def sequence(count: int = 5) -> bytes:
    """Return an animation whose frames have a colour each."""
    file = BytesIO()
    first, *others = (Image.new("RGB", (32, 24), (255 - 40 * n, 40 * n, 0)) for n in range(count))
    first.save(file, "AVIF", save_all=True, append_images=others)
    return file.getvalue()


def test_of_a_sequence_the_first_picture_is_read_and_the_others_told() -> None:
    """As of an animated GIF; the reference opens it at the same one."""
    notes: list[PictureNote] = []
    shown = np.asarray(decode(sequence(), LIMITS, note=notes.append))
    assert np.abs(shown.astype(int) - reference(sequence())).max() <= 2
    [told] = notes
    assert (told.code, "5 pictures" in told.message) == ("first_picture_only", True)


def test_of_a_sequence_the_first_picture_alone_is_stored() -> None:
    """Its tracks are passed over by whoever opens it, and the other pictures' bytes are gone."""
    data = sequence()
    stored = without_metadata(data)
    assert getattr(Image.open(BytesIO(data)), "n_frames", 1) == 5
    assert getattr(Image.open(BytesIO(stored)), "n_frames", 1) == 1
    assert np.array_equal(reference(stored), np.asarray(decode(data, LIMITS)))
    assert b"moov" not in stored
    # The last frame ends the file.
    assert data[-12:] not in stored


def test_a_sequence_of_more_pictures_than_are_allowed_is_refused() -> None:
    """Though one of them is read: so it is with every animation."""
    with pytest.raises(PictureTooLarge, match="5 frames"):
        decode(sequence(), PictureLimits(max_frames=4))


def test_a_sequence_whose_first_picture_is_no_item_is_refused_by_name() -> None:
    """There is no still picture in it."""
    data = sequence().replace(b"meta", b"free", 1)
    with pytest.raises(UnsupportedPicture, match="item"):
        decode(data, LIMITS)


def test_frames_that_are_never_shown_are_counted() -> None:
    """Each is a picture's work for two bytes."""
    data = avif()
    # A temporal delimiter and a sequence header begin what is coded.
    start = data.rindex(b"\x12\0\x0a")
    hidden = b"\x1a\0" * (MOST_ITEM_FRAMES + 1)
    with pytest.raises(PictureTooLarge, match="frames"):
        picture_parts(data[:start] + hidden + data[start + len(hidden) :])


def test_items_that_share_their_bytes_are_counted_as_often_as_they_are_read() -> None:
    """A few bytes of a table would otherwise become gigabytes."""
    data = bytearray(avif() + bytes(8 * 1024 * 1024))
    # All the rest of the file belongs to the last box.
    box = data.index(b"mdat") - 4
    data[box : box + 4] = (len(data) - box).to_bytes(4)
    table = data.index(b"iloc") + 4
    end = table - 8 + int.from_bytes(data[table - 8 : table - 4])
    item = b"\0\1\0\0" + (9).to_bytes(2) + struct.pack(">II", box + 8, 8 * 1024 * 1024) * 9
    body = data[table : table + 4] + b"\x44\0\0\1" + item
    assert len(body) > end - table
    with pytest.raises(PictureTooLarge, match="coded bytes"):
        _walk_with_table(bytes(data), table, end, bytes(body))


@settings(max_examples=200, deadline=None)
@given(
    file=st.sampled_from((avif(), sequence())),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    cut=st.integers(12, 4000),
)
def test_damage_is_refused_or_harmless(file: bytes, changes, cut: int) -> None:
    """Bytes changed and cut anywhere: no other exception, and it ends in the file."""
    data = bytearray(file)
    for position, value in changes:
        data[12 + position % (len(data) - 12)] = value
    try:
        parts = picture_parts(bytes(data[:cut]))
        without_metadata(bytes(data[:cut]))
    except UnusableInput:
        return
    assert 0 < parts.end <= cut


def test_a_file_without_its_items_is_broken() -> None:
    """A name alone is no picture."""
    with pytest.raises(BrokenPicture):
        decode(avif()[:32], LIMITS)

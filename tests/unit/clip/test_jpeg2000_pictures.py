"""JPEG 2000 files: the pixels of the reference decoder, no notes kept, no work hidden."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from retrieval.clip.errors import BrokenPicture, PictureTooLarge, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.file_parts import picture_parts
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.picture_type import picture_mime

LIMITS = PictureLimits()
SIZE, CODING = b"\xff\x51", b"\xff\x52"


def jp2(mode: str = "RGB", size: tuple[int, int] = (48, 32), **options) -> bytes:
    """Return a gradient as a file with a note of who made it."""
    ramp = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp))
    file = BytesIO()
    picture.convert(mode).save(file, "JPEG2000", comment="Secret", **options)
    return file.getvalue()


def changed(data: bytes, marker: bytes, offset: int, value: bytes) -> bytes:
    """Return a file with some bytes after a marker replaced."""
    place = data.index(marker) + offset
    return data[:place] + value + data[place + len(value) :]


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA"])
def test_every_mode_keeps_its_pixels(mode: str, bare: bool) -> None:
    """As the reference renders it, in boxes or without, also once its notes are gone."""
    data = jp2(mode, no_jp2=bare)
    expected = np.asarray(Image.open(BytesIO(data)).convert("RGB"))
    shown = np.asarray(decode(data, LIMITS))
    assert picture_mime(data) == ("image/j2c" if bare else "image/jp2")
    assert np.array_equal(shown, expected)
    assert np.array_equal(np.asarray(decode(without_metadata(data), LIMITS)), shown)


def test_grey_of_sixteen_bits_reaches_from_black_to_white() -> None:
    """As in every format."""
    values = np.linspace(0, 65_535, 64).reshape(8, 8)
    file = BytesIO()
    Image.fromarray(values.astype(np.uint16)).save(file, "JPEG2000")
    shown = np.asarray(decode(file.getvalue(), LIMITS))[..., 0]
    assert np.abs(shown - values * 255 / 65_535).max() <= 1


def test_no_note_is_stored() -> None:
    """Neither in boxes, nor in the codestream, nor what follows it."""
    data = jp2()
    place = data.index(b"jp2h") - 4
    box = struct.pack(">I4s", 14, b"uuid") + b"Secret"
    noted = data[:place] + box + data[place:] + box
    assert noted.count(b"Secret") == 3
    assert b"Secret" not in without_metadata(noted)
    assert np.array_equal(np.asarray(decode(noted, LIMITS)), np.asarray(decode(data, LIMITS)))


@pytest.mark.parametrize("size", [(1000, 800), (1001, 803), (677, 1203)])
def test_decoding_at_reduced_scale_keeps_twice_the_wanted_size(size: tuple[int, int]) -> None:
    """A large one is decoded small where that is possible, and is the same picture."""
    data = jp2(size=size)
    small = decode(data, LIMITS, wanted_px=64)
    assert 128 <= min(small.size) < min(size)
    whole = decode(data, LIMITS).resize((64, 64))
    apart = np.asarray(small.resize((64, 64))).astype(int) - np.asarray(whole)
    assert np.abs(apart).mean() < 2


def test_its_pixels_are_bounded_before_they_are_decoded() -> None:
    """By its codestream, whatever its box says."""
    with pytest.raises(PictureTooLarge, match="48x32"):
        decode(jp2(), PictureLimits(max_pixels=1_000))
    lying = changed(jp2(), SIZE, 6, struct.pack(">6I", 60_000, 60_000, 0, 0, 60_000, 60_000))
    with pytest.raises(PictureTooLarge, match="60000x60000"):
        decode(lying, LIMITS)


def test_a_box_that_says_another_size_than_the_codestream_is_refused() -> None:
    """A decoder may believe either."""
    lying = changed(jp2(), b"ihdr", 4, struct.pack(">II", 16, 16))
    with pytest.raises(BrokenPicture, match="sizes"):
        decode(lying, LIMITS)


def test_packets_are_counted_before_they_are_read() -> None:
    """Sixty-five thousand layers of nothing are two bytes."""
    layers = changed(jp2(size=(4_000, 4_000), precinct_size=(64, 64)), CODING, 6, b"\xff\xff")
    with pytest.raises(PictureTooLarge, match="steps"):
        picture_parts(layers)


def test_tiles_are_counted() -> None:
    """Each costs a decoder kilobytes."""
    tiny = changed(jp2(size=(400, 400)), SIZE, 22, struct.pack(">II", 1, 1))
    with pytest.raises(PictureTooLarge, match="tiles"):
        picture_parts(tiny)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=6),
    cut=st.integers(12, 2_000),
)
def test_damage_is_refused_or_harmless(changes, cut: int) -> None:
    """Bytes changed and cut anywhere: no other exception, and it ends in the file."""
    data = bytearray(jp2())
    for position, value in changes:
        data[12 + position % (len(data) - 12)] = value
    damaged = bytes(data[:cut])
    try:
        parts = picture_parts(damaged)
        without_metadata(damaged)
    except UnusableInput:
        return
    assert 0 < parts.end <= len(damaged)

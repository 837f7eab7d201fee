"""TIFF files: the first page as the reference decoder renders it, nothing else kept or shown."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from retrieval.clip.errors import BrokenPicture, PictureTooLarge, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.file_parts import for_decoder, picture_parts
from retrieval.clip.pictures.formats.tiff_parts import MOST_SCANS
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.picture_note import PictureNote
from retrieval.picture_type import picture_mime

LIMITS = PictureLimits()
ORIENTATION, MAKER, DESCRIPTION, SCANS = 0x0112, 0x010F, 0x010E, b"\xff\xda"


def gradient() -> Image.Image:
    """Return a picture that differs in every direction and channel."""
    ramp = Image.linear_gradient("L").resize((48, 32))
    return Image.merge(
        "RGB", (ramp, ramp.rotate(180), ramp.transpose(Image.Transpose.ROTATE_90).resize((48, 32)))
    )


def tiff(mode: str = "RGB", orientation: int = 1, **options) -> bytes:
    """Return a gradient as a file with two notes of who made it."""
    file = BytesIO()
    notes = {ORIENTATION: orientation, MAKER: "Secret maker", DESCRIPTION: "Secret place"}
    gradient().convert(mode).save(file, "TIFF", tiffinfo=notes, **options)
    return file.getvalue()


def pages(count: int) -> bytes:
    """Return a file of several pages; each after the first is blue."""
    file = BytesIO()
    more = [Image.new("RGB", (48, 32), "blue")] * (count - 1)
    gradient().save(file, "TIFF", save_all=True, append_images=more)
    return file.getvalue()


def reference(data: bytes) -> np.ndarray:
    """Return Pillow's own upright rendering."""
    return np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB"))


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright_and_keeps_its_pixels(mode: str, orientation: int) -> None:
    """As the reference renders it, also once its notes are gone."""
    data = tiff(mode, orientation)
    shown = np.asarray(decode(data, LIMITS))
    assert picture_mime(data) == "image/tiff"
    assert np.array_equal(shown, reference(data))
    assert np.array_equal(np.asarray(decode(without_metadata(data), LIMITS)), shown)


@pytest.mark.parametrize(
    "packing",
    ["raw", "tiff_lzw", "tiff_deflate", "packbits", "lzma", "zstd", "jpeg", "tiff_adobe_deflate"],
)
def test_every_packing_is_unpacked(packing: str) -> None:
    """Also of a file whose numbers are eight bytes wide."""
    for options in ({}, {"big_tiff": True}):
        data = tiff(compression=packing, **options)
        assert np.array_equal(np.asarray(decode(data, LIMITS)), reference(data))


def test_colours_of_laboratories_are_brought_to_srgb() -> None:
    """Pillow itself converts none."""
    file = BytesIO()
    Image.new("LAB", (8, 8), (255, 128, 128)).save(file, "TIFF")
    assert np.asarray(decode(file.getvalue(), LIMITS)).min() >= 250


@pytest.mark.parametrize("form", ["I;16", "I", "F"])
def test_grey_of_more_than_eight_bits_reaches_from_black_to_white(form: str) -> None:
    """What is guessed is told, and what the file says is not."""
    most = 65_535 if form == "I;16" else 5_000
    values = np.linspace(0, most, 64).reshape(8, 8)
    kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[form]
    file, notes = BytesIO(), list[PictureNote]()
    Image.fromarray(values.astype(kind)).save(file, "TIFF")
    shown = np.asarray(decode(file.getvalue(), LIMITS, note=notes.append))[..., 0]
    assert np.abs(shown - values * 255 / most).max() <= 1
    assert [note.code for note in notes] == ([] if form == "I;16" else ["values_stretched"])


def test_no_note_is_stored() -> None:
    """Neither of the first page, nor another page, nor what follows the file."""
    data = tiff() + b"Secret tail"
    assert data.count(b"Secret") == 3
    assert b"Secret" not in without_metadata(data)


def test_of_several_pages_the_first_is_read_kept_and_told() -> None:
    """The others are neither shown to a decoder nor stored."""
    data, notes = pages(3), list[PictureNote]()
    assert np.array_equal(np.asarray(decode(data, LIMITS, note=notes.append)), reference(data))
    assert [note.code for note in notes] == ["first_picture_only"]
    assert "3 pictures" in notes[0].message
    stored = without_metadata(data)
    assert Image.open(BytesIO(stored)).n_frames == 1
    assert np.array_equal(np.asarray(decode(stored, LIMITS)), reference(data))
    with pytest.raises(PictureTooLarge, match="3 frames"):
        decode(data, PictureLimits(max_frames=2))


def test_pages_in_a_circle_end() -> None:
    """Each is counted once."""
    data = bytearray(pages(2))
    (first,) = struct.unpack_from("<I", data, 4)
    (tags,) = struct.unpack_from("<H", data, first)
    (second,) = struct.unpack_from("<I", data, first + 2 + 12 * tags)
    (more,) = struct.unpack_from("<H", data, second)
    struct.pack_into("<I", data, second + 2 + 12 * more, first)
    assert picture_parts(bytes(data)).frames == 2


def test_its_pixels_are_bounded_before_they_are_decoded() -> None:
    """By what its tags say."""
    with pytest.raises(PictureTooLarge, match="48x32"):
        decode(tiff(), PictureLimits(max_pixels=1_000))


def test_scans_in_a_strip_are_counted() -> None:
    """Each goes over all of its blocks for a few bytes."""
    data = tiff(compression="jpeg")
    place = data.index(SCANS) + 2
    hurtful = data[:place] + SCANS * MOST_SCANS + data[place + 2 * MOST_SCANS :]
    with pytest.raises(PictureTooLarge, match="scans"):
        picture_parts(hurtful)


def test_tiles_far_larger_than_the_picture_are_refused() -> None:
    """Each is decoded whole."""
    entries = [(256, 16), (257, 16), (259, 5), (322, 32_768), (323, 32_768), (324, 8), (325, 8)]
    table = b"".join(struct.pack("<HHII", name, 4, 1, value) for name, value in entries)
    data = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(12)
    with pytest.raises(PictureTooLarge, match="tiles"):
        picture_parts(data)


def test_strips_that_share_their_bytes_are_counted_as_often_as_they_are_read() -> None:
    """A small table would otherwise be gigabytes to unpack."""
    count = 1_000
    places = struct.pack("<I", 8) * count
    sizes = struct.pack("<I", 1024 * 1024) * count
    start = 8 + 2 + 12 * 5 + 4
    entries = [(256, 1, 16), (257, 1, count), (259, 1, 5)]
    entries += [(273, count, start), (279, count, start + len(places))]
    table = b"".join(struct.pack("<HHII", name, 4, many, value) for name, many, value in entries)
    data = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4) + places + sizes
    with pytest.raises(PictureTooLarge, match="coded bytes"):
        picture_parts(data + bytes(1024 * 1024))


def test_a_page_archive_or_program_after_its_end_is_refused() -> None:
    """What lies between its own parts is no tail."""
    with pytest.raises(BrokenPicture, match="page"):
        decode(tiff() + b"<html><body>text text text", LIMITS)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 6_000), st.integers(0, 255)), max_size=6),
    cut=st.integers(8, 6_000),
    packing=st.sampled_from(["raw", "tiff_lzw", "jpeg"]),
)
def test_damage_is_refused_or_harmless(changes, cut: int, packing: str) -> None:
    """Bytes changed and cut anywhere: no other exception, and it ends in the file."""
    data = bytearray(tiff(compression=packing))
    for position, value in changes:
        data[8 + position % (len(data) - 8)] = value
    damaged = bytes(data[:cut])
    try:
        parts = picture_parts(damaged)
        shown = for_decoder(damaged, parts)
        without_metadata(damaged)
    except UnusableInput:
        return
    assert 0 < parts.end <= parts.reach <= len(damaged)
    assert len(shown) == parts.end

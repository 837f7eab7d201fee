"""The walk through a picture's parts: never anything but parts or a refusal."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from retrieval.clip.errors import PictureTooLarge, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.file_parts import for_decoder, picture_parts
from retrieval.clip.pictures.metadata import without_metadata
from tests.http.hostile import chunk, jpeg_of_scans, laborious
from tests.towers import picture_file

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")


@settings(max_examples=200, deadline=None)
@given(
    form=st.sampled_from(FORMATS),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    cut=st.integers(12, 2000),
)
def test_damage_is_refused_or_harmless(form: str, changes, cut: int) -> None:
    """Bytes changed and cut anywhere: no other exception, and what is kept lies in the file."""
    data = bytearray(picture_file("red", (20, 10), form))
    for position, value in changes:
        data[12 + position % (len(data) - 12)] = value
    damaged = bytes(data[:cut])
    try:
        parts = picture_parts(damaged)
        without_metadata(damaged)
    except UnusableInput:
        return
    assert 0 < parts.end <= len(damaged)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_stripping_changes_no_pixel(form: str, mode: str) -> None:
    """Also palettes and grey."""
    pixels = np.random.default_rng(2).integers(0, 256, (37, 21, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).convert(
        "RGB" if form == "WEBP" else mode if form != "JPEG" or mode != "P" else "L"
    ).save(file, form)
    before = Image.open(BytesIO(file.getvalue()))
    after = Image.open(BytesIO(without_metadata(file.getvalue())))
    assert np.array_equal(np.asarray(before.convert("RGB")), np.asarray(after.convert("RGB")))


def test_a_progressive_picture_and_one_without_its_end_are_walked() -> None:
    """Several scans; and a camera that lost its battery."""
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    assert without_metadata(data)[-2:] == b"\xff\xd9"
    assert picture_parts(data[:-2]).end == len(data) - 2


def test_the_number_of_parts_is_capped() -> None:
    """A million empty segments are refused after a hundred thousand."""
    data = b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000 + b"\xff\xd9"
    with pytest.raises(PictureTooLarge, match="parts"):
        picture_parts(data)


def test_a_bitmap_that_lies_about_its_size_is_stored_whole() -> None:
    """Its pixels decide where it ends, not its word."""
    whole = picture_file("red", (20, 10), "BMP")
    lying = whole[:2] + (60).to_bytes(4, "little") + whole[6:]
    assert without_metadata(lying) == lying
    assert without_metadata(whole + b"Secret") == whole


def test_the_orientation_of_a_large_png_costs_no_decoding() -> None:
    """Pillow would decode its data, here far more than the file may hold."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    chunks = [
        (b"IHDR", header),
        (b"tEXt", b"a\0b"),
        (b"eXIf", exif),
        (b"IDAT", b"x"),
        (b"IEND", b""),
    ]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in chunks)
    stripped = without_metadata(data)
    assert stripped.count(b"eXIf") == 1
    assert b"tEXt" not in stripped


@pytest.mark.parametrize("name", [name for name, _ in laborious()])
def test_work_that_is_repeated_for_a_few_bytes_is_refused_before_it_is_done(name: str) -> None:
    """Scans, fill, segments, chunks, runs: found by walking, without a decoder."""
    with pytest.raises(UnusableInput):
        picture_parts(dict(laborious())[name])


def test_scans_that_pictures_really_have_are_no_attack() -> None:
    """As many as any encoder writes, over as many pixels as are allowed."""
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", progressive=True, subsampling=0)
    data = bytearray(file.getvalue())
    assert data.count(b"\xff\xda") == 10
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 6_300, 6_300)
    assert picture_parts(bytes(data)).end == len(data)
    assert decode(jpeg_of_scans(20, 300), PictureLimits()).size == (300, 300)


@pytest.mark.parametrize("form", FORMATS)
def test_a_decoder_sees_the_first_frame_as_it_is(form: str) -> None:
    """With other frames, notes and profiles left out, every pixel is the same."""
    pixels = np.random.default_rng(2).integers(0, 256, (37, 21, 3), dtype=np.uint8)
    frames = [Image.fromarray(pixels), Image.new("RGB", (21, 37), "red")]
    file = BytesIO()
    more = {"save_all": True, "append_images": frames[1:]} if form in ("GIF", "PNG", "WEBP") else {}
    frames[0].save(file, form, icc_profile=b"profile" * 20, **more)
    data = file.getvalue()
    shown = for_decoder(data, picture_parts(data))
    before, after = (Image.open(BytesIO(given)).convert("RGB") for given in (data, shown))
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert b"profileprofile" not in shown
    if more:
        assert len(shown) < len(data)


def test_frames_are_counted_and_not_believed() -> None:
    """A PNG that says one and has a thousand has a thousand."""
    control = chunk(b"fcTL", bytes(26))
    whole = picture_file()
    data = whole[:33] + chunk(b"acTL", struct.pack(">II", 1, 0)) + control * 1_000 + whole[33:]
    assert picture_parts(data).frames == 1_000


def test_junk_between_the_segments_of_a_jpeg_is_skipped_as_browsers_do() -> None:
    """Every pixel stays; more than a little of it is refused."""
    whole = picture_file("red", (20, 10), "JPEG")
    place = 2 + 2 + 16
    given = whole[:place] + b"junk\xff\0" + whole[place:]
    assert decode(given, PictureLimits()).tobytes() == decode(whole, PictureLimits()).tobytes()
    assert without_metadata(given) == without_metadata(whole)
    with pytest.raises(UnusableInput):
        picture_parts(whole[:place] + b"j" * 5_000 + whole[place:])


def test_an_adobe_segment_that_is_cut_short_counts_for_nothing() -> None:
    """Pillow fails on it, others ignore it."""
    whole = picture_file("red", (20, 10), "JPEG")
    given = whole[:2] + b"\xff\xee\0\x08Adobe\0" + whole[2:]
    assert decode(given, PictureLimits()).tobytes() == decode(whole, PictureLimits()).tobytes()


def test_a_gif_with_unknown_bytes_between_blocks_is_walked() -> None:
    """Pillow and browsers skip them."""
    whole = picture_file("red", (20, 10), "GIF")
    place = whole.index(b"!") if b"!" in whole[:30] else whole.index(b",")
    given = whole[:-1] + b"\0\0\x99;"
    assert decode(given, PictureLimits()).tobytes() == decode(whole, PictureLimits()).tobytes()
    assert without_metadata(given) == whole
    with pytest.raises(UnusableInput):
        picture_parts(whole[:place] + b"\x99" * 5_000 + whole[place:])


def test_a_gif_that_is_cut_after_its_first_frame_is_that_frame() -> None:
    """What is cut off is never looked at."""
    frames = [Image.new("RGB", (21, 37), colour) for colour in ("red", "blue")]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    whole = file.getvalue()
    shown = decode(whole[:-4], PictureLimits())
    assert shown.tobytes() == decode(whole, PictureLimits()).tobytes()
    with pytest.raises(UnusableInput):
        decode(whole[: whole.index(b",") + 12], PictureLimits())

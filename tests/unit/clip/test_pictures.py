"""Whatever claims to be a picture is decoded to its end or refused precisely."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from retrieval.clip.errors import (
    BrokenPicture,
    EmptyInput,
    PictureTooLarge,
    UnsupportedPicture,
    UnusableInput,
)
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.picture_type import picture_mime
from tests.towers import picture_file

LIMITS = PictureLimits(max_bytes=100_000, max_pixels=1_000_000)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "TIFF"])
def test_every_allowed_format_is_read_by_content(form: str) -> None:
    """The name plays no part, and the cheap sniff agrees with the decoder."""
    data = picture_file("red", (20, 10), form)
    assert decode(data, LIMITS).size == (20, 10)
    assert picture_mime(data) == f"image/{form.lower()}"


def test_a_disguised_file_is_refused() -> None:
    """HTML stays HTML, and a PPM is not on the list."""
    with pytest.raises(UnsupportedPicture):
        decode(b"<html><script>alert(1)</script>", LIMITS)
    with pytest.raises(UnsupportedPicture):
        decode(picture_file("red", (20, 10), "PPM"), LIMITS)


@pytest.mark.parametrize("form", ["EPS", "PDF", "PPM", "TGA", "PCX", "SGI"])
def test_a_format_that_is_not_listed_is_never_opened(form: str) -> None:
    """Above all not EPS, for which Pillow starts another program."""
    with pytest.raises(UnsupportedPicture):
        decode(picture_file("red", (20, 10), form), LIMITS)


def test_an_empty_file_is_refused() -> None:
    """Nothing is no picture."""
    with pytest.raises(EmptyInput):
        decode(b"", LIMITS)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF", "TIFF", "JPEG2000", "ICO"])
def test_a_truncated_picture_is_refused(form: str) -> None:
    """Half a picture is broken, not half a result."""
    rng = np.random.default_rng(0)
    noisy = Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    file = BytesIO()
    noisy.save(file, form)
    with pytest.raises(UnusableInput):
        decode(file.getvalue()[: len(file.getvalue()) // 2], LIMITS)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A tiny file that would become many pixels never does."""
    bomb = picture_file("red", (3000, 3000))
    assert len(bomb) < LIMITS.max_bytes
    with pytest.raises(PictureTooLarge, match="3000x3000"):
        decode(bomb, LIMITS)


def test_the_bound_that_is_told_is_ours() -> None:
    """Pillow refuses the largest by a bound of its own, which nobody could go by."""
    file = bytearray(picture_file("red", (8, 8)))
    # Its head says another size.
    file[16:24] = struct.pack(">II", 30_000, 30_000)
    file[29:33] = struct.pack(">I", zlib.crc32(file[12:29]))
    with pytest.raises(PictureTooLarge, match=f"more than {LIMITS.max_pixels} pixels"):
        decode(bytes(file), LIMITS)


def test_too_many_bytes_are_refused() -> None:
    """The byte cap holds before anything is parsed."""
    with pytest.raises(PictureTooLarge, match="at most 10"):
        decode(picture_file(), PictureLimits(max_bytes=10))


def test_transparency_lies_on_white() -> None:
    """A clear pixel is white, not whatever colour its hidden channels hold."""
    file = BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(file, "PNG")
    assert np.asarray(decode(file.getvalue(), LIMITS)).min() == 255


def test_a_photograph_is_turned_upright() -> None:
    """The camera's orientation tag is obeyed."""
    file = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (20, 10), "red").save(file, "JPEG", exif=exif)
    assert decode(file.getvalue(), LIMITS).size == (10, 20)


def test_decoding_at_reduced_scale_keeps_twice_the_wanted_size() -> None:
    """A large JPEG is decoded small, but never smaller than the resize needs."""
    data = picture_file("red", (1000, 800), "JPEG")
    width, height = decode(data, LIMITS, wanted_px=64).size
    assert 128 <= min(width, height) < 800


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 79))
def test_garbage_never_escapes_as_anything_but_a_refusal(noise: bytes, cut: int) -> None:
    """Random tails after a valid header either decode or are refused."""
    try:
        picture = decode(picture_file()[:cut] + noise, LIMITS)
    except UnusableInput:
        return
    assert picture.mode == "RGB"


def test_a_picture_with_a_broken_header_is_refused() -> None:
    """A signature alone is no picture."""
    with pytest.raises((BrokenPicture, UnsupportedPicture)):
        decode(b"\x89PNG\r\n\x1a\n" + bytes(40), LIMITS)

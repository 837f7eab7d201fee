"""ICO files: the largest picture, as if it were a file of its own."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from retrieval.clip.errors import PictureTooLarge, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.file_parts import picture_parts
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.picture_type import picture_mime
from tests.http.hostile import png

LIMITS = PictureLimits()


def ico(form: str = "png") -> bytes:
    """Return a red icon in two sizes, its left half clear."""
    picture = Image.new("RGBA", (64, 64), "red")
    picture.paste((0, 0, 0, 0), (0, 0, 32, 64))
    file = BytesIO()
    picture.save(file, "ICO", sizes=[(16, 16), (64, 64)], bitmap_format=form)
    return file.getvalue()


def icon_of(body: bytes) -> bytes:
    """Return an icon that says of its one picture that it is small."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(body), 22) + body


@pytest.mark.parametrize("form", ["png", "bmp"])
def test_the_largest_picture_is_read_and_what_is_clear_is_white(form: str) -> None:
    """Of both kinds that an icon holds, also once it is stored."""
    data = ico(form)
    shown = decode(data, LIMITS)
    assert picture_mime(data) == "image/x-icon"
    assert shown.size == (64, 64)
    assert (shown.getpixel((5, 5)), shown.getpixel((60, 60))) == ((255, 255, 255), (255, 0, 0))
    assert np.array_equal(np.asarray(decode(without_metadata(data), LIMITS)), np.asarray(shown))


def test_no_note_is_stored() -> None:
    """A picture in an icon may have some of its own."""
    note, file = PngInfo(), BytesIO()
    note.add_text("Author", "Secret")
    Image.new("RGB", (16, 16), "red").save(file, "PNG", pnginfo=note)
    data = icon_of(file.getvalue()) + b"Secret"
    assert data.count(b"Secret") == 2
    assert b"Secret" not in without_metadata(data)
    assert decode(data, LIMITS).size == (16, 16)


def test_pixels_are_bounded_whatever_the_icon_says_of_them() -> None:
    """The picture's own head counts."""
    with pytest.raises(PictureTooLarge, match="7000x7000"):
        decode(icon_of(png(7_000, 7_000)), LIMITS)
    head = struct.pack("<IiiHHIIiiII", 40, 30_000, 60_000, 1, 32, 0, 0, 0, 0, 0, 0)
    with pytest.raises(PictureTooLarge, match="bitmap"):
        decode(icon_of(head), LIMITS)


def test_a_pointer_of_a_mouse_is_no_icon() -> None:
    """Its files begin nearly alike."""
    data = ico()
    assert picture_mime(data[:2] + b"\2" + data[3:]) == "application/octet-stream"


@settings(max_examples=300, deadline=None)
@given(
    form=st.sampled_from(["png", "bmp"]),
    changes=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=6),
    cut=st.integers(22, 20_000),
)
def test_damage_is_refused_or_harmless(form: str, changes, cut: int) -> None:
    """Bytes changed and cut anywhere: no other exception, and it ends in the file."""
    data = bytearray(ico(form))
    for position, value in changes:
        data[6 + position % (len(data) - 6)] = value
    damaged = bytes(data[:cut])
    try:
        parts = picture_parts(damaged)
        decode(damaged, LIMITS)
        without_metadata(damaged)
    except UnusableInput:
        return
    assert 0 < parts.end <= len(damaged)

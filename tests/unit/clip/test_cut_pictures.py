"""Files whose end is missing: what is there is decoded and told, less than half of it refused."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from retrieval.clip.errors import BrokenPicture, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.picture_note import PictureNote

LIMITS = PictureLimits()


def noisy(form: str, size: tuple[int, int] = (200, 160), **options) -> bytes:
    """Return a picture none of whose rows is like another."""
    rng = np.random.default_rng(3)
    rows = rng.integers(1, 250, (*size[::-1], 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(rows).save(file, form, **options)
    return file.getvalue()


def read(data: bytes, wanted_px: int | None = None) -> tuple[np.ndarray, list[PictureNote]]:
    """Return the pixels, and what is told of them."""
    notes: list[PictureNote] = []
    picture = decode(data, LIMITS, wanted_px, notes.append)
    return np.asarray(picture).astype(int), notes


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("missing", [2, 10, 200])
def test_a_jpeg_without_its_last_bytes_is_decoded_and_says_so(options, missing: int) -> None:
    """Its upper part is as it was."""
    whole = noisy("JPEG", **options)
    shown, notes = read(whole[:-missing])
    expected, none = read(whole)
    assert none == []
    assert [note.code for note in notes] == ["decoded_in_part"]
    if "progressive" not in options:
        assert np.array_equal(shown[:128], expected[:128])
    assert shown.shape == expected.shape


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_gif_without_its_last_bytes_is_decoded_and_says_so(interlaced: bool) -> None:
    """Its upper part is as it was, in whichever order its rows are stored."""
    whole = noisy("GIF", interlace=interlaced)
    shown, notes = read(whole[: -len(whole) // 10])
    expected, _ = read(whole)
    assert [note.code for note in notes] == ["decoded_in_part"]
    assert "% of its rows" in notes[0].message
    step = 8 if interlaced else 1
    assert np.array_equal(shown[:128:step], expected[:128:step])


@pytest.mark.parametrize("form", ["JPEG", "GIF"])
def test_of_a_picture_less_than_half_is_none(form: str) -> None:
    """Nobody meant a grey sheet with a strip of sky."""
    whole = noisy(form)
    with pytest.raises(BrokenPicture, match="rows are there"):
        decode(whole[: len(whole) // 3], LIMITS)


@pytest.mark.parametrize("form", ["JPEG", "GIF"])
def test_wherever_a_file_is_cut_it_is_refused_or_told(form: str) -> None:
    """Never a whole picture without a word."""
    whole = noisy(form, (40, 32))
    for cut in range(0, len(whole) - 2, 37):
        try:
            _, notes = read(whole[:cut])
        except UnusableInput:
            continue
        assert [note.code for note in notes] == ["decoded_in_part"]


def test_what_is_missing_is_told_of_a_reduced_picture_too() -> None:
    """A model sees no more than this."""
    _, notes = read(noisy("JPEG", (1000, 800))[:-5_000], wanted_px=32)
    assert [note.code for note in notes] == ["decoded_in_part"]


@pytest.mark.parametrize("form", ["JPEG", "GIF"])
def test_a_cut_file_is_stored_as_it_is_read(form: str) -> None:
    """The same pixels come out of what is kept."""
    cut = noisy(form)[:-300]
    assert np.array_equal(read(without_metadata(cut))[0], read(cut)[0])


def test_a_profile_of_no_use_is_told() -> None:
    """The colours are as they stand."""
    data = noisy("PNG", icc_profile=b"no profile")
    shown, notes = read(data)
    assert np.array_equal(shown, read(noisy("PNG"))[0])
    assert [note.code for note in notes] == ["colour_profile_ignored"]


def test_of_an_animation_the_first_frame_is_told() -> None:
    """With how many there are."""
    file = BytesIO()
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    _, notes = read(file.getvalue())
    assert [note.code for note in notes] == ["first_picture_only"]
    assert "3 pictures" in notes[0].message

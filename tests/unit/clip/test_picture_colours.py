"""Pixels are those that a screen shows: every depth, key and profile beside its own arithmetic."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from retrieval.clip.pictures.colours import displayed
from retrieval.clip.pictures.decode import PictureLimits, decode
from tests.http.hostile import chunk

LIMITS = PictureLimits()
GREY, TRUECOLOUR = 0, 2
P3_TO_XYZ_D50 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
SRGB_TO_XYZ_D50 = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


def png(
    values: np.ndarray, bits: int, colour: int, key: bytes = b"", profile: bytes = b""
) -> bytes:
    """Return a PNG written by its standard, without Pillow; values have shape (h, w, channels)."""
    height, width, _ = values.shape
    bit = (values.reshape(height, -1, 1) >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(bit.reshape(height, -1).astype(np.uint8), axis=1)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))]
    chunks += [(b"iCCP", b"p\0\0" + zlib.compress(profile))] if profile else []
    chunks += [(b"tRNS", key)] if key else []
    chunks += [(b"IDAT", zlib.compress(body)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return a profile of a screen (ICC.1:2001-04, 6)."""
    place, table, bodies = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        table += struct.pack(">4sII", name, place + len(bodies), len(body))
        bodies += body + b"\0" * (-len(body) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", place + len(bodies), b"\0" * 4, 0x02400000, b"mntr", space, b"XYZ "
    )
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + _xyz(0.9642, 1.0, 0.8249)[8:] + b"\0" * 48
    return head + struct.pack(">I", len(tags)) + table + bodies


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def wide_gamut() -> bytes:
    """Return a profile of Display P3's colours with a plain gamma of 2.2."""
    columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), P3_TO_XYZ_D50.T, strict=True)
    tags = {name: _xyz(*column) for name, column in columns}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(2.2))
    return icc(b"RGB ", tags | {b"wtpt": _xyz(0.9642, 1.0, 0.8249)})


def _as_srgb(linear: np.ndarray) -> np.ndarray:
    """Return the 8-bit values of linear light (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_grey_of_every_depth_reaches_from_black_to_white(bits: int) -> None:
    """Sixteen bits too, which Pillow's own conversion cuts off at 255."""
    most = 2**bits - 1
    values = np.linspace(0, most, 64).astype(np.uint32).reshape(8, 8, 1)
    shown = np.asarray(decode(png(values, bits, GREY), LIMITS))
    assert np.abs(shown - values * 255 / most).max() <= 0.5


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_the_transparent_grey_is_white_and_no_other_is(bits: int) -> None:
    """At every depth, one step beside it stays as it is."""
    values = np.array([[[0], [1]]], np.uint32)
    shown = np.asarray(decode(png(values, bits, GREY, struct.pack(">H", 0)), LIMITS))
    assert shown[0, 0].tolist() == [255] * 3
    assert np.abs(shown[0, 1] - 255 / (2**bits - 1)).max() <= 0.5


@pytest.mark.parametrize("bits", [8, 16])
def test_the_transparent_colour_is_white_and_no_other_is(bits: int) -> None:
    """A pixel that differs in one channel only is another colour."""
    values = np.array([[[10, 20, 30], [10, 20, 31], [0, 20, 30]]], np.uint32)
    values *= 256 ** (bits // 8 - 1)
    key = struct.pack(">3H", *values[0, 0])
    shown = np.asarray(decode(png(values, bits, TRUECOLOUR, key), LIMITS))
    assert shown[0].tolist() == [[255, 255, 255], [10, 20, 31], [0, 20, 30]]


@settings(max_examples=50, deadline=None)
@example([2**31 - 2, 2**31 - 1])
@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=2, max_size=40))
def test_whole_numbers_of_32_bits_reach_from_black_to_white(numbers: list[int]) -> None:
    """The least is black and the greatest white, as no file says what its numbers mean."""
    values = np.array([numbers], np.int64)
    shown = np.asarray(displayed(Image.fromarray(values.astype(np.int32))))[..., 0]
    span = max(numbers) - min(numbers)
    expected = (values - min(numbers)) * 255 / span if span else np.zeros(values.shape)
    assert np.abs(shown - expected).max() <= 1


def test_floating_numbers_are_from_nought_to_one_or_stretched() -> None:
    """By custom 1 is white; beyond it the greatest is."""
    for top in (0.5, 1.0, 1000.0):
        values = np.linspace(0, top, 16, dtype=np.float32).reshape(4, 4)
        shown = np.asarray(displayed(Image.fromarray(values)))[..., 0]
        assert np.abs(shown - values * 255 / max(1.0, top)).max() <= 1


def test_colours_of_a_wide_gamut_are_brought_to_srgb() -> None:
    """Beside the matrices of both spaces."""
    values = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint32)
    shown = np.asarray(decode(png(values, 8, TRUECOLOUR, profile=wide_gamut()), LIMITS))
    to_srgb = np.linalg.inv(SRGB_TO_XYZ_D50) @ P3_TO_XYZ_D50
    expected = _as_srgb((values / 255) ** 2.2 @ to_srgb.T)
    assert np.abs(shown - expected).max() <= 3
    assert np.abs(shown - values.astype(float)).max() > 20


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_a_profile_is_found_in_every_format_that_has_one(form: str) -> None:
    """The same colours as by the profile alone."""
    file = BytesIO()
    Image.new("RGB", (16, 16), (200, 60, 40)).save(
        file, form, icc_profile=wide_gamut(), **({"lossless": True} if form == "WEBP" else {})
    )
    values = np.full((16, 16, 3), (200, 60, 40), np.uint32)
    wanted = np.asarray(decode(png(values, 8, TRUECOLOUR, profile=wide_gamut()), LIMITS))
    shown = np.asarray(decode(file.getvalue(), LIMITS))
    assert np.abs(shown.astype(int) - wanted).max() <= 3


def test_a_profile_of_grey_is_applied_and_transparency_survives_it() -> None:
    """Grey of gamma 1 is linear light."""
    profile = icc(b"GRAY", {b"kTRC": _gamma(1.0), b"wtpt": _xyz(0.9642, 1.0, 0.8249)})
    values = np.array([[[0], [64], [128]]], np.uint32)
    shown = np.asarray(decode(png(values, 8, GREY, struct.pack(">H", 0), profile), LIMITS))[0, :, 0]
    assert shown[0] == 255
    assert np.abs(shown[1:] - _as_srgb(np.array([64, 128]) / 255)).max() <= 2


@pytest.mark.parametrize(
    "profile",
    [b"no profile", icc(b"CMYK", {}), bytes(5 * 1024 * 1024)],
    ids=("torn", "cmyk", "big"),
)
def test_a_profile_of_no_use_leaves_the_colours_as_they_stand(profile: bytes) -> None:
    """Torn, of other channels, or more than its bound once it is unpacked."""
    values = np.full((2, 2, 3), 77, np.uint32)
    assert np.asarray(decode(png(values, 8, TRUECOLOUR, profile=profile), LIMITS)).min() == 77


@pytest.mark.parametrize("marked", [True, False])
def test_inks_become_the_colours_that_they_leave(marked: bool) -> None:
    """With Adobe's marker and without: all four are stored inverted, as every writer does."""
    inks = (0, 200, 120, 40)
    file = BytesIO()
    Image.new("CMYK", (16, 16), inks).save(file, "JPEG", quality=100)
    data = file.getvalue()
    start = data.find(b"\xff\xee")
    length = 2 + int.from_bytes(data[start + 2 : start + 4])
    shown = decode(data if marked else data[:start] + data[start + length :], LIMITS)
    expected = [(255 - ink) * (255 - inks[3]) / 255 for ink in inks[:3]]
    assert start > 0
    assert np.abs(np.asarray(shown) - expected).max() <= 3

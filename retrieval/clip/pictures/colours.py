"""From the values of a file to sRGB as a screen shows them: depth, transparency, profile."""

from collections.abc import Callable
from typing import Any

from PIL import Image, ImageChops, ImageCms
from PIL.ImageFile import ImageFile

from retrieval.picture_note import NoteSink, PictureNote, untold

DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
"""Grey of 16 bits, as Pillow calls it."""
_DEEP_STEP = 257
"""65,535 is white."""
_SRGB = ImageCms.createProfile("sRGB")
_LAB = ImageCms.createProfile("LAB")
_MODE_OF_SPACE = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}
_IGNORED = PictureNote(
    "colour_profile_ignored",
    "its colour profile cannot be used; its colours were taken as they stand",
)
_STRETCHED = PictureNote(
    "values_stretched",
    "the file does not say which values are black and white; its least and its greatest were taken",
)

_KEY_STEPS = {"L;2": 85, "L;4": 17, "RGB;16B": 1 / 256}
"""What Pillow makes of the numbers of such a PNG, but not of the colour that is transparent."""


def with_key_in_step(picture: ImageFile) -> ImageFile:
    """Give the transparent colour the depth that the pixels of an unread picture will have."""
    key = picture.info.get("transparency")
    step = _KEY_STEPS.get(str(picture.tile[0].args), 1) if picture.tile else 1
    if isinstance(key, int):
        picture.info["transparency"] = int(key * step)
    elif isinstance(key, tuple):
        picture.info["transparency"] = tuple(int(value * step) for value in key)
    return picture


def displayed(picture: Image.Image, note: NoteSink = untold) -> Image.Image:
    """Return a decoded picture in sRGB; transparency lies on white.

    Args:
        picture: Any that Pillow decodes.
        note: Is told what was ignored or guessed.
    """
    if picture.mode in ("RGBa", "La"):
        picture = picture.convert(picture.mode.upper())
    alpha = _opacity(picture)
    shown = _in_srgb(_eight_bits(picture, note), picture.info.get("icc_profile"), note)
    if alpha is None:
        return shown
    ground = Image.new("RGB", shown.size, "white")
    ground.paste(shown, mask=alpha)
    return ground


def _eight_bits(picture: Image.Image, note: NoteSink) -> Image.Image:
    """Return a picture of at most 8 bits a channel, without its transparency."""
    if picture.mode in DEEP:
        table = [(value + _DEEP_STEP // 2) // _DEEP_STEP for value in range(65_536)]
        return picture.convert("I").point(table, "L")
    if picture.mode in ("I", "F"):
        return _stretched(picture, note)
    if picture.mode in ("L", "RGB", "CMYK", "LAB"):
        return picture
    return _plain(picture).convert("L" if picture.mode in ("1", "LA") else "RGB")


def _stretched(picture: Image.Image, note: NoteSink) -> Image.Image:
    """Return grey from black to white, where the file does not say which numbers these are.

    Floating numbers between 0 and 1 are what they are by custom.
    """
    low, high = _extrema(picture)
    if picture.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    else:
        note(_STRETCHED)
    scale = 255 / (high - low) if high > low else 0.0
    return picture.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def _extrema(picture: Image.Image) -> tuple[float, float]:
    low, high = picture.getextrema()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    return float(low), float(high)


def _plain(picture: Image.Image) -> Image.Image:
    """Return a picture whose colours are not mixed with a ground by Pillow's conversions."""
    if picture.mode == "P":
        return picture.convert("RGBA")
    plain = picture.copy()
    plain.info.pop("transparency", None)
    return plain


def _opacity(picture: Image.Image) -> Image.Image | None:
    """Return how much each pixel hides of what is below, None where all hide everything."""
    if picture.mode in ("RGBA", "LA", "PA"):
        return picture.getchannel("A")
    key = picture.info.get("transparency")
    if key is None:
        return None
    if picture.mode == "P":
        return picture.convert("RGBA").getchannel("A")
    return _unlike(picture, key)


def _unlike(picture: Image.Image, key: Any) -> Image.Image | None:
    """Return a mask of the pixels that have another colour than the one that is transparent."""
    if picture.mode in DEEP:
        return picture.convert("I").point([255 * (value != key) for value in range(65_536)], "L")
    if picture.mode == "1":
        return picture.convert("L").point(_other_than(255 * bool(key)))
    if picture.mode == "L" and isinstance(key, int):
        return picture.point(_other_than(key))
    if picture.mode == "RGB" and isinstance(key, tuple):
        channels = zip(picture.split(), key, strict=True)
        red, green, blue = (channel.point(_other_than(value)) for channel, value in channels)
        return ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return None


def _other_than(key: int) -> list[int]:
    return [255 * (value != key) for value in range(256)]


def _in_srgb(picture: Image.Image, profile: bytes | None, note: NoteSink) -> Image.Image:
    if picture.mode == "LAB":
        change = ImageCms.buildTransform(_LAB, _SRGB, "LAB", "RGB")
        return ImageCms.applyTransform(picture, change) or picture
    change = None if profile is None else _transform(profile, picture.mode)
    if change is not None:
        return change(picture)
    if profile is not None:
        note(_IGNORED)
    return picture.convert("RGB")


def _transform(profile: bytes, mode: str) -> Callable[[Image.Image], Image.Image] | None:
    """Return what brings a mode's colours to sRGB, None where the profile is of no use for it."""
    try:
        source = ImageCms.core.profile_frombytes(profile)
        if _MODE_OF_SPACE.get(source.xcolor_space) != mode:
            return None
        change = ImageCms.buildTransform(source, _SRGB, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return lambda picture: ImageCms.applyTransform(picture, change) or picture

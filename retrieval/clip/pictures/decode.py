"""From bytes that claim to be a picture to upright RGB pixels, or a precise refusal."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from retrieval.clip.errors import (
    BrokenPicture,
    EmptyInput,
    PictureTooLarge,
    UnsupportedModality,
    UnsupportedPicture,
    UnusableInput,
)
from retrieval.clip.pictures.colours import displayed, with_key_in_step
from retrieval.clip.pictures.file_parts import for_decoder, picture_parts
from retrieval.clip.pictures.heic import HEIC_IS_READ, NOT_INSTALLED
from retrieval.clip.pictures.parts import PictureParts
from retrieval.clip.pictures.profiles import profile_of
from retrieval.picture_type import audio_or_video, picture_mime

FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
    **({"HEIF": "image/heic"} if HEIC_IS_READ else {}),
}
"""Formats read, by their content; of an animation only the first frame."""

NOT_ALLOWED = (
    f"not a picture of an allowed format ({', '.join(FORMATS)}); the content decides, not the name"
)

# Pillow only warns at its own cap; here the warning is an error. Our caps are lower and
# are checked first, so this guards decoders that learn their true size late.
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What is refused before pixels are decoded."""

    max_bytes: int = 16 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_side_px: int = 32_768
    max_frames: int = 500
    """Of an animation, though only its first frame is read."""
    max_cpu_s: float = 4.0
    """CPU time that decoding one may take, where it runs in a process that can be ended."""


def open_picture(data: bytes, limits: PictureLimits) -> ImageFile:
    """Read a picture's header; its pixels stay undecoded.

    Raises:
        EmptyInput: No bytes.
        PictureTooLarge: More bytes, pixels or frames than ``limits``.
        UnsupportedModality: Audio or video.
        UnsupportedPicture: Not a picture of ``FORMATS``.
        BrokenPicture: Its structure is torn, or a program follows its end.
    """
    if not data:
        raise EmptyInput("the file is empty")
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(f"{len(data)} bytes, at most {limits.max_bytes} are allowed")
    parts = _checked(data, limits)
    picture = _header(for_decoder(data, parts))
    if parts.mime not in ("image/avif", "image/heic"):
        # Of these Pillow itself reads it without a cost.
        picture.info["icc_profile"] = profile_of(data, parts)
    width, height = picture.size
    if max(width, height) > limits.max_side_px:
        raise PictureTooLarge(f"{width}x{height}: a side has at most {limits.max_side_px} pixels")
    if width * height > limits.max_pixels:
        raise PictureTooLarge(
            f"{width}x{height} = {width * height} pixels, at most {limits.max_pixels} are allowed"
        )
    return picture


def decode(data: bytes, limits: PictureLimits, wanted_px: int | None = None) -> Image.Image:
    """Return the picture upright in sRGB; transparency lies on white.

    Args:
        wanted_px: The shorter side that the caller will shrink it to. A JPEG is then
            decoded at a reduced scale that keeps at least twice that, several times
            faster; the difference vanishes in the resize that follows.

    Raises:
        UnusableInput: The picture is no picture, broken or too large.
    """
    picture = open_picture(data, limits)
    if wanted_px is not None:
        picture.draft("RGB", (2 * wanted_px, 2 * wanted_px))
    try:
        with_key_in_step(picture).load()
        return displayed(ImageOps.exif_transpose(picture))
    except UnusableInput:
        raise
    except MemoryError:
        raise PictureTooLarge("decoding the picture takes too much memory") from None
    # Decoders raise whatever a crafted file provokes: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise BrokenPicture(f"the {picture.format} picture cannot be decoded: {error}") from error


def _checked(data: bytes, limits: PictureLimits) -> PictureParts:
    """Return the parts of a picture that may be decoded."""
    if moving := audio_or_video(data):
        raise UnsupportedModality(f"this is {moving}; pictures and texts are embedded")
    mime = picture_mime(data)
    if mime == "image/heic" and not HEIC_IS_READ:
        raise UnsupportedPicture(NOT_INSTALLED)
    if mime not in FORMATS.values():
        raise UnsupportedPicture(NOT_ALLOWED)
    parts = picture_parts(data)
    if parts.frames > limits.max_frames:
        raise PictureTooLarge(f"{parts.frames} frames, at most {limits.max_frames} are allowed")
    return parts


def _header(data: bytes) -> ImageFile:
    try:
        return Image.open(BytesIO(data), formats=list(FORMATS))
    except UnidentifiedImageError:
        # Its signature was right, so it is one, and not whole.
        raise BrokenPicture("the picture's header cannot be read") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge(str(error)) from error
    except Exception as error:
        raise BrokenPicture(f"the picture's header cannot be read: {error}") from error

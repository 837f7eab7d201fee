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
from retrieval.clip.pictures.colours import displayed
from retrieval.clip.pictures.file_parts import for_decoder, picture_parts
from retrieval.clip.pictures.formats.parts import PictureParts
from retrieval.clip.pictures.heic import HEIC_IS_READ, NOT_INSTALLED
from retrieval.clip.pictures.loading import load
from retrieval.clip.pictures.profiles import profile_of
from retrieval.picture_note import NoteSink, PictureNote, untold
from retrieval.picture_type import audio_or_video, picture_mime

FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "JPEG2000": "image/jp2",
    "ICO": "image/x-icon",
    "AVIF": "image/avif",
    **({"HEIF": "image/heic"} if HEIC_IS_READ else {}),
}
"""Formats read, by their content: of an animation the first frame, of several pages the first, of
an icon the largest picture."""
_READ = frozenset((*FORMATS.values(), "image/j2c"))
_PROFILES_BY_PILLOW = ("image/avif", "image/heic", "image/tiff")
"""There it reads them without a cost."""

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
    _check_bytes(data, limits)
    return _opened(data, _checked(data, limits), limits)


def _opened(data: bytes, parts: PictureParts, limits: PictureLimits) -> ImageFile:
    if parts.size is not None:
        _check_size(parts.size, limits)
    picture = _header(for_decoder(data, parts), limits)
    if parts.mime not in _PROFILES_BY_PILLOW:
        picture.info["icc_profile"] = profile_of(data, parts)
    _check_size(picture.size, limits)
    if parts.size not in (None, picture.size):
        raise BrokenPicture("the picture's head and its data have different sizes")
    return picture


def _check_size(size: tuple[int, int], limits: PictureLimits) -> None:
    width, height = size
    if max(width, height) > limits.max_side_px:
        raise PictureTooLarge(f"{width}x{height}: a side has at most {limits.max_side_px} pixels")
    if width * height > limits.max_pixels:
        raise PictureTooLarge(
            f"{width}x{height} = {width * height} pixels, at most {limits.max_pixels} are allowed"
        )


def decode(
    data: bytes,
    limits: PictureLimits,
    wanted_px: int | None = None,
    note: NoteSink = untold,
) -> Image.Image:
    """Return the picture upright in sRGB; transparency lies on white.

    Args:
        wanted_px: The shorter side that the caller will shrink it to. A JPEG is then
            decoded at a reduced scale that keeps at least twice that, several times
            faster; the difference vanishes in the resize that follows. So is a JPEG 2000.
        note: Is told what was cut, ignored or guessed.

    Raises:
        UnusableInput: The picture is no picture, broken or too large.
    """
    _check_bytes(data, limits)
    parts = _checked(data, limits)
    picture = _opened(data, parts, limits)
    others = parts.others + max(0, parts.frames - 1) * (not parts.others)
    if others:
        message = f"the file holds {others + 1} pictures; the first is read"
        note(PictureNote("first_picture_only", message))
    try:
        load(picture, parts, wanted_px, note)
        return displayed(ImageOps.exif_transpose(picture), note)
    except UnusableInput:
        raise
    except MemoryError:
        raise PictureTooLarge("decoding the picture takes too much memory") from None
    # Decoders raise whatever a crafted file provokes: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise BrokenPicture(f"the {picture.format} picture cannot be decoded: {error}") from error


def _check_bytes(data: bytes, limits: PictureLimits) -> None:
    if not data:
        raise EmptyInput("the file is empty")
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(f"{len(data)} bytes, at most {limits.max_bytes} are allowed")


def _checked(data: bytes, limits: PictureLimits) -> PictureParts:
    """Return the parts of a picture that may be decoded."""
    if moving := audio_or_video(data):
        raise UnsupportedModality(f"this is {moving}; pictures and texts are embedded")
    mime = picture_mime(data)
    if mime == "image/heic" and not HEIC_IS_READ:
        raise UnsupportedPicture(NOT_INSTALLED)
    if mime not in _READ:
        raise UnsupportedPicture(NOT_ALLOWED)
    parts = picture_parts(data)
    if parts.frames > limits.max_frames:
        raise PictureTooLarge(f"{parts.frames} frames, at most {limits.max_frames} are allowed")
    return parts


def _header(data: bytes, limits: PictureLimits) -> ImageFile:
    try:
        return Image.open(BytesIO(data), formats=list(FORMATS))
    except UnidentifiedImageError:
        # Its signature was right, so it is one, and not whole.
        raise BrokenPicture("the picture's header cannot be read") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow's own bound is told by it, and is another one.
        most = min(limits.max_pixels, Image.MAX_IMAGE_PIXELS or limits.max_pixels)
        raise PictureTooLarge(f"more than {most} pixels, the most that are allowed") from error
    except Exception as error:
        raise BrokenPicture(f"the picture's header cannot be read: {error}") from error

"""From a picture file to a small JPEG of it, made where pictures are decoded."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from retrieval.clip.errors import BrokenPicture, PictureTooLarge, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.picture_note import PictureNote

HIGHEST = 4
"""Times its width: a strip of a screenshot is made narrower, not higher."""
QUALITY = 82
_BYTES_A_PIXEL = 3
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture as a JPEG."""

    height: int
    width: int
    data: bytes
    notes: tuple[PictureNote, ...] = ()


@dataclass(frozen=True, slots=True)
class ThumbnailRecipe:
    """What pictures may be, and how wide they become at most."""

    limits: PictureLimits
    width_px: int

    def prepare(self, picture: bytes) -> Thumbnail:
        """Decode a picture and make it small; a smaller one keeps its size.

        Raises:
            UnusableInput: The picture is no picture, broken or too large.
        """
        notes: list[PictureNote] = []
        try:
            small = decode(picture, self.limits, self.width_px, notes.append)
            small.thumbnail((self.width_px, HIGHEST * self.width_px), Image.Resampling.BICUBIC)
            file = BytesIO()
            small.save(file, "JPEG", quality=QUALITY)
            return Thumbnail(small.height, small.width, file.getvalue(), tuple(notes))
        except UnusableInput:
            raise
        except MemoryError:
            raise PictureTooLarge("decoding the picture takes too much memory") from None
        except Exception as error:
            raise BrokenPicture(f"the picture cannot be made smaller: {error}") from error

    def shape(self, height: int, width: int, length: int) -> tuple[int, ...] | None:
        """Return the shape of so many bytes, None where they are no answer to this."""
        fits = 0 < width <= self.width_px and 0 < height <= HIGHEST * self.width_px
        most = _BYTES_A_PIXEL * height * width + _HEAD_BYTES
        return (length,) if fits and 0 < length <= most else None


DecoderRecipe = PictureRecipe | ThumbnailRecipe
"""What a decoding process is told to make of a picture."""

"""From a picture file to the pixels that a model takes: all of it in one value that travels."""

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from retrieval.clip.errors import BrokenPicture, PictureTooLarge, UnusableInput
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.picture_note import PictureNote


@dataclass(frozen=True, slots=True)
class Pixels:
    """An input as bytes, channel by channel."""

    height: int
    width: int
    data: bytes
    notes: tuple[PictureNote, ...] = ()


class Fitting(Protocol):
    """How a picture becomes a model's input."""

    @property
    def height(self) -> int:
        """Return the input's height; whoever decodes elsewhere is held to it."""
        ...

    @property
    def width(self) -> int:
        """Return the input's width."""
        ...

    @property
    def wanted_px(self) -> int | None:
        """Return the shorter side that a picture must have at least, None where any may do."""
        ...

    def fit(self, picture: Image.Image) -> Image.Image:
        """Return an RGB picture of exactly the input's size."""
        ...


@dataclass(frozen=True, slots=True)
class PictureRecipe:
    """What pictures may be, and what becomes of them."""

    limits: PictureLimits
    geometry: Fitting

    def prepare(self, picture: bytes) -> Pixels:
        """Decode a picture and fit it.

        Raises:
            UnusableInput: The picture is no picture, broken or too large.
        """
        notes: list[PictureNote] = []
        try:
            decoded = decode(picture, self.limits, self.geometry.wanted_px, notes.append)
            fitted = self.geometry.fit(decoded)
            return Pixels(fitted.height, fitted.width, _channels_first(fitted), tuple(notes))
        except UnusableInput:
            raise
        except MemoryError:
            raise PictureTooLarge("decoding the picture takes too much memory") from None
        except Exception as error:
            raise BrokenPicture(f"the picture cannot be resized: {error}") from error

    def shape(self, height: int, width: int, length: int) -> tuple[int, ...] | None:
        """Return the shape of so many bytes, None where they are no answer to this."""
        right = (self.geometry.height, self.geometry.width) == (height, width)
        return (3, height, width) if right and length == 3 * height * width else None


def _channels_first(picture: Image.Image) -> bytes:
    return b"".join(channel.tobytes() for channel in picture.split())

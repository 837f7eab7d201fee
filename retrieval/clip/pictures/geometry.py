"""How a picture is fitted into a model's input: resized, cropped or padded, without torch.

The same to the pixel as open_clip's transforms of these names (a test compares them), so that
decoding needs a process of 20 MiB and not one that imported torch.
"""

from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageOps

ResizeMode = Literal["shortest", "longest", "squash", "pad"]
"""``shortest``: the shorter side fits, the rest is cropped. ``longest``: the longer one does, the
rest is filled. ``squash``: both do. ``pad``: as ``longest``, by Pillow's own rounding."""

LONGEST_STRIP = 64
"""Times its shorter side a picture's longer one counts: a line of one pixel would otherwise be
enlarged to a thousand million ones before all but its middle is cropped away."""
RESAMPLING = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


@dataclass(frozen=True, slots=True)
class Geometry:
    """A model's input."""

    height: int
    width: int
    mode: ResizeMode = "shortest"
    interpolation: Literal["bicubic", "bilinear"] = "bicubic"
    fill: int | tuple[int, int, int] = 0

    @property
    def wanted_px(self) -> int | None:
        """Return the shorter side that a picture must have at least, None where any may do."""
        return max(self.height, self.width) if self.mode in ("shortest", "pad") else None

    def fit(self, picture: Image.Image) -> Image.Image:
        """Return an RGB picture of exactly the input's size."""
        size, resampling = (self.width, self.height), RESAMPLING[self.interpolation]
        if self.mode == "squash":
            return picture if picture.size == size else picture.resize(size, resampling)
        if self.mode == "pad":
            return self._padded(picture, resampling)
        if self.mode == "shortest":
            picture = _without_ends(picture)
        picture = picture.resize(self._scaled(*picture.size), resampling)
        return self._cropped_or_padded(picture)

    def _padded(self, picture: Image.Image, resampling: Image.Resampling) -> Image.Image:
        size = (self.width, self.height)
        if picture.size == size:
            return picture
        return ImageOps.pad(picture, size, resampling, color=self.fill)

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        if self.mode == "shortest" and self.width == self.height:
            # As torchvision rounds where one side is given.
            short, long = sorted((width, height))
            longer = int(self.width * long / short)
            return (self.width, longer) if width <= height else (longer, self.height)
        pick = min if self.mode == "shortest" else max
        ratio = pick(height / self.height, width / self.width)
        return max(1, round(width / ratio)), max(1, round(height / ratio))

    def _cropped_or_padded(self, picture: Image.Image) -> Image.Image:
        short_x, short_y = self.width - picture.width, self.height - picture.height
        if short_x > 0 or short_y > 0:
            x, y = max(0, short_x), max(0, short_y)
            fill = (self.fill,) * 3 if isinstance(self.fill, int) else self.fill
            border = (x // 2, y // 2, (x + 1) // 2, (y + 1) // 2)
            picture = ImageOps.expand(picture, border, fill)
        left = round((picture.width - self.width) / 2.0)
        top = round((picture.height - self.height) / 2.0)
        return picture.crop((left, top, left + self.width, top + self.height))


def _without_ends(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    most = LONGEST_STRIP * min(width, height)
    if max(width, height) <= most:
        return picture
    x, y = max(0, (width - most) // 2), max(0, (height - most) // 2)
    return picture.crop((x, y, width - x, height - y))

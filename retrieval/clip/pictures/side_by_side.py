"""Two inputs of one picture, side by side in one: it is decoded once and travels once."""

from dataclasses import dataclass

from PIL import Image

from retrieval.clip.pictures.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Middle:
    """A square out of the middle of a larger input: what networks of ImageNet were measured by."""

    of: Geometry
    px: int

    @property
    def wanted_px(self) -> int | None:
        """Return the shorter side that a picture must have at least, None where any may do."""
        return self.of.wanted_px

    def fit(self, picture: Image.Image) -> Image.Image:
        """Return an RGB picture of the square's size."""
        whole = self.of.fit(picture)
        left, top = (whole.width - self.px) // 2, (whole.height - self.px) // 2
        return whole.crop((left, top, left + self.px, top + self.px))


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The inputs of two models; the second is no higher than the first."""

    first: Middle
    second: Geometry

    @property
    def height(self) -> int:
        """Return the height of both."""
        return self.first.px

    @property
    def width(self) -> int:
        """Return the width of both."""
        return self.first.px + self.second.width

    @property
    def wanted_px(self) -> int | None:
        """Return the shorter side that a picture must have at least, None where any may do."""
        first, second = self.first.wanted_px, self.second.wanted_px
        return None if first is None or second is None else max(first, second)

    def fit(self, picture: Image.Image) -> Image.Image:
        """Return an RGB picture that holds both inputs, the second in the upper right corner."""
        both = Image.new("RGB", (self.width, self.height))
        both.paste(self.first.fit(picture), (0, 0))
        both.paste(self.second.fit(picture), (self.first.px, 0))
        return both

"""Twenty kinds of thing as silhouettes; each is a few strokes on the unit square."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

Point = tuple[float, float]

SOLID, HOLE = 255, 0


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on a mask in unit coordinates, origin at the top left."""

    draw: ImageDraw.ImageDraw
    size_px: int

    def polygon(self, points: Sequence[Point], fill: int = SOLID) -> None:
        """Fill a polygon."""
        self.draw.polygon([self._at(point) for point in points], fill=fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: int = SOLID) -> None:
        """Fill a rectangle with slightly rounded corners."""
        radius = 0.02 * self.size_px
        self.draw.rounded_rectangle([self._at((x0, y0)), self._at((x1, y1))], radius, fill=fill)

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: int = SOLID) -> None:
        """Fill an ellipse inside a box."""
        self.draw.ellipse([self._at((x0, y0)), self._at((x1, y1))], fill=fill)

    def ring(self, x0: float, y0: float, x1: float, y1: float, width: float) -> None:
        """Draw an ellipse's rim of the given width."""
        box = [self._at((x0, y0)), self._at((x1, y1))]
        self.draw.ellipse(box, outline=SOLID, width=round(width * self.size_px))

    def line(self, points: Sequence[Point], width: float, fill: int = SOLID) -> None:
        """Draw a bent line."""
        pixels = [self._at(point) for point in points]
        self.draw.line(pixels, fill=fill, width=round(width * self.size_px), joint="curve")

    def pie(
        self, x0: float, y0: float, x1: float, y1: float, start_deg: float, end_deg: float
    ) -> None:
        """Fill a slice of an ellipse, clockwise from three o'clock."""
        box = [self._at((x0, y0)), self._at((x1, y1))]
        self.draw.pieslice(box, start_deg, end_deg, fill=SOLID)

    def _at(self, point: Point) -> Point:
        return (point[0] * self.size_px, point[1] * self.size_px)


def _mug(pen: Pen) -> None:
    pen.ring(0.58, 0.35, 0.92, 0.75, 0.07)
    pen.box(0.18, 0.22, 0.7, 0.88)


def _bottle(pen: Pen) -> None:
    pen.box(0.43, 0.04, 0.57, 0.3)
    pen.polygon([(0.43, 0.26), (0.57, 0.26), (0.69, 0.45), (0.31, 0.45)])
    pen.box(0.31, 0.43, 0.69, 0.96)


def _chair(pen: Pen) -> None:
    pen.box(0.22, 0.05, 0.34, 0.95)
    pen.box(0.22, 0.05, 0.4, 0.5)
    pen.box(0.22, 0.48, 0.8, 0.62)
    pen.box(0.68, 0.55, 0.8, 0.95)


def _lamp(pen: Pen) -> None:
    pen.polygon([(0.36, 0.06), (0.64, 0.06), (0.85, 0.46), (0.15, 0.46)])
    pen.box(0.46, 0.46, 0.54, 0.86)
    pen.oval(0.26, 0.82, 0.74, 0.96)


def _table(pen: Pen) -> None:
    pen.box(0.04, 0.28, 0.96, 0.44)
    pen.box(0.1, 0.4, 0.2, 0.86)
    pen.box(0.8, 0.4, 0.9, 0.86)


def _shirt(pen: Pen) -> None:
    right = [(0.7, 0.1), (0.98, 0.34), (0.84, 0.5), (0.72, 0.4), (0.72, 0.92)]
    left = [(1 - x, y) for x, y in reversed(right)]
    pen.polygon([*right, *left])
    pen.oval(0.4, 0.02, 0.6, 0.2, HOLE)


def _hat(pen: Pen) -> None:
    pen.oval(0.02, 0.6, 0.98, 0.84)
    pen.pie(0.24, 0.16, 0.76, 1.16, 180, 360)


def _umbrella(pen: Pen) -> None:
    pen.pie(0.04, 0.1, 0.96, 1.02, 180, 360)
    pen.box(0.47, 0.04, 0.53, 0.86)
    pen.line([(0.5, 0.84), (0.5, 0.93), (0.62, 0.93), (0.62, 0.84)], 0.06)


def _clock(pen: Pen) -> None:
    pen.oval(0.08, 0.04, 0.4, 0.3)
    pen.oval(0.6, 0.04, 0.92, 0.3)
    pen.oval(0.1, 0.12, 0.9, 0.92)
    pen.line([(0.2, 0.96), (0.32, 0.82)], 0.08)
    pen.line([(0.8, 0.96), (0.68, 0.82)], 0.08)
    pen.line([(0.5, 0.26), (0.5, 0.54), (0.7, 0.62)], 0.05, HOLE)


def _key(pen: Pen) -> None:
    pen.oval(0.02, 0.28, 0.42, 0.68)
    pen.oval(0.13, 0.39, 0.31, 0.57, HOLE)
    pen.box(0.38, 0.42, 0.98, 0.54)
    pen.box(0.76, 0.5, 0.83, 0.7)
    pen.box(0.89, 0.5, 0.96, 0.74)


def _guitar(pen: Pen) -> None:
    pen.oval(0.26, 0.56, 0.74, 0.98)
    pen.oval(0.33, 0.38, 0.67, 0.7)
    pen.box(0.46, 0.06, 0.54, 0.5)
    pen.box(0.41, 0.02, 0.59, 0.14)
    pen.oval(0.43, 0.6, 0.57, 0.74, HOLE)


def _boat(pen: Pen) -> None:
    pen.polygon([(0.04, 0.7), (0.96, 0.7), (0.8, 0.92), (0.2, 0.92)])
    pen.box(0.48, 0.06, 0.53, 0.72)
    pen.polygon([(0.56, 0.1), (0.56, 0.64), (0.92, 0.64)])
    pen.polygon([(0.45, 0.2), (0.45, 0.64), (0.14, 0.64)])


def _car(pen: Pen) -> None:
    pen.polygon([(0.26, 0.3), (0.68, 0.3), (0.82, 0.5), (0.14, 0.5)])
    pen.box(0.03, 0.48, 0.97, 0.7)
    for left in (0.16, 0.62):
        pen.oval(left, 0.6, left + 0.22, 0.82)
        pen.oval(left + 0.06, 0.66, left + 0.16, 0.76, HOLE)
    pen.polygon([(0.3, 0.35), (0.45, 0.35), (0.45, 0.47), (0.24, 0.47)], HOLE)
    pen.polygon([(0.5, 0.35), (0.65, 0.35), (0.74, 0.47), (0.5, 0.47)], HOLE)


def _kite(pen: Pen) -> None:
    pen.polygon([(0.5, 0.02), (0.82, 0.32), (0.5, 0.78), (0.18, 0.32)])
    pen.line([(0.5, 0.76), (0.62, 0.84), (0.5, 0.9), (0.62, 0.98)], 0.04)


def _sofa(pen: Pen) -> None:
    pen.box(0.14, 0.26, 0.86, 0.6)
    pen.box(0.02, 0.42, 0.2, 0.8)
    pen.box(0.8, 0.42, 0.98, 0.8)
    pen.box(0.16, 0.56, 0.84, 0.8)
    pen.box(0.08, 0.78, 0.16, 0.88)
    pen.box(0.84, 0.78, 0.92, 0.88)


def _vase(pen: Pen) -> None:
    pen.polygon([(0.34, 0.04), (0.66, 0.04), (0.58, 0.3), (0.42, 0.3)])
    pen.oval(0.2, 0.26, 0.8, 0.86)
    pen.box(0.36, 0.8, 0.64, 0.96)


def _teapot(pen: Pen) -> None:
    pen.ring(0.02, 0.34, 0.38, 0.76, 0.06)
    pen.polygon([(0.7, 0.66), (0.66, 0.5), (0.9, 0.3), (0.99, 0.34)])
    pen.oval(0.2, 0.3, 0.78, 0.86)
    pen.oval(0.42, 0.18, 0.56, 0.32)


def _boot(pen: Pen) -> None:
    pen.box(0.24, 0.06, 0.54, 0.8)
    pen.oval(0.36, 0.54, 0.92, 0.96)
    pen.box(0.24, 0.72, 0.86, 0.92)
    pen.box(0.24, 0.88, 0.38, 0.98)


def _glasses(pen: Pen) -> None:
    pen.ring(0.01, 0.3, 0.47, 0.78, 0.13)
    pen.ring(0.53, 0.3, 0.99, 0.78, 0.13)
    pen.line([(0.43, 0.5), (0.5, 0.44), (0.57, 0.5)], 0.1)


def _balloon(pen: Pen) -> None:
    pen.oval(0.22, 0.02, 0.78, 0.66)
    pen.polygon([(0.5, 0.62), (0.58, 0.72), (0.42, 0.72)])
    pen.line([(0.5, 0.7), (0.44, 0.8), (0.54, 0.9), (0.48, 0.98)], 0.03)


SHAPES: dict[str, Callable[[Pen], None]] = {
    "mug": _mug,
    "bottle": _bottle,
    "chair": _chair,
    "lamp": _lamp,
    "table": _table,
    "shirt": _shirt,
    "hat": _hat,
    "umbrella": _umbrella,
    "clock": _clock,
    "key": _key,
    "guitar": _guitar,
    "boat": _boat,
    "car": _car,
    "kite": _kite,
    "sofa": _sofa,
    "vase": _vase,
    "teapot": _teapot,
    "boot": _boot,
    "glasses": _glasses,
    "balloon": _balloon,
}
"""Silhouettes by the plain word for the thing."""


def silhouette(kind: str, size_px: int) -> Image.Image:
    """Return a mask, ``L``, size_px square: 255 where the thing is."""
    mask = Image.new("L", (size_px, size_px), HOLE)
    SHAPES[kind](Pen(ImageDraw.Draw(mask), size_px))
    return mask

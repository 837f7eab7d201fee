"""Colours and patterns: what a silhouette is filled with."""

import numpy as np
from numpy.typing import NDArray

RgbPixels = NDArray[np.uint8]
"""Shape (height, width, 3), RGB."""
Mask = NDArray[np.bool_]
"""Shape (height, width)."""

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (208, 28, 36),
    "orange": (244, 134, 24),
    "yellow": (248, 218, 40),
    "green": (36, 148, 62),
    "blue": (34, 84, 204),
    "purple": (124, 44, 168),
    "pink": (248, 140, 184),
    "brown": (122, 74, 36),
    "black": (26, 26, 28),
    "white": (248, 248, 246),
}
PATTERNS = ("plain", "striped", "dotted", "checked", "zigzag")

JITTER = 14
"""Colour channels vary by this much, up and down."""


def surface(colour: str, pattern: str, size_px: int, rng: np.random.Generator) -> RgbPixels:
    """Return a square of a pattern; its ground is ``colour``, its figure a neutral."""
    ground = _jittered(COLOURS[colour], rng)
    figure = _figure_colour(colour)
    mask = _figure(pattern, size_px, rng)
    return np.where(mask[..., None], figure, ground).astype(np.uint8)


def _figure_colour(colour: str) -> NDArray[np.uint8]:
    # Against light grounds a light figure would vanish; on white a dark one would make
    # it the twin of black with a light figure.
    if colour == "white":
        return np.array((150, 150, 156), np.uint8)
    dark = colour in ("yellow", "pink", "orange")
    return np.array((70, 70, 76) if dark else (236, 236, 232), np.uint8)


def _jittered(colour: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    noise = rng.integers(-JITTER, JITTER + 1, 3)
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


def _figure(pattern: str, size_px: int, rng: np.random.Generator) -> Mask:
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    period = rng.uniform(0.12, 0.18)
    x, y = x + rng.uniform(0, 1), y + rng.uniform(0, 1)
    if pattern == "striped":
        across = x if rng.random() < 0.5 else y
        return across % period < 0.42 * period
    if pattern == "dotted":
        dx, dy = x % period - period / 2, y % period - period / 2
        return dx**2 + dy**2 < (0.3 * period) ** 2
    if pattern == "checked":
        return (np.floor(x / period) + np.floor(y / period)) % 2 == 0
    if pattern == "zigzag":
        wave = np.abs((x / (1.5 * period)) % 1 - 0.5) * period * 1.6
        return (y + wave) % (1.2 * period) < 0.45 * period
    return np.zeros_like(x, bool)

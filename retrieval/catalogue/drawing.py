"""One picture of one thing: silhouette, surface, size, angle, place and background."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from retrieval.catalogue.shapes import silhouette
from retrieval.catalogue.surfaces import surface

SUPERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be seen."""

    kind: str
    colour: str
    pattern: str


def draw(look: Look, size_px: int, rng: np.random.Generator) -> Image.Image:
    """Draw a look; size, angle, place, background and shading come from ``rng``.

    Returns:
        RGB, size_px square; equal generators give equal pixels.
    """
    large_px = size_px * SUPERSAMPLING
    canvas = _background(large_px, rng)
    thing_px = int(large_px * rng.uniform(0.62, 0.95))
    mask = silhouette(look.kind, thing_px)
    skin = Image.fromarray(surface(look.colour, look.pattern, thing_px, rng))
    angle_deg = float(rng.uniform(-18, 18))
    mask = mask.rotate(angle_deg, Image.Resampling.BICUBIC)
    skin = skin.rotate(angle_deg, Image.Resampling.BICUBIC)
    left_px, top_px = rng.integers(0, large_px - thing_px + 1, 2)
    place = (int(left_px), int(top_px))
    outline = mask.filter(ImageFilter.MaxFilter(5))
    canvas.paste((58, 58, 62), place, outline)
    canvas.paste(_shaded(skin, rng), place, mask)
    return canvas.resize((size_px, size_px), Image.Resampling.BOX)


def _background(size_px: int, rng: np.random.Generator) -> Image.Image:
    """A pale, nearly grey gradient with a little noise: no colour of a product."""
    ends = rng.integers(176, 232, (2, 1)) + rng.integers(-10, 11, (2, 3))
    ramp = np.linspace(0, 1, size_px)[:, None]
    line = ends[0] * (1 - ramp) + ends[1] * ramp
    field = np.repeat(line[:, None, :], size_px, axis=1)
    if rng.random() < 0.5:
        field = field.transpose(1, 0, 2)
    noise = rng.normal(0, 3, (size_px, size_px, 1))
    return Image.fromarray(np.clip(field + noise, 0, 255).astype(np.uint8))


def _shaded(skin: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Light from one side, within a tenth."""
    strength = rng.uniform(-0.1, 0.1)
    light = 1 + strength * np.linspace(-1, 1, skin.width)[None, :, None]
    return Image.fromarray(np.clip(np.asarray(skin) * light, 0, 255).astype(np.uint8))

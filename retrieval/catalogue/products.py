"""The catalogue: every look in turn as a product with a name, a text, a price and a picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np

from retrieval.catalogue.drawing import Look, draw
from retrieval.catalogue.shapes import SHAPES
from retrieval.catalogue.surfaces import COLOURS, PATTERNS
from retrieval.catalogue.wording import BRANDS, product_description, product_name

PICTURE_PX = 128
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Product:
    """One entry of the catalogue."""

    sku: str
    name: str
    description: str
    brand: str
    price: float
    look: Look
    picture: bytes
    """PNG."""
    created_at: datetime


def looks() -> list[Look]:
    """Return every combination once: each kind in turn, its colours and patterns shuffled."""
    rng = np.random.default_rng(20)
    kinds = [str(kind) for kind in rng.permutation(list(SHAPES))]
    skins = [(colour, pattern) for colour in COLOURS for pattern in PATTERNS]
    orders = {kind: rng.permutation(len(skins)) for kind in kinds}
    return [Look(kind, *skins[orders[kind][turn]]) for turn in range(len(skins)) for kind in kinds]


def products(count: int, seed: int = 0) -> Iterator[Product]:
    """Yield ``count`` products; equal seeds give byte-identical ones.

    Every look appears once before any appears again. A product does not depend on ``count``.
    """
    every = looks()
    for number in range(count):
        yield _product(number, every[number % len(every)], seed)


def _product(number: int, look: Look, seed: int) -> Product:
    rng = np.random.default_rng([seed, number])
    brand = BRANDS[int(rng.integers(len(BRANDS)))]
    return Product(
        sku=f"BW-{number:06d}",
        name=product_name(look, brand, rng),
        description=product_description(look, rng),
        brand=brand,
        price=round(float(rng.lognormal(3.0, 0.7)), 2),
        look=look,
        picture=png(look, PICTURE_PX, rng),
        created_at=FIRST_DAY + timedelta(hours=number),
    )


def png(look: Look, size_px: int, rng: np.random.Generator) -> bytes:
    """Return a drawn look as a PNG file."""
    file = BytesIO()
    draw(look, size_px, rng).save(file, "PNG", compress_level=1)
    return file.getvalue()

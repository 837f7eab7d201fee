"""The demonstration's catalogue as documents: a thousand products, each look once."""

from datetime import timedelta

import numpy as np

from retrieval.catalogue.drawing import Look
from retrieval.catalogue.products import FIRST_DAY, looks
from retrieval.catalogue.wording import BRANDS, product_description, product_name
from scripts.goals.case import GoalTable, TableRow

COUNT = 1000


def catalogue(count: int = COUNT) -> GoalTable:
    """Return the catalogue with its fields as ``products.jsonl`` has them."""
    made = [_made(number, look) for number, look in enumerate(looks()[:count])]
    return GoalTable(
        "catalogue",
        tuple(record for record, _ in made),
        {str(record["id"]): text for record, text in made},
    )


def _made(number: int, look: Look) -> tuple[TableRow, str]:
    """What `retrieval.catalogue.products` makes of a look, but for the slow picture."""
    rng = np.random.default_rng([0, number])
    brand = BRANDS[int(rng.integers(len(BRANDS)))]
    name, description = product_name(look, brand, rng), product_description(look, rng)
    record: TableRow = {
        "id": f"BW-{number:06d}",
        "name": name,
        "brand": brand,
        "price": round(float(rng.lognormal(3.0, 0.7)), 2),
        "kind": look.kind,
        "colour": look.colour,
        "pattern": look.pattern,
        "created_at": (FIRST_DAY + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return record, f"{name}. {description}"

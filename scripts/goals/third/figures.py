"""How people speak of the numbers of a table: limits, firsts and lasts."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from scripts.goals.case import TableRow, amount


@dataclass(frozen=True, slots=True)
class FigureWords:
    """A field with numbers, and its words."""

    table: str
    field: str
    low: tuple[str, ...]
    """Superlatives for the lowest, before a noun."""
    high: tuple[str, ...]
    noun: str
    """"The average {noun} of …"."""
    limit: str
    """A condition, with the words of the comparison and the number."""
    step: float
    more: str
    less: str
    """"{this} than the lamp"."""


FIGURES = (
    FigureWords(
        "catalogue",
        "price",
        ("cheapest", "least expensive", "lowest-priced"),
        ("most expensive", "priciest", "dearest"),
        "price",
        "that cost {}",
        1,
        "more expensive",
        "cheaper",
    ),
    FigureWords(
        "homes",
        "price_eur",
        ("cheapest", "least expensive"),
        ("most expensive", "priciest"),
        "price",
        "for {} euros",
        10_000,
        "more expensive",
        "cheaper",
    ),
    FigureWords(
        "homes",
        "living_area_m2",
        ("smallest",),
        ("largest", "biggest"),
        "living area",
        "with {} m²",
        5,
        "larger",
        "smaller",
    ),
    FigureWords(
        "homes",
        "metres_to_station",
        (),
        (),
        "distance to the station in metres",
        "{} metres from the station",
        50,
        "farther from the station",
        "closer to the station",
    ),
    FigureWords(
        "homes",
        "monthly_costs_eur",
        (),
        (),
        "monthly cost",
        "with monthly costs of {} euros",
        10,
        "",
        "",
    ),
    FigureWords(
        "recipes",
        "minutes",
        ("quickest", "fastest"),
        ("slowest",),
        "number of minutes",
        "that take {} minutes",
        5,
        "slower",
        "quicker",
    ),
    FigureWords(
        "recipes",
        "rating",
        ("worst-rated", "lowest-rated"),
        ("best-rated", "highest-rated"),
        "rating",
        "with a rating of {}",
        0.5,
        "better rated",
        "worse rated",
    ),
    FigureWords("recipes", "kcal", (), (), "kcal", "with {} kcal", 50, "", ""),
    FigureWords("recipes", "protein_g", (), (), "protein", "with {} g of protein", 1, "", ""),
    FigureWords(
        "papers",
        "citations",
        ("least cited",),
        ("most cited",),
        "number of citations",
        "with {} citations",
        5,
        "more cited",
        "less cited",
    ),
    FigureWords(
        "papers",
        "pages",
        ("shortest",),
        ("longest",),
        "number of pages",
        "with {} pages",
        2,
        "longer",
        "shorter",
    ),
)
BOUNDS = (
    ("less than", operator.lt),
    ("under", operator.lt),
    ("at most", operator.le),
    ("no more than", operator.le),
    ("up to", operator.le),
    ("more than", operator.gt),
    ("over", operator.gt),
    ("at least", operator.ge),
)


def figures(table: str) -> list[FigureWords]:
    """Return a table's figures."""
    return [figure for figure in FIGURES if figure.table == table]


def ranked(rng: Random, table: str) -> FigureWords:
    """Draw a figure that has superlatives."""
    return rng.choice([figure for figure in figures(table) if figure.low])


def plain(value: float) -> str:
    """Return a number as it is written without any format."""
    return str(int(value)) if value == int(value) else f"{value:g}"


def middle(rng: Random, rows: Sequence[TableRow], field: str, step: float) -> float:
    """Draw a round number that parts the rows."""
    found = sorted(amount(row, field) for row in rows)
    value = rng.choice(found[len(found) // 5 : 4 * len(found) // 5 + 1])
    return round(round(value / step) * step, 2)


def within(
    rng: Random, table: str, rows: Sequence[TableRow]
) -> tuple[str, tuple[TableRow, ...]] | None:
    """Draw a limit in words, and the rows that keep it: neither all nor none."""
    figure = rng.choice(figures(table))
    value = middle(rng, rows, figure.field, figure.step)
    words, keeps = rng.choice(BOUNDS)
    left = tuple(row for row in rows if keeps(amount(row, figure.field), value))
    if not 0 < len(left) < len(rows):
        return None
    return figure.limit.format(f"{words} {plain(value)}"), left

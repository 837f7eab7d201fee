"""Units and currencies other than the field's own: half an hour, 350k, 1.2 km, 5000 kB."""

from dataclasses import dataclass

from scripts.goals.answers import items
from scripts.goals.case import Meaning, amount
from scripts.goals.draw import COMPARE, Draw, Unlucky
from scripts.goals.phrases import a

NEAR = 0.03
"""No row lies so near to the bound, as a share of it: roundings of a unit do not matter."""
SaidBound = tuple[str, str, float]
"""A bound in words, what it means, and its value in the field's own unit."""


@dataclass(frozen=True, slots=True)
class UnitWords:
    """Bounds on a field in other units, by half."""

    field: str
    open: tuple[SaidBound, ...]
    closed: tuple[SaidBound, ...]


SQUARE_FEET_M2 = 0.09290304
KILOJOULES_KCAL = 1 / 4.184

UNITS: dict[str, tuple[UnitWords, ...]] = {
    "catalogue": (
        UnitWords(
            "price",
            (
                ("below €15", "<", 15),
                ("for less than 25 €", "<", 25),
                ("for at most 18 euro", "<=", 18),
                ("above twenty euros", ">", 20),
                ("below 12 euros 50", "<", 12.5),
                ("for at most ten euros", "<=", 10),
                ("below 1500 cents", "<", 15),
            ),
            (
                ("under EUR 15", "<", 15),
                ("cheaper than 22.50€", "<", 22.5),
                ("under thirty euros", "<", 30),
                ("for 900 euro cents or less", "<=", 9),
                ("over €35", ">", 35),
                ("for no more than 17 EUR", "<=", 17),
                ("priced under fifteen euro", "<", 15),
            ),
        ),
    ),
    "homes": (
        UnitWords(
            "price_eur",
            (
                ("below 350k", "<", 350_000),
                ("for at most €400k", "<=", 400_000),
                ("below half a million euros", "<", 500_000),
                ("up to 0.3 million euros", "<=", 300_000),
            ),
            (
                ("under 275k euros", "<", 275_000),
                ("for no more than EUR 320k", "<=", 320_000),
                ("under 0.45 million €", "<", 450_000),
                ("over a million euros", ">", 1_000_000),
            ),
        ),
        UnitWords(
            "living_area_m2",
            (
                ("larger than 1000 square feet", ">", 1000 * SQUARE_FEET_M2),
                ("with at most 700 sq ft", "<=", 700 * SQUARE_FEET_M2),
            ),
            (
                ("over 1,200 sq. ft.", ">", 1200 * SQUARE_FEET_M2),
                ("under 800 square feet", "<", 800 * SQUARE_FEET_M2),
            ),
        ),
        UnitWords(
            "metres_to_station",
            (
                ("at most 1.2 km from the station", "<=", 1200),
                ("less than one kilometre from the station", "<", 1000),
            ),
            (
                ("within half a kilometre of the station", "<=", 500),
                ("no more than 0.8 km from the station", "<=", 800),
            ),
        ),
    ),
    "recipes": (
        UnitWords(
            "minutes",
            (
                ("in under half an hour", "<", 30),
                ("that takes at most an hour", "<=", 60),
                ("that takes more than 1.5 hours", ">", 90),
            ),
            (
                ("ready within three quarters of an hour", "<=", 45),
                ("that takes less than 1 hour", "<", 60),
                ("taking over two hours", ">", 120),
                ("done in a quarter of an hour or less", "<=", 15),
            ),
        ),
        UnitWords(
            "portion_g",
            (
                ("with a portion of at least half a kilo", ">=", 500),
                ("with a portion below 0.3 kg", "<", 300),
            ),
            (
                ("with a portion of more than 0.6 kg", ">", 600),
                ("with a portion under a quarter of a kilogram", "<", 250),
            ),
        ),
        UnitWords(
            "kcal",
            (("below 1500 kJ", "<", 1500 * KILOJOULES_KCAL),),
            (("under 2000 kilojoules", "<", 2000 * KILOJOULES_KCAL),),
        ),
    ),
    "papers": (
        UnitWords(
            "pdf_mb",
            (
                ("with a PDF below 5000 kB", "<", 5),
                ("with a PDF of at least 12 megabytes", ">=", 12),
                ("with a PDF smaller than 900 kilobytes", "<", 0.9),
            ),
            (
                ("with a PDF under 3,000 KB", "<", 3),
                ("with a PDF of no more than 8 megabyte", "<=", 8),
                ("whose PDF has over 15000 kB", ">", 15),
            ),
        ),
        UnitWords(
            "pages",
            (("with at most a dozen pages", "<=", 12),),
            (("of no more than two dozen pages", "<=", 24),),
        ),
        UnitWords(
            "citations",
            (("with more than a hundred citations", ">", 100),),
            (("with over fifty citations", ">", 50),),
        ),
    ),
}
WHOLE = ("minutes", "pages", "citations", "metres_to_station", "portion_g", "price_eur", "price")
"""Counted in these: their bounds are exact."""


def _bounded(d: Draw, many: bool) -> Meaning:
    unit = d.pick(UNITS[d.table.name])
    says, op, level = d.of((unit.open, unit.closed))
    subject = d.subject(generic=0.2)
    rows, exact = d.rows(subject.test), unit.field in WHOLE
    numbers = [amount(row, unit.field) for row in rows]
    if not exact and any(abs(number - level) < NEAR * level for number in numbers):
        raise Unlucky
    right = [r for r in rows if COMPARE[op](amount(r, unit.field), level)]
    if len(right) in (0, len(rows)):
        raise Unlucky
    text = d.plural(f"{subject.many} {says}") if many else f"{a(subject.one)} {says}"
    return Meaning(d.ask(text), items(right))


def one(d: Draw) -> Meaning:
    """ "a soup ready in under half an hour"."""
    return _bounded(d, many=False)


def several(d: Draw) -> Meaning:
    """ "flats below 350k"."""
    return _bounded(d, many=True)


IDEAS = (one, several)

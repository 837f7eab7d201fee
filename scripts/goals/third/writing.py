"""Goals that are written in some way: units and currencies, German and French numbers, slips."""

import operator
from collections.abc import Callable
from random import Random

from scripts.goals.answers import items
from scripts.goals.case import Answer, amount
from scripts.goals.third.figures import middle
from scripts.goals.third.sought import AVOIDED, PutGoal, draw, usual

Compare = Callable[[float, float], bool]
IN_UNITS: tuple[tuple[str, str, float, Compare, str], ...] = (
    ("homes", "price_eur", 50_000, operator.lt, "{many} under €{k}k"),
    ("homes", "price_eur", 50_000, operator.le, "{many} up to EUR {full}"),
    ("homes", "price_eur", 100_000, operator.lt, "{a} for less than {m} million euros"),
    ("homes", "price_eur", 10_000, operator.le, "{many}, {k} thousand euros at most"),
    ("homes", "metres_to_station", 500, operator.lt, "{many} less than {km} km from the station"),
    (
        "homes",
        "metres_to_station",
        500,
        operator.le,
        "{a} no farther than {km} kilometres from the station",
    ),
    ("homes", "metres_to_station", 100, operator.lt, "{many} within {full} m of the station"),
    ("homes", "living_area_m2", 10, operator.gt, "{many} with more than {full} square metres"),
    ("homes", "living_area_m2", 10, operator.ge, "{a} of at least {full} sqm"),
    ("homes", "monthly_costs_eur", 50, operator.lt, "{many} with monthly costs below {full} €"),
    ("recipes", "minutes", 30, operator.le, "{many} that take {words} or less"),
    ("recipes", "minutes", 30, operator.lt, "{a} that is on the table in less than {words}"),
    ("recipes", "minutes", 15, operator.lt, "{many} in under {h} h"),
    ("recipes", "minutes", 5, operator.le, "{many}, {full} min at the most"),
    ("recipes", "portion_g", 50, operator.gt, "{many} with portions of more than {kg} kg"),
    ("recipes", "portion_g", 50, operator.lt, "{many} with a portion under {full} grams"),
    ("recipes", "protein_g", 5, operator.ge, "{many} with {full} grams of protein or more"),
    ("recipes", "kcal", 50, operator.lt, "{many} under {full} kilocalories"),
    ("papers", "pdf_mb", 1, operator.lt, "{many} with a PDF smaller than {full} megabytes"),
    ("papers", "pdf_mb", 2, operator.gt, "{many} whose pdf is over {full} MB"),
    ("papers", "pages", 5, operator.le, "{many}, {full} pages at most"),
)

HOURS: dict[float, str] = {
    30: "half an hour",
    60: "one hour",
    90: "an hour and a half",
    120: "two hours",
}


def in_units(rng: Random) -> PutGoal | None:
    """A limit with a unit: that of the field, or another one of the same kind."""
    table, field, step, keeps, says = rng.choice(IN_UNITS)
    found = usual(rng, table, 6)
    if found is None:
        return None
    limit = middle(rng, found.rows, field, step)
    rows = [row for row in found.rows if keeps(amount(row, field), limit)]
    on_edge = any(amount(row, field) == limit for row in found.rows)
    if not 0 < len(rows) < len(found.rows) or ("within" in says and on_edge):
        return None
    text = says.format(
        many=found.many,
        a=found.a,
        full=f"{limit:g}" if limit < 100_000 else f"{limit:,.0f}",
        k=f"{limit / 1e3:g}",
        m=f"{limit / 1e6:g}",
        km=f"{limit / 1e3:g}",
        h=f"{limit / 60:g}",
        words=HOURS.get(limit, f"{limit:g} minutes"),
        kg=f"{limit / 1e3:g}",
    )
    return PutGoal(table, text, items(rows))


FOREIGN = (
    ("{many} under {n} dollars", "dollars"),
    ("{a} for at most {n} pounds", "pounds"),
    ("{many} below {n} yen", "yen"),
    ("{a}, max. {n} Swiss francs", "francs"),
)


def foreign_money(rng: Random) -> PutGoal | None:
    """A currency that no field has: nobody can convert it, so it must be said."""
    found = draw(rng, "homes", ("type", "city"), 4)
    says, word = rng.choice(FOREIGN)
    if found is None:
        return None
    limit = f"{middle(rng, found.rows, 'price_eur', 50_000):,.0f}"
    answer: Answer = {"kind": "ignored", "words": [word]}
    return PutGoal("homes", says.format(many=found.many, a=found.a, n=limit), answer)


def german(value: float, decimals: int) -> str:
    """Return a number as it is written in German."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def french(value: float, decimals: int) -> str:
    """Return a number as it is written in French, with a space that does not break."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", "\u202f,"))


FORMATTED: tuple[tuple[str, str, float, int, Compare, str], ...] = (
    ("catalogue", "price", 0.5, 2, operator.lt, "{many} below {n}"),
    ("catalogue", "price", 0.25, 2, operator.le, "{a} for at most {n}"),
    ("catalogue", "price", 0.5, 2, operator.gt, "{many} that cost more than {n}"),
    ("catalogue", "price", 0.5, 2, operator.le, "{many}, price up to {n} please"),
    ("homes", "price_eur", 10_000, 0, operator.lt, "{many} for less than {n} €"),
    ("homes", "price_eur", 10_000, 0, operator.le, "{a}, no more than {n} euros"),
    ("homes", "price_eur", 10_000, 0, operator.gt, "{many} that cost over {n} €"),
    (
        "homes",
        "metres_to_station",
        50,
        0,
        operator.lt,
        "which {many} are less than {n} m from the station?",
    ),
    ("recipes", "rating", 0.1, 1, operator.gt, "{many} with a rating above {n}"),
    ("recipes", "protein_g", 0.5, 1, operator.ge, "{many} with at least {n} g of protein"),
    (
        "recipes",
        "cost_per_serving",
        0.25,
        2,
        operator.lt,
        "{many} with a cost per serving under {n}",
    ),
    ("papers", "pdf_mb", 0.5, 1, operator.lt, "{many} with a PDF under {n} MB"),
)


def formatted(rng: Random) -> PutGoal | None:
    """A limit as Germans or French write numbers."""
    table, field, step, decimals, keeps, says = rng.choice(FORMATTED)
    found = usual(rng, table, 6)
    if found is None:
        return None
    limit = middle(rng, found.rows, field, step)
    rows = [row for row in found.rows if keeps(amount(row, field), limit)]
    if not 0 < len(rows) < len(found.rows) or (decimals == 0 and limit < 1000):
        return None
    if decimals == 1 and limit == int(limit):
        return None
    writes = rng.choice((german, french))
    said = writes(limit, decimals)
    if writes is french and rng.random() < 0.5:
        said = said.replace("\u202f", " ")
    return PutGoal(table, says.format(many=found.many, a=found.a, n=said), items(rows))


SLIPS = (
    ("catalogue", ("kind", "colour"), "colour"),
    ("catalogue", ("kind", "brand"), "brand"),
    ("catalogue", ("kind", "pattern"), "pattern"),
    ("catalogue", ("kind", "colour"), "kind"),
    ("homes", ("type", "city"), "city"),
    ("homes", ("type", "heating"), "heating"),
    ("homes", ("type", "condition"), "condition"),
    ("recipes", ("dish", "cuisine"), "cuisine"),
    ("recipes", ("main_ingredient",), "main_ingredient"),
    ("recipes", ("dish", "difficulty"), "difficulty"),
    ("recipes", ("dish", "difficulty"), "dish"),
    ("papers", ("kind", "topic"), "topic"),
    ("papers", ("kind", "venue"), "venue"),
    ("papers", ("topic", "language"), "language"),
)
SLIPPED = (
    "{many}",
    "{a}",
    "do you have {many}?",
    "im looking for {a}",
    "show me {many}",
    "{many} pls",
)


def slip(rng: Random, word: str) -> str:
    """Return a word with one slip inside: two letters swapped, one lost, one twice, one wrong."""
    place = rng.randint(1, len(word) - 3)
    before, one, two, after = word[:place], word[place], word[place + 1], word[place + 2 :]
    ways = [two + one, two, one + one + two]
    if len(word) > 6 and one in "aeiou":
        ways.append("aeiou"["aeiou".index(one) - 2] + two)
    return before + rng.choice(ways) + after


def misspelt(rng: Random) -> PutGoal | None:
    """A value with a slip in it."""
    table, fields, wrong = rng.choice(SLIPS)
    found, says = draw(rng, table, fields, 1), rng.choice(SLIPPED)
    if found is None:
        return None
    value = str(found.fixed[wrong])
    longest = max(value.split("-")[0].split(), key=len)
    if len(longest) < 5 or value in AVOIDED:
        return None
    written = slip(rng, longest)
    if written == longest:
        return None
    text = says.format(many=found.many, a=found.a).replace(longest, written)
    return PutGoal(table, text, items(found.rows)) if written in text else None

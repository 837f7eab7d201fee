"""Sixty goals of a second person, written before anybody saw how they fare.

Each is a form of the issue in other words than the halves have; ``python -m
scripts.goals.planned --half second`` plans them. Today is ``case.TODAY``, a Monday.
"""

from collections.abc import Iterator

from scripts.goals import answers
from scripts.goals.case import Answer, GoalCase, amount
from scripts.goals.second_readings import paper_goals, recipe_goals
from scripts.goals.second_rows import AskedTable, day_of, has, in_days, is_, none_of, price


def _product_goals() -> Iterator[tuple[str, Answer]]:
    t = AskedTable("catalogue")
    rows = t.where
    yield "half a dozen red mugs", t.some(is_(kind="mug", colour="red"), 5, 6)
    yield "half a dozen blue chairs please", t.some(is_(kind="chair", colour="blue"), 5, 6)
    yield "a couple of striped umbrellas", t.some(is_(kind="umbrella", pattern="striped"), 2, 2)
    yield "a dozen kites", t.some(is_(kind="kite"), 12, 12)
    yield "the three dearest teapots", t.best(is_(kind="teapot"), "price", 3, True)
    yield "the second cheapest sofa", answers.items([sorted(rows(is_(kind="sofa")), key=price)[1]])
    yield (
        "which brand has the most guitars",
        answers.items([])
        | {
            "kind": "values",
            "right": [answers.groups(rows(is_(kind="guitar")), "brand").most_common(1)[0][0]],
        },
    )
    yield "a mug that is neither red nor blue", t.some(none_of(kind="mug", colour=("red", "blue")))
    yield (
        "yellow or pink balloons under 15",
        t.some(
            lambda r: r["kind"] == "balloon" and r["colour"] in ("yellow", "pink") and price(r) < 15
        ),
    )
    yield (
        "how many umbrellas cost less than 20",
        t.count(lambda r: r["kind"] == "umbrella" and price(r) < 20),
    )
    yield (
        "what does a Dunlin chair cost on average",
        t.mean(is_(kind="chair", brand="Dunlin"), "price"),
    )
    yield (
        "a lamp and a table in one colour",
        answers.sets(
            [(rows(is_(kind="lamp")), 1), (rows(is_(kind="table")), 1)], [answers.same("colour")]
        ),
    )
    yield (
        "a hat and a boot of different brands, 60 at most for both",
        answers.sets(
            [(rows(is_(kind="hat")), 1), (rows(is_(kind="boot")), 1)],
            [answers.different("brand"), answers.total_at_most("price", 60)],
        ),
    )
    yield (
        "anything checked except bottles",
        t.some(lambda r: r["pattern"] == "checked" and r["kind"] != "bottle"),
    )
    yield "a gren teapot", t.some(is_(kind="teapot", colour="green"))


def _home_goals() -> Iterator[tuple[str, Answer]]:
    t = AskedTable("homes")
    known = t.one("address", "Gartenstrasse 32, Leipzig")
    rooms, cost, size = (amount(known, f) for f in ("rooms", "price_eur", "living_area_m2"))
    yield (
        "homes in Graz with at least as many rooms as Gartenstrasse 32, Leipzig",
        t.some(lambda r: r["city"] == "Graz" and amount(r, "rooms") >= rooms),
    )
    yield (
        "a flat in Linz no dearer than Gartenstrasse 32, Leipzig",
        t.some(lambda r: has(r, type="flat", city="Linz") and amount(r, "price_eur") <= cost),
    )
    yield (
        "a loft that is larger than Gartenstrasse 32, Leipzig",
        t.some(lambda r: r["type"] == "loft" and amount(r, "living_area_m2") > size),
    )
    yield "homes listed yesterday", t.some(lambda r: day_of(r, "listed") == "2026-02-15")
    yield "homes listed today", t.some(lambda r: day_of(r, "listed") == "2026-02-16")
    yield (
        "flats listed in the past two weeks",
        t.some(lambda r: r["type"] == "flat" and in_days(r, "listed", "2026-02-02", "2026-02-16")),
    )
    yield (
        "how many homes were listed this month",
        t.count(lambda r: day_of(r, "listed").startswith("2026-02")),
    )
    yield (
        "houses listed this year",
        t.some(lambda r: r["type"] == "house" and day_of(r, "listed").startswith("2026")),
    )
    yield (
        "a flat available next month",
        t.some(lambda r: r["type"] == "flat" and day_of(r, "available_from").startswith("2026-03")),
    )
    yield (
        "studios available from June on",
        t.some(lambda r: r["type"] == "studio" and day_of(r, "available_from") >= "2026-06-01"),
    )
    yield (
        "houses built in the nineties",
        t.some(lambda r: r["type"] == "house" and 1990 <= amount(r, "year_built") <= 1999),
    )
    yield (
        "flats built between the wars, from 1919 to 1938",
        t.some(lambda r: r["type"] == "flat" and 1919 <= amount(r, "year_built") <= 1938),
    )
    yield (
        "a home within half a kilometre of the station",
        t.some(lambda r: amount(r, "metres_to_station") <= 500),
    )
    yield (
        "a flat of a hundred square metres or more in Vienna",
        t.some(lambda r: has(r, type="flat", city="Vienna") and amount(r, "living_area_m2") >= 100),
    )
    yield (
        "houses for under half a million euros",
        t.some(lambda r: r["type"] == "house" and amount(r, "price_eur") < 500_000),
    )
    yield (
        "a flat in Hamburg or Dresden with balcony and parking",
        t.some(
            lambda r: (
                has(r, type="flat", balcony=True, parking=True)
                and r["city"] in ("Hamburg", "Dresden")
            )
        ),
    )
    yield (
        "what is the average price of a studio in Graz",
        t.mean(is_(type="studio", city="Graz"), "price_eur"),
    )
    yield (
        "a house without gas heating in Lyon",
        t.some(lambda r: has(r, type="house", city="Lyon") and r["heating"] != "gas"),
    )
    yield (
        "Wohnungen are flats: a flat below 250.000 euros",
        t.some(lambda r: r["type"] == "flat" and amount(r, "price_eur") < 250_000),
    )
    yield "the home closest to the station", t.best(lambda r: True, "metres_to_station", 1, False)


def second_person_cases() -> list[GoalCase]:
    """Return the goals, numbered within their tables."""
    tables = {
        "catalogue": _product_goals,
        "homes": _home_goals,
        "recipes": recipe_goals,
        "papers": paper_goals,
    }
    return [
        GoalCase(f"second-{table}-{n:02d}", table, table, text, answer)
        for table, goals in tables.items()
        for n, (text, answer) in enumerate(goals(), start=1)
    ]

"""Phrases of a goal over a table that no word list knows: each becomes what it says."""

import pytest

from tests.unit.agents.homes import filters, read


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("a flat in Linz or Graz", ["city is one of Linz, Graz", "type is flat"]),
        ("flats in Linz, Graz or Lyon", ["city is one of Linz, Graz, Lyon", "type is flat"]),
        (
            "a flat in Linz or else a loft in Lyon",
            ["type is flat and city is Linz or type is loft and city is Lyon"],
        ),
        ("a flat no bigger than 80 square metres", ["living_area_m2 at most 80.0", "type is flat"]),
        ("a house within half a kilometre of the station", None),
        ("a house less than 2 km from the station", None),
        ("a flat for at most 250.000 €", ["price_eur at most 250000.0", "type is flat"]),
        ("a flat for at most 250 000 Euro", ["price_eur at most 250000.0", "type is flat"]),
        ("flats between 200k and 300k", None),
        ("a loft built before 1990", ["type is loft", "year_built below 1990.0"]),
        ("lofts listed before February", ["listed below 2026-02-01", "type is loft"]),
        ("lofts listed since 2026-01-12", ["listed at least 2026-01-12", "type is loft"]),
        ("lofts listed last week", ["listed at least 2026-02-09", "listed below 2026-02-16"]),
        ("a flat with a garden", ["garden is True", "type is flat"]),
        ("a flat without a garden", ["garden is not True", "type is flat"]),
        ("a flat anywhere but Linz", None),
        ("a flat in any city but Linz", ["city is not Linz", "type is flat"]),
        ("a flat in Linz rather than in Graz", ["city is Linz", "city is not Graz"]),
        ("neither Linz nor Graz lofts", None),
        ("a flat of energy class C", ["energy_class is C", "type is flat"]),
        ("a flat by Ito", ["agents contains Ito", "type is flat"]),
        ("a flat in Veinna", ["city is Vienna", "type is flat"]),
        ("a flat cheaper than the house at Elm Road 5 in Linz", None),
        ("a home with at least four rooms", ["rooms at least 4.0"]),
    ],
)
def test_a_phrase_becomes_the_condition_that_it_says(goal: str, asked: list[str] | None) -> None:
    """Or-lists, units, formats, days, flags, negations, classes, lists and slips of spelling."""
    found = filters(goal)
    assert len(found) == 1
    if asked is not None:
        assert set(asked) <= set(found[0])


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("a house within half a kilometre of the station", "metres_to_station at most 500.0"),
        ("a house less than 2 km from the station", "metres_to_station below 2000.0"),
        ("flats between 200k and 300k", "price_eur at least 200000.0"),
        ("a flat cheaper than the house at Elm Road 5 in Linz", "price_eur below 200000"),
        (
            "a flat farther from the station than the flat at Elm Road 1 in Linz",
            "metres_to_station above 200",
        ),
        ("a house with the same energy class as Elm Road 3 in Lyon", "energy_class is B"),
    ],
)
def test_amounts_are_in_the_units_of_their_field(goal: str, asked: str) -> None:
    """Said in other units, in short, or as another document's own."""
    assert asked in filters(goal)[0]


@pytest.mark.parametrize(
    ("goal", "order"),
    [
        ("the cheapest flat", ("price_eur", False, True, 1)),
        ("the three largest lofts", ("living_area_m2", True, True, 3)),
        ("the loft with the lowest monthly costs", ("monthly_costs_eur", False, True, 1)),
        ("all lofts, newest first", ("listed", True, False, None)),
        ("flats sorted by number of rooms, highest first", ("rooms", True, False, None)),
        ("the first two flats by price, lowest first", ("price_eur", False, False, 2)),
        ("which flat costs the most?", ("price_eur", True, True, 1)),
        ("lofts from cheapest to most expensive", ("price_eur", False, False, None)),
        ("the most recently built house", ("year_built", True, True, 1)),
    ],
)
def test_an_order_is_by_the_field_that_its_words_mean(goal: str, order) -> None:
    """Which field, most first, only the best, and how many."""
    wish = read(goal).wish
    assert wish.order is not None
    said = (wish.order.field, wish.order.descending, wish.order.best, wish.most)
    assert said == order


@pytest.mark.parametrize(
    ("goal", "figure"),
    [
        ("how many flats are in Linz?", ("count", None)),
        ("number of lofts with a garden", ("count", None)),
        ("what is the average price of flats in Graz?", ("average", "price_eur")),
        ("total living area of all houses", ("total", "living_area_m2")),
        ("lowest number of rooms among lofts", ("least", "rooms")),
        ("which energy classes exist for lofts?", ("values", "energy_class")),
        ("how many different cities are there?", ("values", "city")),
    ],
)
def test_a_figure_is_of_the_field_that_its_words_name(goal: str, figure) -> None:
    """Counts, averages, totals, extremes and values."""
    found = read(goal).wish.aggregate
    assert found is not None
    assert (found.op, found.field) == figure


@pytest.mark.parametrize(
    ("goal", "least", "most"),
    [
        ("at most five lofts", None, 5),
        ("at least three homes in Graz", 3, None),
        ("exactly 4 flats", 4, 4),
        ("two or more flats", 2, None),
        ("flats with at least four rooms", None, None),
        ("at least 120 square metres", None, None),
    ],
)
def test_an_amount_of_things_is_no_bound_of_a_field(goal: str, least, most) -> None:
    """ "At least three homes" counts homes, "at least four rooms" is a condition."""
    wish = read(goal).wish
    assert (wish.least, wish.most) == (least, most)


def test_items_are_compared_with_each_other() -> None:
    """The lower one first, by their places."""
    relations = read("a house and a flat, with the flat cheaper than the house").relations
    assert relations.rising == (("price_eur", 1, 0),)


def test_likeness_keeps_what_the_name_tells_and_makes_the_change() -> None:
    """Another document, of the same kind and city, with what is said after "but"."""
    (asked,) = filters("something like the flat at Elm Road 1 in Linz, but with a garden")
    assert {"type is flat", "city is Linz", "garden is True", "id is not h00"} <= set(asked)
    (cheaper,) = filters("something like the flat at Elm Road 13 in Linz, but cheaper")
    assert "price_eur below 400000" in cheaper

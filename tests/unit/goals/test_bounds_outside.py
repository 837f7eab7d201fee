"""Bounds that are denied or joined by "or", years without a name, and "and" between two values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.agents.agent_fakes import run_plan
from tests.unit.agents.homes import HOMES, filters, homes, read

AMOUNTS = st.integers(100, 700).map(lambda thousands: thousands * 1000)
OUTSIDE = (
    "flats not between {low} and {high}",
    "flats that are not between {low} and {high} euros",
    "flats outside {low} to {high}",
    "flats under {low} or over {high}",
    "flats below {low} or above {high} euros",
)
INSIDE = (
    "flats between {low} and {high}",
    "flats from {low} to {high} euros",
    "flats not under {low} or over {high}",
    "flats neither under {low} nor over {high}",
)


def given_for(goal: str) -> set[str]:
    """The ids that a plan gives."""
    return {item["id"] for item in run_plan(goal, HOMES).to_json()["results"]}


def kept(goal: str) -> set[str]:
    """The homes that the goal's own filter keeps, found by asking each."""
    (slot,) = read(goal).slots
    return {home.id for home in homes() if all(holds(c, home.metadata) for c in slot.conditions)}


def holds(condition, row) -> bool:
    """Whether a condition holds of a row, the obvious way."""
    if condition.op == "or":
        return any(all(holds(c, row) for c in part) for part in condition.value)
    value, other = row[condition.field], condition.value
    return {
        "eq": value == other,
        "lt": value < other if condition.op == "lt" else False,
        "lte": value <= other if condition.op == "lte" else False,
        "gt": value > other if condition.op == "gt" else False,
        "gte": value >= other if condition.op == "gte" else False,
    }[condition.op]


@given(AMOUNTS, AMOUNTS, st.sampled_from(OUTSIDE + INSIDE))
def test_a_range_and_what_lies_outside_keep_the_rows_that_they_say(
    one: int, other: int, phrase: str
) -> None:
    """Against every row; an edge is inside, of "under" and "over" too."""
    low, high = sorted((one, other))
    flats = [home for home in homes() if home.metadata["type"] == "flat"]
    inside = {home.id for home in flats if low <= home.metadata["price_eur"] <= high}
    expected = inside if phrase in INSIDE else {home.id for home in flats} - inside
    assert kept(phrase.format(low=low, high=high)) == expected


def test_a_plan_gives_what_lies_outside_a_range() -> None:
    """Not what lies inside of it, which was given as complete."""
    right = {
        home.id
        for home in homes()
        if home.metadata["type"] == "flat" and not 150_000 <= home.metadata["price_eur"] <= 600_000
    }
    assert given_for("flats not between 150000 and 600000") == right


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("flats not built in 1980", "year_built is not 1980.0"),
        ("flats not from 2026", "listed below 2026-01-01"),
        (
            "flats not listed in January",
            "listed below 2026-01-01 or listed at least 2026-02-01",
        ),
        ("flats with nothing over 200000", "price_eur at most 200000.0"),
        ("flats from 1959", "year_built at least 1959"),
        ("flats before 1970", "year_built below 1970"),
        ("flats from 1959 to 1978", "year_built below 1979"),
        ("flats listed before 1970", "listed below 1970-01-01"),
        ("flats 1960 to 1975", "year_built at most 1975.0"),
        ("flats with 3 or 4 rooms", "rooms is 3.0 or rooms is 4.0"),
        ("flats with 4 or more rooms", "rooms at least 4.0"),
        ("flats with 4 rooms or fewer", "rooms at most 4.0"),
        ("flats in Linz and Graz", "city is one of Linz, Graz"),
        ("Linz and Graz flats", "city is one of Linz, Graz"),
        ("flats by Ito and Kim", "agents contains Kim"),
    ],
)
def test_a_bound_or_a_value_is_what_people_mean(goal: str, asked: str) -> None:
    """Denied days, years that no day reaches, two amounts, two values of one field."""
    (found,) = filters(goal)
    assert asked in found
    assert not read(goal).ignored


def test_two_items_with_a_value_each_stay_two() -> None:
    """Only where the noun is said once does "and" offer a choice."""
    assert filters("flats in Linz and lofts in Graz") == [
        ["city is Linz", "type is flat"],
        ["city is Graz", "type is loft"],
    ]


@pytest.mark.parametrize(
    "goal",
    [
        "flats in Linz or",
        "a flat in Linz or under 200000",
        "flats with a garden or built after 1990",
    ],
)
def test_an_or_that_joins_nothing_understood_is_told(goal: str) -> None:
    """And the goal is not called complete."""
    assert "or" in [account.words for account in read(goal).ignored]
    assert run_plan(goal, HOMES).to_json()["stop_reason"] != "complete"


def test_a_bound_on_two_amounts_is_told_and_not_guessed() -> None:
    """ "At least 3 or 4 rooms" was read as a price of 3."""
    reading = read("flats with at least 3 or 4 rooms")
    assert [account.words for account in reading.ignored] == ["at least 3 or 4 rooms"]
    assert [[c.said for c in slot.conditions] for slot in reading.slots] == [["type is flat"]]

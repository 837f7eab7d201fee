"""Amounts, periods and comparisons in words that a table of homes does not have."""

import pytest

from agents.goals.phrases.named import named_document
from agents.lexicon.vocabulary import VocabularyBuilder
from agents.lexicon.words import words
from tests.unit.agents.agent_fakes import ids_of, run_plan
from tests.unit.agents.homes import HOMES, filters, read

SINCE, UNTIL = "listed at least {}", "listed below {}"


@pytest.mark.parametrize(
    ("said", "first", "behind"),
    [
        ("in the first half of 2024", "2024-01-01", "2024-07-01"),
        ("in the second half of 2022", "2022-07-01", "2023-01-01"),
        ("in the last quarter of 2025", "2025-10-01", "2026-01-01"),
        ("in the 1st quarter of 2025", "2025-01-01", "2025-04-01"),
        ("in Q3 2025", "2025-07-01", "2025-10-01"),
        ("in H1 of 2025", "2025-01-01", "2025-07-01"),
        ("in summer 2025", "2025-06-01", "2025-09-01"),
        ("in the autumn of 2025", "2025-09-01", "2025-12-01"),
        ("from last year", "2025-01-01", "2026-01-01"),
        ("from the second half of 2025", "2025-07-01", "2026-01-01"),
        ("next month", "2026-03-01", "2026-04-01"),
        ("next week", "2026-02-23", "2026-03-02"),
        ("tomorrow", "2026-02-17", "2026-02-18"),
        ("in the next two weeks", "2026-02-16", "2026-03-03"),
        ("from November to December 2025", "2025-11-01", "2026-01-01"),
        ("in the 1990s", "1990-01-01", "2000-01-01"),
    ],
)
def test_a_period_is_its_first_day_and_the_one_behind_its_last(
    said: str, first: str, behind: str
) -> None:
    """Halves, quarters, seasons, decades and what lies ahead; today is 2026-02-16."""
    (found,) = filters(f"lofts listed {said}")
    assert {SINCE.format(first), UNTIL.format(behind)} <= set(found)


@pytest.mark.parametrize(
    ("said", "first"),
    [("from January on", "2026-01-01"), ("from next month onwards", "2026-03-01")],
)
def test_onwards_has_no_end(said: str, first: str) -> None:
    """ "From March on" begins in March and goes on."""
    (found,) = filters(f"lofts listed {said}")
    assert SINCE.format(first) in found
    assert not any("below" in condition for condition in found)


@pytest.mark.parametrize("said", ["last week", "yesterday", "in January", "this year"])
def test_a_day_counted_from_today_says_so(said: str) -> None:
    """A reader sees which day the service took for today."""
    (account,) = [a for a in read(f"lofts listed {said}").accounts if "listed" in a.meaning]
    assert account.reason == "counted from 2026-02-16, today in UTC"


@pytest.mark.parametrize("said", ["in 2025", "in March 2025", "in the first half of 2025"])
def test_a_date_with_its_year_needs_no_clock(said: str) -> None:
    """It means the same on every day."""
    reasons = [a.reason for a in read(f"lofts listed {said}").accounts if "listed" in a.meaning]
    assert reasons == [None]


def test_years_of_a_number_have_decades_too() -> None:
    """The year of building is a number and no day."""
    (found,) = filters("houses built in the nineties")
    assert {"year_built at least 1990", "year_built below 2000"} <= set(found)


@pytest.mark.parametrize(
    ("goal", "many"),
    [
        ("half a dozen flats", 6),
        ("a dozen flats", 12),
        ("two dozen flats", 24),
        ("ten flats", 10),
        ("please show me 15 flats", 15),
    ],
)
def test_many_things_are_an_amount(goal: str, many: int) -> None:
    """More than a combination may hold are so many results, not so many items."""
    reading = read(goal)
    assert (reading.wish.least, reading.wish.most) == (many, many)
    assert len(reading.slots) == 1
    assert reading.ignored == ()


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("lofts with at least as many rooms as 6 Elm Road, Graz", "rooms at least 6"),
        ("lofts with at most as many rooms as 2 Elm Road, Graz", "rooms at most 2"),
        ("a loft as cheap as 5 Elm Road, Linz", "price_eur at most 200000"),
        ("a loft not as expensive as 5 Elm Road, Linz", "price_eur below 200000"),
        ("a loft no dearer than 5 Elm Road, Linz", "price_eur at most 200000"),
        ("a loft no smaller than 5 Elm Road, Linz", "living_area_m2 at least 60"),
        ("a loft larger than 5 Elm Road, Linz", "living_area_m2 above 60"),
        ("a loft as cheap as the cheapest house", "price_eur at most 125000"),
    ],
)
def test_what_is_as_much_as_another_may_be_the_same(goal: str, asked: str) -> None:
    """ "As many as" and "no more than" leave the same; "more than" does not."""
    (found,) = filters(goal)
    assert asked in found


def test_an_as_with_nothing_known_behind_it_is_ignored() -> None:
    """Nobody knows what is compared with, and that is said."""
    assert "as cheap as" in {a.words for a in read("a loft as cheap as the moon").ignored}


def test_a_name_with_a_comma_stops_at_no_other_comma() -> None:
    """A list goes on behind its comma; a name only over its own."""
    goal = "like the Dawn lamp, red"
    builder = VocabularyBuilder()
    builder.add("a", "A lamp.", {"title": "Dawn red lamp"})
    builder.add("b", "A lamp.", {"title": "Dawn lamp"})
    named = named_document(goal, words(goal), 1, builder.build(1))
    assert named is not None
    assert named.id == "b"


def test_a_place_behind_a_denial_is_not_denied() -> None:
    """Without gas, and in Lyon."""
    (found,) = filters("a loft without a garden in Lyon")
    assert {"city is Lyon", "garden is not True"} <= set(found)


def test_two_of_a_list_are_wanted_of_one_document() -> None:
    """Homes that both agents offer; two homes where each has its article."""
    assert len(filters("homes by Ito and Ode")) == 1
    assert {"agents contains Ito", "agents contains Ode"} <= set(filters("homes by Ito and Ode")[0])
    assert len(filters("a flat by Ito and a loft by Kim")) == 2


def test_what_things_cost_on_average_is_a_figure() -> None:
    """The words for the figure stand at the end."""
    wish = read("what does a loft in Lyon cost on average?").wish
    assert wish.aggregate is not None
    assert (wish.aggregate.op, wish.aggregate.field) == ("average", "price_eur")


def test_as_cheap_as_possible_is_the_cheapest() -> None:
    """Nothing is compared with: it is an order."""
    reading = read("a loft as cheap as possible")
    assert reading.ignored == ()
    assert reading.wish.order is not None
    assert (reading.wish.order.field, reading.wish.order.descending) == ("price_eur", False)


def test_a_number_of_named_things_is_no_name() -> None:
    """ "No more than 3 Linz lofts" are at most three, whatever is written large."""
    reading = read("no more than 3 Linz lofts")
    assert (reading.wish.most, reading.ignored) == (3, ())


@pytest.mark.parametrize("goal", ["a loft for two", "a loft for two people"])
def test_for_two_is_no_two_of_them(goal: str) -> None:
    """Where no field says for how many something is, that is ignored and said."""
    reading = read(goal)
    assert len(reading.slots) == 1
    assert "two" in {account.words for account in reading.ignored}


def test_who_looks_for_two_wants_two() -> None:
    """The "for" belongs to the looking."""
    assert len(read("I am looking for two lofts").slots) == 2


def test_the_second_cheapest_is_not_the_cheapest() -> None:
    """An order may begin behind its first; a plural has no place."""
    answer = run_plan("the second cheapest loft", HOMES)
    assert ids_of(answer) == ["h05"]
    assert answer.stop_reason == "complete"
    assert read("the third largest flat").wish.order.skipped == 2  # type: ignore[union-attr]
    assert read("the three largest flats").wish.most == 3


def test_the_homes_of_these_tests_have_the_documents_that_goals_name() -> None:
    """The goals above would otherwise compare with nothing."""
    held = {item.metadata["address"] for item in HOMES.docs}
    assert {"6 Elm Road, Graz", "2 Elm Road, Graz", "5 Elm Road, Linz"} <= held

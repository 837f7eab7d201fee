"""Reading goals: words become conditions only where the index has something for them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import InvalidGoal
from agents.goals.read import MAX_GOAL_CHARACTERS, read_goal
from agents.lexicon.vocabulary import Vocabulary
from tests.unit.agents.agent_fakes import FILMS, HARBOUR_GOAL, ListToolbox, products

SHOP = asyncio.run(ListToolbox(products()).vocabulary())
LIBRARY = asyncio.run(ListToolbox(FILMS).vocabulary())
MUG, LAMP, SCARF = (("kind", "eq", kind) for kind in ("mug", "lamp", "scarf"))


def conditions(goal: str) -> list[set[tuple]]:
    """The conditions of each item, in the goal's order."""
    slots = read_goal(goal, SHOP).slots
    return [{(c.field, c.op, c.value) for c in slot.conditions} for slot in slots]


@pytest.mark.parametrize(
    ("goal", "items"),
    [
        ("a striped red mug", [{MUG, ("pattern", "eq", "striped"), ("colour", "eq", "red")}]),
        ("a mug that is not red", [{MUG, ("colour", "ne", "red")}]),
        ("a mug without dots", [{MUG, ("pattern", "ne", "dotted")}]),
        ("two red mugs", [{MUG, ("colour", "eq", "red")}] * 2),
        (
            "a mug over 10 and a blue lamp under 30",
            [{MUG, ("price", "gt", 10)}, {LAMP, ("colour", "eq", "blue"), ("price", "lt", 30)}],
        ),
        (
            "a mug and a lamp, both under 20, nothing dotted",
            [
                {MUG, ("price", "lt", 20), ("pattern", "ne", "dotted")},
                {LAMP, ("price", "lt", 20), ("pattern", "ne", "dotted")},
            ],
        ),
        (
            "a scarf between 5 and 25, neither red nor blue",
            [
                {
                    SCARF,
                    ("price", "gte", 5),
                    ("price", "lte", 25),
                    ("colour", "ne", "red"),
                    ("colour", "ne", "blue"),
                }
            ],
        ),
    ],
)
def test_items_get_the_conditions_that_are_theirs(goal: str, items) -> None:
    """What is said of one item is not asked of another; what is said of all is asked of all."""
    assert conditions(goal) == items


@pytest.mark.parametrize(
    ("goal", "same", "different", "totals"),
    [
        ("a mug and a lamp of the same colour", ("colour",), (), {}),
        ("a mug and a lamp in different colours", (), ("colour",), {}),
        ("a mug and a lamp, together under 30", (), (), {"price": {"lt": 30}}),
        ("a red mug", (), (), {}),
    ],
)
def test_relations_hold_between_items(goal: str, same, different, totals) -> None:
    """Same, different, and a bound on the sum."""
    relations = read_goal(goal, SHOP).relations
    assert (relations.same, relations.different, relations.totals) == (same, different, totals)


def test_words_without_a_field_are_left_to_search() -> None:
    """They are unwanted words, not conditions; a question's denial is no wish."""
    assert read_goal("something that is not loud", SHOP).unwanted == ("loud",)
    assert read_goal("which director is not from Sweden?", LIBRARY).unwanted == ()


def test_a_question_has_weighted_terms_and_the_titles_it_names() -> None:
    """A rare word weighs more than a common one; the shares sum to 1."""
    reading = read_goal(HARBOUR_GOAL, LIBRARY)
    assert [entity.title for entity in reading.entities] == ["The Silent Harbour"]
    assert reading.terms["silent"] > reading.terms["harbor"] > 0
    assert sum(reading.terms.values()) == pytest.approx(1)
    assert not reading.structured


def test_without_a_vocabulary_words_stand_for_themselves() -> None:
    """Nothing is grounded in an index that is not known yet."""
    reading = read_goal("a striped red mug under 20", Vocabulary())
    assert not reading.structured
    assert {aspect.kind for aspect in reading.aspects} <= {"must", "number"}


@pytest.mark.parametrize(
    ("said", "value"),
    [("20", 20), ("$20", 20), ("€ 19.99", 19.99), ("19,99", 19.99), ("1,250", 1250), ("1.5", 1.5)],
)
def test_numbers_are_read_as_they_are_written(said: str, value: float) -> None:
    """Currency, decimal comma, thousands."""
    assert ("price", "lt", value) in conditions(f"a mug under {said}")[0]


@pytest.mark.parametrize("digits", ["9" * 3900, "1" + "0" * 400, "1." * 1900])
def test_endless_digits_are_no_number(digits: str) -> None:
    """They would be infinite, and take for ever to look through."""
    assert {c[1] for c in conditions(f"a mug under {digits}")[0]} == {"eq"}


@pytest.mark.parametrize("goal", ["", " \n", "?!", "x" * (MAX_GOAL_CHARACTERS + 1)])
def test_goals_without_words_or_end_are_refused(goal: str) -> None:
    """With the place."""
    with pytest.raises(InvalidGoal) as caught:
        read_goal(goal, SHOP)
    assert caught.value.where == "goal"


SAID = st.lists(
    st.sampled_from(
        """a two red blue striped mug lamps and or not without under between 20 -3 both nothing
    same different colour , together of the neither nor ?""".split()
    ),
    min_size=1,
    max_size=14,
).map(" ".join)


@given(SAID | st.text(min_size=1, max_size=60))
def test_any_text_is_read_or_refused(goal: str) -> None:
    """Weights sum to 1, every condition names a field of the index, reading twice is the same."""
    try:
        reading = read_goal(goal, SHOP)
    except InvalidGoal:
        return
    assert reading == read_goal(goal, SHOP)
    weight = sum(aspect.weight for aspect in reading.aspects)
    assert weight == pytest.approx(1) or weight == 0
    fields = {c.field for slot in reading.slots for c in slot.conditions}
    assert fields <= {"kind", "colour", "pattern", "price"}
    assert len({slot.label for slot in reading.slots}) == len(reading.slots)
    assert 1 <= reading.complexity <= 10

"""The judge's rules, one by one, and against right answers that were found another way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.goals.answers import (
    best,
    different,
    items,
    nothing,
    number,
    order,
    rising,
    same,
    sets,
    total_at_most,
    values,
)
from scripts.goals.case import Answer, Given, GoalCase, TableRow
from scripts.goals.judge import judge, score
from tests.unit.goals.witness import witness

ROWS: tuple[TableRow, ...] = tuple(
    {"id": id_, "kind": kind, "price": price, "colour": colour}
    for id_, kind, price, colour in (
        ("a", "hat", 5, "red"),
        ("b", "hat", 5, "blue"),
        ("c", "hat", 9, "red"),
        ("d", "vase", 7, "blue"),
        ("e", "vase", 30, "red"),
    )
)
HATS, VASES = ROWS[:3], ROWS[3:]


def case(answer: Answer, *also: Answer) -> GoalCase:
    return GoalCase("1", "catalogue", "any", "a goal", answer, also)


def found(answer: Answer, **what: Any) -> str:
    return judge(Given(**what), case(answer))


def test_items_are_right_if_all_are() -> None:
    """One wrong among them, one twice, none, too few or too many are wrong."""
    answer = items(HATS, least=1, most=2)
    assert found(answer, ids=("a",)) == found(answer, ids=("c", "a")) == "right"
    for ids in (("a", "d"), ("a", "a"), (), ("a", "b", "c")):
        assert found(answer, ids=ids) == "wrong"
    assert found(items(HATS, least=2), ids=("a",)) == "wrong"


@given(st.lists(st.sampled_from("abcde"), max_size=6), st.integers(1, 3), st.integers(0, 2))
def test_items_follow_their_rule(ids: list[str], least: int, more: int) -> None:
    """Against the rule written out."""
    answer = items(HATS, least, least + more)
    fits = least <= len(ids) <= least + more and len(ids) == len(set(ids))
    right = fits and set(ids) <= {"a", "b", "c"}
    assert (found(answer, ids=tuple(ids)) == "right") is right


def test_of_a_tie_any_is_the_best() -> None:
    """Two cost the least; those that are better than the tie must all be there."""
    cheapest = best(ROWS, "price", 1, highest=False)
    assert found(cheapest, ids=("a",)) == found(cheapest, ids=("b",)) == "right"
    assert found(cheapest, ids=("d",)) == "wrong"
    three = best(ROWS, "price", 3, highest=False)
    assert found(three, ids=("d", "b", "a")) == "right"
    assert found(three, ids=("a", "d", "c")) == found(three, ids=("a", "b")) == "wrong"
    dearest = best(ROWS, "price", 4, highest=True)
    assert found(dearest, ids=("e", "c", "d", "b")) == "right"
    assert found(dearest, ids=("e", "c", "a", "b")) == "wrong"


def test_where_nothing_is_right_it_must_be_said() -> None:
    """Near misses are right only if the planner says that they are no fulfilment."""
    assert found(nothing()) == "right"
    assert found(nothing(), ids=("a",)) == "right"
    assert found(nothing(), ids=("a",), complete=True) == "wrong"


def test_an_order_is_right_from_its_start() -> None:
    """Ties in any order; none left out, none exchanged, at least as many as asked for."""
    answer = order(ROWS, "price", 3, highest=False)
    for ids in (("a", "b", "d"), ("b", "a", "d", "c"), ("b", "a", "d", "c", "e")):
        assert found(answer, ids=ids) == "right"
    for ids in (("a", "b"), ("a", "d", "b"), ("b", "a", "c"), ("a", "b", "d", "c", "e", "x")):
        assert found(answer, ids=ids) == "wrong"


def test_a_count_is_exact_and_an_average_is_rounded() -> None:
    """Nothing given is wrong."""
    assert found(number(7), number=7.0) == "right"
    assert found(number(7), number=7.2) == found(number(7)) == "wrong"
    assert found(number(12.3456), number=12.35) == "right"
    assert found(number(12.3456), number=12.4) == "wrong"


def test_values_are_a_set_of_words() -> None:
    """Case and order do not matter; all must be there, none twice."""
    answer = values(ROWS, "colour")
    assert found(answer, values=("Blue", "red")) == "right"
    for given_values in (("red",), ("red", "blue", "green"), ("red", "red", "blue"), None):
        assert found(answer, values=given_values) == "wrong"


def test_a_combination_fills_its_slots() -> None:
    """Each once, in any order; documents without combinations are taken as one."""
    answer = sets([(HATS, 2), (VASES, 1)])
    assert found(answer, sets=(("a", "d", "c"), ("a", "b", "e"))) == "right"
    assert found(answer, ids=("e", "b", "a")) == "right"
    wrong = (
        (("a", "d"),),
        (("a", "a", "d"),),
        (("a", "d", "e"),),
        (("a", "b", "c", "d"),),
        (("a", "b", "d"), ("d", "b", "a")),
        (("a", "b", "d"), ("a", "d", "e")),
        (),
    )
    for combinations in wrong:
        assert found(answer, sets=combinations) == "wrong"


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        (total_at_most("price", 12), ("a", "d"), ("c", "d")),
        (same("colour"), ("b", "d"), ("a", "d")),
        (different("colour"), ("a", "d"), ("b", "d")),
        (rising("price"), ("a", "d"), ("c", "d")),
    ],
    ids=lambda value: value["rule"] if isinstance(value, dict) else "".join(value),
)
def test_a_combination_keeps_its_rule(
    rule: dict[str, object], right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    """Of a hat and a vase."""
    answer = sets([(HATS, 1), (VASES, 1)], [rule])
    assert found(answer, ids=right) == "right"
    assert found(answer, ids=wrong) == "wrong"


def test_a_document_may_fit_several_slots() -> None:
    """It is put where the others leave room."""
    answer = sets([(ROWS, 1), (HATS, 1)], [rising("price")])
    assert found(answer, ids=("c", "b")) == "right"
    assert found(answer, ids=("e", "b")) == "wrong"


def test_an_unexplained_word_is_to_be_told() -> None:
    """Alone, in a phrase or in part; and the goal is not fulfilled."""
    answer: Answer = {"kind": "ignored", "words": ["dishwasher-safe"]}
    for told in ("dishwasher-safe", "a Dishwasher-safe mug", "dishwasher"):
        assert found(answer, ignored=(told,)) == "right"
    assert found(answer, ignored=("dishwasher-safe",), complete=True) == "wrong"
    assert found(answer, ignored=("mug", "a")) == found(answer) == "wrong"


def test_one_of_several_readings_is_enough() -> None:
    """Some words mean two things to careful people."""
    both = case(items(HATS), items(VASES))
    assert judge(Given(ids=("d",)), both) == judge(Given(ids=("a",)), both) == "right"
    assert judge(Given(ids=("a", "d")), both) == "wrong"


def test_a_score_counts_what_was_wrong_with_a_good_conscience() -> None:
    """Shares of all goals."""
    one = case(items(HATS))
    given_for = [Given(ids=("a",), complete=True), Given(ids=("d",), complete=True), Given()]
    result = score((what, one) for what in given_for)
    assert (result.right, result.wrong_and_complete, result.goals) == (1, 1, 3)
    assert result.right_share == result.wrong_and_complete_share == pytest.approx(1 / 3)


def test_a_witness_of_hand_made_goals_is_right() -> None:
    """So that it can be trusted with the generated ones."""
    answers = [items(HATS), best(ROWS, "price", 3, highest=False), number(3), nothing()]
    answers += [order(ROWS, "price", 2, highest=True), values(ROWS, "colour")]
    answers += [sets([(HATS, 1), (VASES, 1)], [rule]) for rule in (same("colour"), rising("price"))]
    assert [judge(witness(case(answer)), case(answer)) for answer in answers] == ["right"] * 8

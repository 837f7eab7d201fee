"""The goals of the third person: as committed, of every form, and each with something right."""

import json
import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from scripts.goals.case import Given, GoalCase
from scripts.goals.generate import digest
from scripts.goals.halves import HalfChanged
from scripts.goals.judge import judge
from scripts.goals.tables import TABLES, goal_table
from scripts.goals.third import feasible, third_templates
from scripts.goals.third.sought import PutGoal
from scripts.goals.third.third_templates import (
    DIGEST,
    FORMS,
    drawn_cases,
    third_person_cases,
    wording,
)

UNEXPLAINED = "unexplained"


@pytest.fixture(scope="module")
def cases() -> list[GoalCase]:
    """The goals, drawn once."""
    return list(drawn_cases())


def unheard_word(case: GoalCase) -> str:
    """The word that must be told as ignored."""
    words: Any = case.answer["words"]
    (word,) = words
    return word


def words_of(table: str) -> str:
    """Every word that a table holds, and the names of its fields."""
    whole = goal_table(table)
    return json.dumps([whole.records, list(whole.texts.values())], ensure_ascii=False).lower()


def test_the_goals_are_those_that_were_committed() -> None:
    """A changed table, template or library is told, and no other goals are asked."""
    committed = DIGEST.read_text(encoding="utf-8").split()[0]
    assert digest(list(drawn_cases())) == committed
    assert len(third_person_cases()) == 360


def test_every_form_is_asked_at_least_ten_times(cases: list[GoalCase]) -> None:
    """No form hangs on a few goals."""
    counts = Counter(case.form for case in cases)
    assert counts.pop(UNEXPLAINED) == 60
    assert set(counts) == set(FORMS)
    assert min(counts.values()) >= 10
    assert sum(counts.values()) == 300


def test_every_table_is_asked_about(cases: list[GoalCase]) -> None:
    """None of the four has less than a fifth of the goals."""
    counts = Counter(case.table for case in cases)
    assert all(counts[table] >= len(cases) / 5 for table in TABLES)


def test_every_form_is_worded_in_at_least_five_ways(cases: list[GoalCase]) -> None:
    """A form is more than one sentence with other values."""
    ways: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for case in cases:
        ways[case.form].add(wording(PutGoal(case.table, case.text, case.answer)))
    assert min(len(own) for own in ways.values()) >= 5


def test_no_goal_is_asked_twice(cases: list[GoalCase]) -> None:
    """Neither the words nor the id."""
    assert len({(case.table, case.text.lower()) for case in cases}) == len(cases)
    assert len({case.id for case in cases}) == len(cases)


def test_something_is_right_for_every_goal(cases: list[GoalCase]) -> None:
    """Each answer and each other reading can be given, and the judge finds it right."""
    for case in cases:
        for answer in (case.answer, *case.also):
            given = rightly(answer)
            alone = GoalCase(case.id, case.table, case.form, case.text, answer)
            assert judge(given, alone) == judge(given, case) == "right", (case.text, answer)


def rightly(answer: Any) -> Given:
    """Give what an answer asks for."""
    kind = answer["kind"]
    if kind == "items":
        rest = [id_ for id_ in answer["right"] if id_ not in answer["must"]]
        return Given(tuple([*answer["must"], *rest][: max(answer["least"], 1)]))
    if kind == "order":
        return Given(tuple(id_ for group in answer["groups"] for id_ in group))
    if kind == "sets":
        return Given(tuple(next(feasible.chosen(answer))))
    if kind == "number":
        return Given(number=answer["value"])
    if kind == "values":
        return Given(values=tuple(answer["right"]))
    return Given(ignored=tuple(answer["words"]))


def test_nothing_given_is_wrong_for_every_goal(cases: list[GoalCase]) -> None:
    """No goal is won by silence."""
    assert [case.text for case in cases if judge(Given(), case) == "right"] == []


def test_an_unheard_word_is_in_no_document(cases: list[GoalCase]) -> None:
    """The words that must be told as ignored are explained by nothing in their table."""
    held = {table: words_of(table) for table in TABLES}
    for case in cases:
        if case.answer["kind"] == "ignored":
            word = unheard_word(case)
            assert re.search(rf"\b{word}\b", case.text), case.text
            assert word.removesuffix("s") not in held[case.table]


def test_unheard_words_are_asked_once_each(cases: list[GoalCase]) -> None:
    """Sixty words, sixty goals."""
    words = {unheard_word(case) for case in cases if case.form == UNEXPLAINED}
    assert len(words) == 60


def test_it_is_told_when_other_goals_would_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A goal that changed by one letter does not pass for the committed one."""
    first, *rest = drawn_cases()
    other = GoalCase(first.id, first.table, first.form, first.text + "!", first.answer, first.also)
    monkeypatch.setattr(third_templates, "drawn_cases", lambda: (other, *rest))
    with pytest.raises(HalfChanged):
        third_person_cases()

"""The goals: the same on every run, all forms, fair, and a right answer for each."""

import re
from collections import Counter

import pytest

from retrieval.catalogue.products import products
from retrieval.documents import check_metadata
from scripts.goals.case import Given, GoalCase, Half
from scripts.goals.forms import FORMS
from scripts.goals.generate import GOALS, LONGEST, as_json, digest, goals
from scripts.goals.halves import DIGESTS, HalfChanged, cases_of, committed
from scripts.goals.judge import judge, score
from scripts.goals.tables import TABLES, goal_table
from scripts.goals.tables.homes import homes
from scripts.goals.tables.products import catalogue
from scripts.goals.unexplained import unexplained
from tests.unit.goals.witness import witness

HALVES: tuple[Half, ...] = ("open", "closed")
LEAST_OF_A_FORM = 10


@pytest.fixture(scope="module", params=HALVES)
def half(request: pytest.FixtureRequest) -> Half:
    return request.param


@pytest.fixture(scope="module")
def cases(half: Half) -> list[GoalCase]:
    return cases_of(half)


def test_the_halves_are_those_that_were_committed(half: Half) -> None:
    """Compared by digest, so that a failure prints no goal."""
    assert digest([*goals(half), *unexplained(half)]) == committed(half)


def test_other_goals_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that has changed since gives no figures to compare."""
    monkeypatch.setattr("scripts.goals.halves.committed", lambda half: "0" * 64)
    with pytest.raises(HalfChanged, match=r"open\.sha256"):
        cases_of("open")


def test_the_closed_goals_are_not_in_the_repository() -> None:
    """Their digest is."""
    assert not [path.name for path in DIGESTS.rglob("*.json*")]
    assert (DIGESTS / "closed.sha256").is_file()


def test_equal_seeds_give_equal_goals(half: Half) -> None:
    """Byte for byte; another seed gives others."""
    assert as_json(goals(half, seed=5)) == as_json(goals(half, seed=5))
    assert digest(goals(half, seed=5)) != digest(goals(half, seed=6))


def test_each_form_and_each_table_is_there(cases: list[GoalCase]) -> None:
    """Every form at least ten times, every table as often as the others."""
    drawn = [case for case in cases if case.form != "unexplained"]
    assert len(drawn) == GOALS
    forms = Counter(case.form for case in drawn)
    assert set(forms) == set(FORMS)
    assert min(forms.values()) >= LEAST_OF_A_FORM
    assert set(Counter(case.table for case in drawn).values()) == {GOALS // len(TABLES)}


def test_no_goal_comes_twice() -> None:
    """Within a half or over both; ids neither."""
    both = [*cases_of("open"), *cases_of("closed")]
    for texts in ([case.text.casefold() for case in both], [case.id for case in both]):
        assert len(set(texts)) == len(texts)


def test_goals_are_written_as_people_write(cases: list[GoalCase]) -> None:
    """No gap that was left open, no double blank, no wrong article, not too long."""
    assert cases
    odd = re.compile(r"[{}]|  |None|True|False|\ba [aeio]\w|\ban [^aeiouAEIOU\W]| of of | in in ")
    unnamed = {case.id: re.sub(r'"[^"]*"', "X", case.text) for case in cases}
    found = {id_: text.replace("an hour", "1 hour") for id_, text in unnamed.items()}
    assert not [id_ for id_, text in found.items() if odd.search(text)]
    assert max(len(case.text) for case in cases) <= LONGEST


def test_each_goal_has_a_right_answer(cases: list[GoalCase]) -> None:
    """A perfect planner gets all, and says nothing wrong."""
    assert cases
    assert [case.id for case in cases if judge(witness(case), case) != "right"] == []
    result = score((witness(case), case) for case in cases)
    assert (result.right_share, result.wrong_and_complete) == (1, 0)


def test_a_planner_that_gives_nothing_is_wrong(cases: list[GoalCase]) -> None:
    """But for the few goals that nothing fulfils."""
    right = [case for case in cases if judge(Given(), case) == "right"]
    assert 2 <= len(right) <= 6
    assert {case.form for case in right} == {"plain"}


def test_a_planner_that_takes_anything_is_wrong(cases: list[GoalCase]) -> None:
    """The first rows of the table, with a good conscience, are right for almost no goal."""
    blind = [
        (Given(ids=tuple(str(row["id"]) for row in goal_table(case.table).records[:3])), case)
        for case in cases
    ]
    assert score(blind).right_share < 0.1


def test_answers_name_rows_of_their_table(cases: list[GoalCase]) -> None:
    """No id from elsewhere."""
    assert cases
    for case in cases:
        ids = {str(row["id"]) for row in goal_table(case.table).records}
        given = witness(case)
        assert ids.issuperset([*given.ids, *(id_ for members in given.sets for id_ in members)])


def test_unexplained_words_are_in_no_document() -> None:
    """Sixty goals; neither a text nor metadata has one of the words, nor a part of it."""
    both = [*unexplained("open"), *unexplained("closed")]
    assert len(both) == 60
    for case in both:
        words = case.answer["words"]
        assert isinstance(words, list)
        assert words
        documents = str(goal_table(case.table).documents()).casefold()
        assert not [word for word in words if re.search(rf"\b{word.casefold()}\b", documents)]


def test_tables_are_documents_that_can_be_stored() -> None:
    """Ids once, a text each, metadata of the types that are stored."""
    for name in TABLES:
        documents = goal_table(name).documents()
        assert len(documents) >= 300
        assert len({document["id"] for document in documents}) == len(documents)
        for document in documents:
            assert document["text"]
            assert isinstance(document["metadata"], dict)
            check_metadata(document["metadata"])


def test_equal_seeds_give_equal_tables() -> None:
    """And other seeds give others."""
    assert homes(20).documents() == homes(20).documents()
    assert homes(20).documents() != homes(20, seed=1).documents()


def test_the_catalogue_is_that_of_the_demonstration() -> None:
    """The pictures are left out, and nothing else is."""
    table = catalogue(25)
    drawn = list(products(25))
    assert len(table.records) == 25
    for row, product in zip(table.records, drawn, strict=True):
        look = product.look
        assert (row["id"], row["name"], row["brand"]) == (product.sku, product.name, product.brand)
        assert (row["kind"], row["colour"], row["pattern"]) == (
            look.kind,
            look.colour,
            look.pattern,
        )
        assert (row["price"], row["created_at"]) == (
            product.price,
            product.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        assert table.texts[product.sku] == f"{product.name}. {product.description}"

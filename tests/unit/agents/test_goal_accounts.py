"""Nothing that a goal says vanishes: every content word is understood, searched for or ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import InvalidGoal
from agents.goals.accounts import left_out
from agents.lexicon.words import words
from tests.unit.agents.agent_fakes import ids_of, run_plan
from tests.unit.agents.homes import HOMES, read

SAID = st.lists(
    st.sampled_from(
        """a two flat house lofts Linz Graz garden and or not without under between 20 300000 km
        cheapest most rooms by highest first how many average price like than before March last
        week sauna haunted at least exactly same city different , together of the ?""".split()
    ),
    min_size=1,
    max_size=14,
).map(" ".join)


@given(SAID | st.text(min_size=1, max_size=60))
def test_every_content_word_has_an_account(goal: str) -> None:
    """Words of courtesy and of grammar have none; reading twice is the same."""
    try:
        reading = read(goal)
    except InvalidGoal:
        return
    assert reading == read(goal)
    told = " ".join(item.words for item in reading.accounts)
    said = {word.text for word in words(told)}
    content = [word for word in words(goal) if not left_out(word, "homes")]
    assert [word.text for word in content if word.text not in said] == []
    assert [item.words for item in reading.ignored if not item.reason] == []


@pytest.mark.parametrize(
    ("goal", "word"),
    [
        ("a flat in Linz with a sauna", "sauna"),
        ("a haunted loft", "haunted"),
        ("a flat near a kindergarten", "near"),
        ("a flat or a castle", "castle"),
        ("a flat under 300 grams", "under 300 grams"),
        ("a flat under 300 dollars", "under 300 dollars"),
        ("lofts listed before 03/04", "before 03/04"),
        ("a flat, but not a haunted one", "haunted"),
        ("the heaviest flat", "heaviest"),
        ("a flat cheaper than the palace", "cheaper than"),
    ],
)
def test_what_nothing_is_made_of_is_ignored_and_said(goal: str, word: str) -> None:
    """An unknown word, a unit of another kind, an ambiguous day, a lost comparison."""
    answer = run_plan(goal, HOMES, namespace="homes").to_json()
    assert any(word in item["words"] for item in answer["ignored"])
    assert answer["stop_reason"] != "complete"


def test_what_is_found_with_words_ignored_is_complete_but() -> None:
    """All that was understood is shown, and something was not understood."""
    assert run_plan("a haunted flat in Linz", HOMES).stop_reason == "complete_but"
    assert run_plan("a flat in Linz", HOMES).stop_reason == "complete"


def test_a_word_one_slip_away_is_read_and_said() -> None:
    """A short word is not: a lift is no loft."""
    answer = run_plan("a flat in Veinna", HOMES)
    assert any("Vienna" in (item.reason or "") for item in answer.reading.accounts)
    assert any("Vienna" in sentence for sentence in answer.explanation)
    assert [item.words for item in read("a flat with a lift").ignored] == ["lift"]


def test_fewer_than_were_asked_for_is_not_complete() -> None:
    """ "At least nine" of six are six, and it is said."""
    answer = run_plan("at least nine flats in Linz", HOMES)
    assert ids_of(answer)
    assert answer.stop_reason != "complete"
    assert any("only" in sentence for sentence in answer.explanation)


def test_a_trait_that_likeness_cannot_keep_is_said() -> None:
    """No other flat in Linz costs more, so that one in another city is shown, and it is said."""
    reading = read("something like the flat at Elm Road 13 in Linz, but more expensive")
    assert any("city" in item.meaning for item in reading.ignored)

"""Titles in a text that shows no borders: which sentences are one, and what follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.passages.titles import is_title
from tests.unit.passages.test_cutting import cut, said

TITLES = (
    ("Lake Ontario.", "When the cold winds of winter pass over the lake, snow falls."),
    ("Taken (film).", "A retired agent looks for Taken, his daughter."),
    ("Somalis.", "Somalis are a people of the Horn of Africa."),
    ("Trade Unions in Europe.", "A confederation was set up in 1973."),
    ("Straße der Republik.", "Eine Straße der Republik liegt in Mainz."),
)
SENTENCES = (
    ("He was knighted in London.", "Two years later the king died."),
    ("Yes.", "We went home then."),
    ("Tennessee.", "Summers are hot in the south of it."),
    ("The river flows through Minnesota.", "It is long."),
    ("1990.", "Then it was over."),
    ("...", "And so on."),
    ("A " + "Very " * 10 + "Long Name.", "It is long."),
)


@pytest.mark.parametrize(("sentence", "following"), TITLES)
def test_a_title_is_known_by_capitals_or_by_what_repeats_it(sentence: str, following: str) -> None:
    assert is_title(sentence, following)


@pytest.mark.parametrize(("sentence", "following"), SENTENCES)
def test_a_sentence_of_the_text_is_none(sentence: str, following: str) -> None:
    assert not is_title(sentence, following)


PARAGRAPHS = (
    "Lake Ontario. It lies between two lands. Its water is cold. Ships cross it in summer.",
    "Trade Unions in Europe. Some are old. Some are new. All of them hold a meeting.",
    "Somalis. Somalis live in Africa. Many of them keep camels. Others live by the sea.",
)


def test_paragraphs_joined_by_spaces_are_told_by_their_titles() -> None:
    """Each as it is; without titles the same sentences are cut wherever they are long enough."""
    assert said(" ".join(PARAGRAPHS * 3), 32) == list(PARAGRAPHS * 3)
    without = [paragraph.split(". ", 1)[1] for paragraph in PARAGRAPHS * 3]
    assert said(" ".join(without), 32) != without


def test_a_paragraph_that_fits_is_whole_whatever_stands_in_it() -> None:
    """A title is looked for where a text must be cut anyway."""
    paragraph = "Some people met here. Lake Ontario. It was cold then."
    assert said("\n\n".join([paragraph] * 3), 20) == [paragraph] * 3


@given(
    parts=st.lists(st.sampled_from(PARAGRAPHS + tuple(one for one, _ in SENTENCES)), max_size=30),
    most=st.integers(3, 40),
)
def test_titles_lose_nothing(parts: list[str], most: int) -> None:
    """Every word stands in a passage, in order, and none is said that was not."""
    text = " ".join(parts)
    found = cut(text, most)
    covered = {at for start, end in found for at in range(start, end)}
    assert [text[at] for at in range(len(text)) if at not in covered and text[at] != " "] == []
    assert found == sorted(found)

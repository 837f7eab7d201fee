"""The query's words in a text as it was written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.words.highlighting import MOST, highlights, richest
from retrieval.words.terms import index_terms, query_terms


def marked(text: str, query: str) -> str:
    """Return a text with brackets around what is highlighted."""
    for start, end in reversed(highlights(text, query_terms(query), 0, len(text))):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Two Mugs, striped (red).", "a striped mug", "Two [Mugs], [striped] (red)."),
        ("The red-striped mug", "striped", "The red-[striped] mug"),
        ("BW-000123 is here", "bw000123", "[BW-000123] is here"),
        ("Ein Café in KÖLN", "koln cafe", "Ein [Café] in [KÖLN]"),
        ("e\u0301te\u0301 and more", "été", "[e\u0301te\u0301] and more"),
        ("C and C++ and C#", "C++", "C and [C++] and C#"),
        ("東京は日本の首都です。", "首都", "東京は日本の[首都]です。"),
        ("東京は日本の首都です。", "日本の首都", "東京は[日本の首都]です。"),
        ("Fußball ﬁnden", "fussball finden", "[Fußball] [ﬁnden]"),
        ("the who", "the who", "[the] [who]"),
        ("nothing at all", "mug", "nothing at all"),
        ("a smile 😀 here", "😀", "a smile [😀] here"),
    ],
)
def test_words_are_marked_as_they_are_found(text: str, query: str, expected: str) -> None:
    """Whatever their form: endings, accents, signs, scripts without spaces."""
    assert marked(text, query) == expected


def test_only_what_lies_between_two_places_is_marked() -> None:
    """Offsets are of all of the text, and no more than so many."""
    text = "mug " * 300
    assert highlights(text, ["mug"], 4, 12) == [(4, 7), (8, 11)]
    assert len(highlights(text, ["mug"], 0, len(text))) == MOST


@given(st.text(max_size=60), st.text(max_size=20))
@example("¼", "¼0")
@example("ΐ ᾳ ŉ ǆ ﷺ", "ΐ ﷺ")
def test_what_is_marked_is_in_order_and_holds_what_was_asked(text: str, query: str) -> None:
    """Spans lie in the text, none in another; a text with a term of the query has one."""
    terms = query_terms(query)
    found = highlights(text, terms, 0, len(text))
    ends = [0, *(place for span in found for place in span)]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in found)
    chunks = [set(index_terms(chunk).split()) for chunk in text.split()]
    assert bool(found) == any(set(terms) & chunk for chunk in chunks)


def test_the_richest_part_has_most_different_words() -> None:
    """Before those that repeat one of them; of equal ones the first, none without any."""
    text = "mug mug mug. red mug. red mug. nothing"
    ranges = [(0, 12), (13, 21), (22, 30), (31, 38)]
    assert richest(text, ["red", "mug"], ranges) == (13, 21)
    assert richest(text, ["mug"], ranges) == (0, 12)
    assert richest(text, ["lamp"], ranges) is None

"""Passages of texts: nothing lost, nothing too long, sentences and headings kept together."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.passages.cutting import PASSAGES_AT_ONCE, Range, passages
from retrieval.passages.sections import Section

WORDS = st.sampled_from(
    "The|cat|sat.|Dr.|Smith|came!|e.g.|why?|東京は。|東京|हिन्दी।|#|-|1.|Heading|é|\u200d|👩\u200d🚀|...|…".split(
        "|"
    )
)
SPACES = st.sampled_from([" ", "  ", "\n", "\n\n", "\r\n\r\n", "\f", "\t", "\u3000"])
TEXTS = st.lists(st.tuples(WORDS, SPACES), min_size=1, max_size=80).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


def words(texts: Sequence[str]) -> list[int]:
    """Count as a tokeniser that cuts words at every fourth letter."""
    return [sum(-(-len(word) // 4) for word in text.split()) for text in texts]


def joined_words(texts: Sequence[str]) -> list[int]:
    """Count as one whose tokens do not add up: each text costs one more for every ten."""
    return [count + count // 10 for count in words(texts)]


def cut(text: str, most: int = 8, sections: Sequence[Section] = (), count=words) -> list[Range]:
    """Return all passages."""
    return [part for block in passages(text, sections, most, count) for part in block]


@given(TEXTS, st.integers(1, 30), st.sets(st.integers(0, 300), max_size=4))
@example("a" * 50, 2, set())
def test_passages_hold_the_text_in_its_order_and_each_fits(
    text: str, most: int, starts: set[int]
) -> None:
    """Between them is white space and nothing else; only a lone character may be too long."""
    sections = [Section(start, heading="h") for start in sorted(starts) if start < len(text)]
    found = cut(text, most, sections, joined_words)
    assert found == sorted(found)
    assert len({start for start, _ in found}) == len({end for _, end in found}) == len(found)
    held = set()
    for start, end in found:
        assert 0 <= start < end <= len(text)
        assert joined_words([text[start:end]])[0] <= most or end - start == 1
        held.update(range(start, end))
    assert all(text[at].isspace() for at in range(len(text)) if at not in held)


def test_a_text_that_fits_is_one_passage_as_it_is() -> None:
    """White space at its ends included: its vector is what it always was."""
    assert cut("  One. Two.\n\n", most=8) == [(0, 13)]


def said(text: str, most: int, sections: Sequence[Section] = ()) -> list[str]:
    """Return the passages' texts."""
    return [text[start:end] for start, end in cut(text, most, sections)]


def test_sentences_are_whole_and_a_short_one_is_said_again() -> None:
    """A passage ends with a sentence; the next begins with the last one where that is short."""
    text = "Aaaa bbbb cccc dddd. Ffff. Gggg hhhh iiii jjjj. Llll mmmm nnnn oooo pppp qqqq. Rrrr s."
    assert said(text, 20) == [
        "Aaaa bbbb cccc dddd. Ffff.",
        "Ffff. Gggg hhhh iiii jjjj.",
        "Llll mmmm nnnn oooo pppp qqqq.",
        "Rrrr s.",
    ]


def test_a_paragraph_that_fits_is_whole() -> None:
    """However many sentences it has; a line that nobody broke to a width is one too."""
    paragraph = "One two three. Four five six. " * 4 + "End."
    line = "Word after word goes on and on without any end. " * 3 + "Then it ends."
    assert said("\n\n".join([paragraph] * 3), 44) == [paragraph] * 3
    assert said("\n".join([line] * 3), 44) == [line] * 3
    assert len(said(" ".join([paragraph] * 3), 44)) > 3


@pytest.mark.parametrize("mark", ["Dr. Smith", "the U.S. Army", "e.g. This", "No. 5"])
def test_an_abbreviation_ends_no_sentence(mark: str) -> None:
    """The dot belongs to the word."""
    text = (
        f"One two three four. Here is {mark} and some more words. The end is here now, all of it."
    )
    assert f"Here is {mark} and some more words." in "|".join(said(text, 14))
    assert [part for part in said(text, 14) if part.endswith(mark.split()[0])] == []


def test_a_heading_stands_with_what_follows() -> None:
    """In Markdown, as a line of its own, and where a section says so."""
    body = "Some words here are said. More words are said then. "
    text = f"{body * 3}\n\n## First part\n{body * 3}\n\nSecond part\n\n{body * 3}Third part\n{body}"
    third = text.index("Third part")
    found = said(text, 24, [Section(third, heading="Third part")])
    for heading in ("## First part", "Second part"):
        assert any(re.match(f"{heading}\\s+Some words", part) for part in found)
    assert any("Third part\nSome words" in part for part in found)
    assert [part for part in found if part.endswith("part")] == []


def test_paragraphs_are_apart_once_they_say_enough() -> None:
    """Two things in one vector are near to neither."""
    paragraph = "Aaaa bbbb cccc dddd. Eeee ffff gggg hhhh."
    assert said("\n\n".join([paragraph] * 5), 24) == [paragraph] * 5


def test_chinese_and_hindi_sentences_end_without_a_space() -> None:
    """By marks of their own."""
    parts = ["東京は日本の首都。", "大阪は西にある！", "京都は古い。"]

    def letters(texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    text = "".join(parts)
    assert [text[a:b] for a, b in cut(text, 10, count=letters)] == parts


def test_a_long_text_comes_some_passages_at_a_time() -> None:
    """No step counts much of it, not even where nothing can be told apart."""
    most_counted = 0

    def counting(texts: Sequence[str]) -> list[int]:
        nonlocal most_counted
        most_counted = max(most_counted, sum(map(len, texts)))
        return words(texts)

    for text in ("word " * 40_000, "x" * 200_000, "." * 200_000, "\n" * 100_000 + "a b. " * 20_000):
        blocks = list(passages(text, (), 100, counting))
        assert len(blocks) > 3
        assert all(len(block) <= 2 * PASSAGES_AT_ONCE for block in blocks)
    assert most_counted < 80_000

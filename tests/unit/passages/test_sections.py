"""Sections: the page and the heading that a place in a text has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidDocument
from retrieval.passages.sections import Section, check_sections, section_at


@given(st.sets(st.integers(0, 50), max_size=6), st.integers(0, 50))
def test_a_place_lies_in_the_last_section_that_starts_at_or_before_it(
    starts: set[int], at: int
) -> None:
    """Found by halving as by looking at each of them."""
    sections = tuple(Section(start, page=start + 1) for start in sorted(starts))
    before = [section for section in sections if section.start <= at]
    assert section_at(sections, at) == (before[-1] if before else Section(0))


@pytest.mark.parametrize(
    "sections",
    [
        (Section(-1),),
        (Section(10),),
        (Section(3), Section(3)),
        (Section(5), Section(3)),
        (Section(0, page=0),),
        (Section(0, heading=""),),
        (Section(0, heading="h" * 301),),
    ],
    ids=str,
)
def test_what_is_no_section_of_the_text_is_refused(sections: tuple[Section, ...]) -> None:
    """A place outside, an order that is none, a page before the first, an empty heading."""
    with pytest.raises(InvalidDocument):
        check_sections(sections, length=10)


def test_sections_of_the_text_are_taken() -> None:
    """Pages and headings are each optional."""
    assert check_sections((Section(0), Section(4, 1), Section(9, 2, "End")), length=10) is None

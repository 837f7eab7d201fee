"""Sections of a text: from where on which page and which heading count."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.errors import InvalidDocument

MAX_HEADING_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document's text, up to where the next one starts."""

    start: int
    """Where it begins in the document's text, in Unicode code points from 0."""
    page: int | None = None
    """Of the file that the text came from, counted from 1."""
    heading: str | None = None
    """The heading that its text stands under."""


Sections = tuple[Section, ...]
"""Sorted by ``start``, no two of them equal; text before the first has neither page nor heading."""


def section_at(sections: Sequence[Section], at: int) -> Section:
    """Return the section that the code point ``at`` lies in; an empty one before the first."""
    place = bisect_right(sections, at, key=lambda section: section.start)
    return sections[place - 1] if place else Section(0)


def check_sections(sections: Sequence[Section], length: int) -> None:
    """Return if these are sections of a text of ``length`` code points.

    Raises:
        InvalidDocument: Not sorted, outside of the text, a page below 1, or a heading that is
            empty or longer than 300 characters.
    """
    starts = [section.start for section in sections]
    if any(start < 0 or start >= length for start in starts):
        raise InvalidDocument(f"a section starts outside of the text ({length} characters)", "text")
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise InvalidDocument("sections are not in the order of the text", "text")
    if any(section.page is not None and section.page < 1 for section in sections):
        raise InvalidDocument("pages are counted from 1", "text")
    for section in sections:
        if section.heading is not None and not (
            1 <= len(section.heading) <= MAX_HEADING_CHARACTERS
        ):
            raise InvalidDocument(f"a heading has 1 to {MAX_HEADING_CHARACTERS} characters", "text")

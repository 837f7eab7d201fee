"""A text in units that stay whole: sentences, headings, items of lists, in their order.

Rules, no model: they hold for every script that ends its sentences with a mark. What they miss
costs a passage that begins within a sentence, never a part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.passages.sections import Section
from retrieval.passages.titles import is_title

SentenceRange = tuple[int, int]
_PARAGRAPH = re.compile(
    r"\r?\n[^\S\n]*(?:\r?\n[^\S\n]*)+|[\f\u2029]"
    # After a line that nobody has broken to a width.
    r"|\n(?<=[^\n]{120}\n)"
)
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s++"
    r"|(?<![。！？｡।॥؟۔])[。！？｡।॥؟۔]++[」』”’）)]*+\s*+"
    r"|\r?\n(?=[^\S\n]*(?:#{1,6}\s|[-*•–]\s|\d{1,3}[.)]\s))"
)
_MARKED = re.compile(r"\s*#{1,6}\s")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Nr|Fig|Vol|pp|ca|cf|approx|"
    r"[A-Za-z](?:\.[A-Za-z])+)\.$"
)
_ABBREVIATION_CHARACTERS = 16
_HEADING_CHARACTERS = 100
_HEADING_WORDS = 12
_SENTENCE_MARKS = tuple(".!?…:;,。！？：；，、।؟")


@dataclass(frozen=True, slots=True)
class TextUnit:
    """A part of a text that is not cut where it fits: from ``start`` up to ``end``."""

    start: int
    """In code points of the whole text; neither first nor last character is white space."""
    end: int
    is_heading: bool = False
    """It belongs to what follows."""
    ends_paragraph: bool = False
    names_following: bool = False
    """It is a title within a paragraph (``titles``)."""


def units(text: str, sections: Sequence[Section] = ()) -> Iterator[TextUnit]:
    """Yield the units of a text; between them is white space and nothing else."""
    starts = [section.start for section in sections]
    headings = {section.start for section in sections if section.heading is not None}
    for start, end in _paragraphs(text, starts):
        yield from _units_of(text, start, end, headings)


def _paragraphs(text: str, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield what lies between blank lines and starts of sections, white space at its ends left out.

    Args:
        starts: Of sections, sorted.
    """
    at, pending = 0, iter([*starts, len(text)])
    until = next(pending)
    while at < len(text):
        while until <= at:
            until = next(pending)
        found = _PARAGRAPH.search(text, at, until)
        end, following = (until, until) if found is None else found.span()
        trimmed = _trimmed(text, at, end)
        if trimmed is not None:
            yield trimmed
        at = following


def _units_of(text: str, start: int, end: int, headings: set[int]) -> Iterator[TextUnit]:
    spans = (span for span in _sentences(text, start, end) if span is not None)
    for (first, last), following in _with_next(spans):
        is_last = last == end
        is_heading = _is_heading(text, first, last, is_last and first == start, first in headings)
        names = following is not None and is_title(text[first:last], text[slice(*following)])
        yield TextUnit(first, last, is_heading, is_last, names)


def _with_next(
    spans: Iterator[SentenceRange],
) -> Iterator[tuple[SentenceRange, SentenceRange | None]]:
    before = next(spans, None)
    for span in spans:
        if before is not None:
            yield before, span
        before = span
    if before is not None:
        yield before, None


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int] | None]:
    at = start
    if _MARKED.match(text, start, end):
        # A heading of Markdown ends with its line.
        line = text.find("\n", start, end)
        at = end if line < 0 else line
        yield _trimmed(text, start, at)
    for found in _END.finditer(text, at, end):
        if found.end() < end and _is_end(text, found):
            yield _trimmed(text, at, found.end())
            at = found.end()
    yield _trimmed(text, at, end)


def _is_end(text: str, found: re.Match[str]) -> bool:
    """Say whether a mark ends a sentence: what follows begins one, and it is no abbreviation's."""
    mark = found[0][0]
    if mark not in ".!?…":
        return True
    if text[found.end()].islower():
        return False
    before = text[max(0, found.start() - _ABBREVIATION_CHARACTERS) : found.start() + 1]
    return mark != "." or _ABBREVIATION.search(before) is None


def _is_heading(text: str, start: int, end: int, alone: bool, is_named: bool) -> bool:
    """Say whether a unit is the heading of what follows.

    Args:
        alone: It is a paragraph of its own.
        is_named: A section with a heading starts here.
    """
    if end - start > _HEADING_CHARACTERS or "\n" in text[start:end]:
        return False
    if _MARKED.match(text, start, end) or is_named:
        return True
    words = text[start:end].split()
    return alone and len(words) <= _HEADING_WORDS and not words[-1].endswith(_SENTENCE_MARKS)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a range without white space at its ends, None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None

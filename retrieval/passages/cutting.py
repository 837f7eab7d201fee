"""Units into passages: as many sentences as belong together, none longer than the model reads.

A paragraph that fits stays whole, and a passage ends with it as soon as it says enough; of a longer
one a passage has a few sentences. A vector of one thing is found, one of many things is near to
none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from retrieval.passages.sections import Section
from retrieval.passages.units import TextUnit, units

CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""Tokens of texts, without those that a model puts around each."""

Range = tuple[int, int]
"""From and up to, in code points of a text."""

BLOCK_CHARACTERS = 16_384
PASSAGES_AT_ONCE = 16
"""Of a long text some passages are found at a time, so that others may have their turn between."""
_SPACE = re.compile(r"\s")
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class PassageSizes:
    """How long passages are, in tokens."""

    most: int
    """What the model reads of a text; no passage is longer."""

    @property
    def full(self) -> int:
        """From here on a passage of sentences ends, in a paragraph that is longer than one."""
        return max(1, self.most // 3)

    @property
    def enough(self) -> int:
        """From here on it ends with its paragraph."""
        return max(1, self.most // 8)

    @property
    def overlap(self) -> int:
        """The last sentence is the next passage's first where it is not longer than this."""
        return self.most // 8


@dataclass(frozen=True, slots=True)
class _Sized:
    unit: TextUnit
    tokens: int


def passages(
    text: str, sections: Sequence[Section], most: int, count: CountTokens
) -> Iterator[list[Range]]:
    """Yield the passages of a text in their order, some at a time.

    Together they hold all of it but white space at their ends. Neighbours may share a sentence. A
    text that fits is one passage, as it is.

    Args:
        most: Tokens of a passage; a single character is never cut.
        count: Called with about ``BLOCK_CHARACTERS`` at a time, and few times for each block.
    """
    if len(text) <= BLOCK_CHARACTERS and count([text])[0] <= most:
        yield [(0, len(text))]
        return
    sized = _in_paragraphs(_sized(text, units(text, sections), most, count), most)
    found = _packed(sized, PassageSizes(most))
    while block := list(islice(found, PASSAGES_AT_ONCE)):
        # For some tokenisers the tokens of sentences do not add up to those of all together.
        sizes = count([text[start:end] for start, end in block])
        fits = [size <= most for size in sizes]
        yield [
            part
            for one, is_whole in zip(block, fits, strict=True)
            for part in ([one] if is_whole else _fitting(text, one, most, count))
        ]


def _sized(text: str, found: Iterable[TextUnit], most: int, count: CountTokens) -> Iterator[_Sized]:
    for block in _blocks(found):
        tokens = count([text[unit.start : unit.end][:BLOCK_CHARACTERS] for unit in block])
        for unit, size in zip(block, tokens, strict=True):
            if size <= most and unit.end - unit.start <= BLOCK_CHARACTERS:
                yield _Sized(unit, size)
            else:
                yield from _sized_parts(text, unit, most, count)


def _sized_parts(text: str, unit: TextUnit, most: int, count: CountTokens) -> Iterator[_Sized]:
    for start, end in _fitting(text, (unit.start, unit.end), most, count):
        is_last = end == unit.end
        part = TextUnit(start, end, ends_paragraph=is_last and unit.ends_paragraph)
        yield _Sized(part, count([text[start:end]])[0])


def _blocks(found: Iterable[TextUnit]) -> Iterator[list[TextUnit]]:
    block: list[TextUnit] = []
    characters = 0
    for unit in found:
        block.append(unit)
        characters += unit.end - unit.start
        if characters >= BLOCK_CHARACTERS:
            yield block
            block, characters = [], 0
    if block:
        yield block


def _fitting(text: str, whole: Range, most: int, count: CountTokens) -> Iterator[Range]:
    """Yield a range cut into parts that fit, between words where there are any."""
    start, end = whole
    fits = end - start <= BLOCK_CHARACTERS and count([text[start:end]])[0] <= most
    if fits or end - start <= 1:
        yield whole
        return
    for half in _halves(text, start, end):
        yield from _fitting(text, half, most, count)


def _halves(text: str, start: int, end: int) -> tuple[Range, Range]:
    middle = (start + end) // 2
    space = _space_near(text, start, end, middle)
    if space is not None:
        first_end, second = space, space + 1
        while text[first_end - 1].isspace():
            first_end -= 1
        while text[second].isspace():
            second += 1
        return (start, first_end), (second, end)
    while middle < end - 1 and _clings(text, middle):
        middle += 1
    return (start, middle), (middle, end)


def _space_near(text: str, start: int, end: int, middle: int) -> int | None:
    """Return the white space nearest to ``middle`` in the inner half of a range."""
    reach = (end - start) // 4
    found = _SPACE.search(text, middle, middle + reach)
    before = max(text.rfind(space, middle - reach, middle) for space in " \n\t\u3000")
    if found is None or (before >= 0 and middle - before < found.start() - middle):
        return before if before > start else None
    return found.start()


def _clings(text: str, at: int) -> bool:
    """Whether a character is one sign with what stands before it."""
    return unicodedata.combining(text[at]) != 0 or text[at] in _JOINERS or text[at - 1] == "\u200d"


def _in_paragraphs(sized: Iterable[_Sized], most: int) -> Iterator[_Sized]:
    """Yield paragraphs that fit as one unit each, and the units of others.

    One that does not fit is cut where a title stands in it: what is under a title is a paragraph.
    """
    held: list[_Sized] = []
    is_long = False
    for one in sized:
        if is_long and one.unit.names_following:
            yield from _whole(held, most)
            held = []
        held.append(one)
        if not is_long and _tokens(held) > most:
            is_long = True
            *before, held = _under_titles(held)
            for part in before:
                yield from _whole(part, most)
        if one.unit.ends_paragraph:
            yield from _whole(held, most)
            held, is_long = [], False
        elif is_long and _tokens(held) > most:
            yield from held
            held = []
    yield from _whole(held, most)


def _under_titles(held: Sequence[_Sized]) -> list[list[_Sized]]:
    """Return units in parts, each but the first beginning with a title."""
    parts: list[list[_Sized]] = [[]]
    for one in held:
        if one.unit.names_following and parts[-1]:
            parts.append([])
        parts[-1].append(one)
    return parts


def _whole(held: Sequence[_Sized], most: int) -> Iterator[_Sized]:
    if held and _tokens(held) <= most:
        yield _as_one(held)
    else:
        yield from held


def _as_one(held: Sequence[_Sized]) -> _Sized:
    is_heading = all(one.unit.is_heading for one in held)
    first, last = held[0].unit, held[-1].unit
    unit = TextUnit(first.start, last.end, is_heading, True, first.names_following)
    return _Sized(unit, _tokens(held))


def _packed(sized: Iterable[_Sized], sizes: PassageSizes) -> Iterator[Range]:
    ended: list[_Sized] = []
    held: list[_Sized] = []
    for one in sized:
        if held and _ends_before(one, held, sizes):
            before, held = _closed(held, one, sizes)
            if before and ended:
                yield _range(ended)
            ended = before or ended
        held.append(one)
    if ended and _tokens(held) < sizes.enough and _tokens(ended + held) <= sizes.most:
        yield _range(ended + held)
        return
    for rest in (ended, held):
        if rest:
            yield _range(rest)


def _ends_before(one: _Sized, held: Sequence[_Sized], sizes: PassageSizes) -> bool:
    tokens, last = _tokens(held), held[-1].unit
    if tokens + one.tokens > sizes.most:
        return True
    if last.is_heading:
        return False
    if last.ends_paragraph or one.unit.is_heading or one.unit.names_following:
        return tokens >= sizes.enough
    return tokens >= sizes.full


def _closed(
    held: list[_Sized], following: _Sized, sizes: PassageSizes
) -> tuple[list[_Sized], list[_Sized]]:
    """Return a passage that ends, empty where none does yet, and what the next one begins with."""
    kept = len(held)
    while kept and held[kept - 1].unit.is_heading:
        kept -= 1
    headings, room = held[kept:], sizes.most - following.tokens
    if headings:
        return (held[:kept], headings) if _tokens(headings) <= room else (held, [])
    again = held[-1]
    is_short = again.tokens <= min(sizes.overlap, room)
    ends = again.unit.ends_paragraph or following.unit.names_following
    repeats = len(held) > 1 and is_short and not ends
    return held, [again] if repeats else []


def _range(held: Sequence[_Sized]) -> Range:
    return held[0].unit.start, held[-1].unit.end


def _tokens(held: Sequence[_Sized]) -> int:
    return sum(one.tokens for one in held)

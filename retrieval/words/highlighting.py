"""Where the words of a query stand in a text as it was written.

Words are those of ``terms``: what the keyword leg finds is marked, whatever form it is written in.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from retrieval.words.folding import folded
from retrieval.words.kinds import DIGIT, LETTER, SYLLABIC, UNSPACED, kinds_of
from retrieval.words.terms import LONGEST_REMEMBERED, PIECE, index_terms, piece_terms

_Span = tuple[int, int]
"""From and up to, in code points of the text."""

MOST = 100
"""Of one text."""
MOST_COUNTED = 10_000
LIKELY = 16
"""Ranges with the most places, in which terms are counted each once."""

_CHUNK = re.compile(r"\S+")
_PARTS = re.compile(r"[ad]+")


def highlights(text: str, terms: Collection[str], start: int, end: int) -> list[_Span]:
    """Return where a query's terms stand between two places of a text, in its order.

    Args:
        terms: Of the query, as ``terms.query_terms`` gives them.
    """
    if not terms:
        return []
    wanted, found = frozenset(terms), list[_Span]()
    for chunk in _CHUNK.finditer(text, start, end):
        if wanted.isdisjoint(_terms_of(chunk[0])):
            continue
        at = chunk.start()
        found += [(at + first, at + last) for first, last in _within(chunk[0], wanted)]
        if len(found) >= MOST:
            return found[:MOST]
    return found


def richest(text: str, terms: Collection[str], ranges: Sequence[_Span]) -> _Span | None:
    """Return the range in which most of a query's terms stand, of equal ones the first.

    Args:
        ranges: Of the text, in its order.
    """
    wanted = frozenset(terms)
    starts = sorted(islice(_likely(text, terms), MOST_COUNTED))
    counts = [bisect_left(starts, end) - bisect_left(starts, start) for start, end in ranges]
    likely = sorted(range(len(ranges)), key=lambda at: (-counts[at], at))[:LIKELY]

    def worth(at: int) -> tuple[int, int, int]:
        start, end = ranges[at]
        return len(wanted & _terms(text[start:end])), counts[at], -at

    best = max(likely, key=worth, default=None)
    return None if best is None or not counts[best] else ranges[best]


def _likely(text: str, terms: Collection[str]) -> Iterator[int]:
    """Yield where words begin that may be these terms, term by term."""
    lower = text.lower()
    # A few letters become two; places would be of another text.
    plain = lower if len(lower) == len(text) else text
    for term in terms:
        is_word = term.isascii() and term.isalnum()
        sign = term[: max(3, len(term) - 2)] if is_word else term
        at = plain.find(sign)
        while at >= 0:
            if not (is_word and at and plain[at - 1].isalnum()):
                yield at
            at = plain.find(sign, at + 1)


def _terms_of(chunk: str) -> frozenset[str]:
    return _remembered(chunk) if len(chunk) <= LONGEST_REMEMBERED else _terms(chunk)


def _terms(chunk: str) -> frozenset[str]:
    return frozenset(index_terms(chunk).split(" "))


@lru_cache(maxsize=1 << 15)
def _remembered(chunk: str) -> frozenset[str]:
    return _terms(chunk)


def _within(chunk: str, wanted: frozenset[str]) -> list[_Span]:
    """Return the parts of what stands between two spaces that are wanted; else all of it."""
    if chunk.isascii() and chunk.isalnum():
        # One word without a sign: there are no parts to tell apart.
        return [(0, len(chunk))]
    plain, places = _placed(chunk)
    kinds = kinds_of(plain)
    spans = [span for piece in PIECE.finditer(kinds) for span in _of_piece(plain, piece, wanted)]
    # Of a sign that is several when it is folded a part is all of it.
    ends = ((places[first], max(places[last], places[last - 1] + 1)) for first, last in spans)
    return _joined(ends) or [(0, len(chunk))]


def _placed(chunk: str) -> tuple[str, list[int]]:
    """Return a folded chunk, and from where each of its characters comes."""
    if chunk.isascii():
        return folded(chunk), list(range(len(chunk) + 1))
    signs = [folded(sign) for sign in chunk]
    places = [at for at, sign in enumerate(signs) for _ in sign]
    return "".join(signs), [*places, len(chunk)]


def _of_piece(plain: str, piece: re.Match[str], wanted: frozenset[str]) -> Iterator[_Span]:
    start, end = piece.span()
    kinds = piece[0]
    if kinds[0] in (UNSPACED, SYLLABIC):
        yield from _runs(plain[start:end], start, wanted)
        return
    if wanted.isdisjoint(piece_terms(plain[start:end], kinds)):
        return
    parts = _PARTS.finditer(kinds) if LETTER in kinds or DIGIT in kinds else iter(())
    spans = [(start + part.start(), start + part.end()) for part in parts]
    told = [
        (first, last)
        for first, last in spans
        if not wanted.isdisjoint(
            piece_terms(plain[first:last], kinds[first - start : last - start])
        )
    ]
    yield from told if 0 < len(told) < len(spans) else [(start, end)]


def _runs(piece: str, start: int, wanted: frozenset[str]) -> Iterator[_Span]:
    """Yield where wanted characters stand in a row that has no spaces."""
    for length in (1, 2, 3):
        for at in range(len(piece) - length + 1):
            if piece[at : at + length] in wanted:
                yield start + at, start + at + length


def _joined(spans: Iterable[_Span]) -> list[_Span]:
    """Return spans in order, those that touch or overlap as one."""
    joined: list[_Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined

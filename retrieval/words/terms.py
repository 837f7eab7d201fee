"""A text to the terms it is found by, a query to the terms it asks for.

A text has every form that somebody may ask for, a query asks for as few as tell it from others:

- words: their stems; of a word joined by signs (``BW-000123``, ``e-mail``, ``AT&T``) each part and
  the whole without its dashes;
- words that end in ``+``, ``#`` or ``*`` (``C++``) or begin with ``.``, ``@`` or ``#`` (``.NET``)
  with their sign; of one letter only so, since C++ is not C;
- Han, kana and Hangul: each character and each two in a row; a query asks for twos;
- Thai and its like: up to three characters in a row; a query asks for threes;
- emoji and flags: each; signs: where they stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from retrieval.characters import has_visible
from retrieval.words.folding import folded
from retrieval.words.joined import Term, bounded, digest, word_terms
from retrieval.words.kinds import DIGIT, FLAG, LETTER, PICTURE, SYLLABIC, UNSPACED, kinds_of

ANALYSIS = 1
"""Raise it with every change of what a text's terms are, and `schema.SCHEMA_VERSION` with it:
indexes are analysed anew then."""

LONGEST_REMEMBERED = 48

PIECE = re.compile(
    # A word, joined by signs or not, with the sign that it begins or ends with.
    r"(?:(?<![ad])[@#](?=[ad])|(?<![ad.])\.(?=a))?"
    r"[ad]+(?:[-_.'/:&@+$!*][ad]+|(?<=d),d+)*(?:\+\+|[+#*]+(?![ad]))?"
    r"|h+|t+|rr?|e"
    # Signs with nothing else between two spaces.
    r"|(?:^|(?<= ))[^adhter ]+(?= |$)"
)
_AMPERSAND = re.compile(r"(?<=\w) & (?=\w)")


def index_terms(*texts: str) -> str:
    """Return the terms of texts of one document, separated by spaces, as often as they occur.

    Every text with a visible character has at least one.
    """
    return " ".join(term for text in texts for term in _all(text))


def query_terms(text: str) -> list[str]:
    """Return the terms that a query asks for, each once.

    Stop words and lone signs are among them only where there is nothing else.
    """
    asked = list(_found(text, True))
    telling = [term for term, is_telling in asked if is_telling]
    return list(dict.fromkeys(telling or [term for term, _ in asked]))


def id_terms(name: str) -> str:
    """Return the terms that a document is found by for its id.

    An id of one word is found whole, and by no part of it; others by their words.
    """
    pieces = list(_pieces(name))
    if len(pieces) != 1 or not {LETTER, DIGIT}.intersection(pieces[0][1]):
        return " ".join(_all(name))
    *_, (whole, _) = word_terms(*pieces[0])
    return bounded(whole)


def _all(text: str) -> Iterator[str]:
    return (term for term, _ in _found(text, False))


def _found(text: str, asked: bool) -> Iterator[Term]:
    nothing = True
    for piece, kinds in _pieces(text):
        nothing = False
        # Of long ones there is no end of different ones, and keeping them would fill the memory.
        of_piece = _remembered if len(piece) <= LONGEST_REMEMBERED else _terms
        yield from of_piece(piece, kinds, asked)
    if nothing and has_visible(text):
        yield digest(text.strip()), True


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Return the pieces of a text, each with the kinds of its characters."""
    plain = folded(text)
    if " & " in plain:
        plain = _AMPERSAND.sub("&", plain)
    kinds = kinds_of(plain)
    for found in PIECE.finditer(kinds):
        yield plain[found.start() : found.end()], found[0]


@lru_cache(maxsize=1 << 16)
def _remembered(piece: str, kinds: str, asked: bool) -> tuple[Term, ...]:
    return tuple(_terms(piece, kinds, asked))


def piece_terms(piece: str, kinds: str) -> frozenset[str]:
    """Return the terms that a piece of a text is found by.

    Args:
        piece: As ``PIECE`` finds it in the kinds of a folded text.
    """
    return frozenset(term for term, _ in _terms(piece, kinds, False))


def _terms(piece: str, kinds: str, asked: bool) -> Iterator[Term]:
    return ((bounded(term), is_telling) for term, is_telling in _unbounded(piece, kinds, asked))


def _unbounded(piece: str, kinds: str, asked: bool) -> Iterator[Term]:
    if kinds[0] == UNSPACED:
        yield from ((term, True) for term in _runs(piece, (2,) if asked else (1, 2)))
    elif kinds[0] == SYLLABIC:
        yield from ((term, True) for term in _runs(piece, (3,) if asked else (1, 2, 3)))
    elif kinds[0] in (PICTURE, FLAG):
        yield piece, True
    elif LETTER in kinds or DIGIT in kinds:
        yield from word_terms(piece, kinds)
    else:
        yield piece, False


def _runs(piece: str, lengths: tuple[int, ...]) -> Iterator[str]:
    """Return all parts of these lengths; the piece itself where it is shorter than all."""
    for length in lengths:
        for at in range(len(piece) - length + 1):
            yield piece[at : at + length]
    if len(piece) < lengths[0]:
        yield piece

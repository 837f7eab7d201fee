"""The words of a text as they are written: folded, but whole, where terms are stems.

What is misspelt is compared with these, and they are what a reader is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.words.folding import folded
from retrieval.words.joined import LONGEST_STEMMED
from retrieval.words.kinds import LETTER, kinds_of
from retrieval.words.stop_words import STOP_WORDS
from retrieval.words.terms import PIECE, query_terms

SHORTEST = 2
_ASCII = re.compile(rf"[a-z]{{{SHORTEST},{LONGEST_STEMMED}}}")
_LETTERS = re.compile(rf"{LETTER}{{{SHORTEST},{LONGEST_STEMMED}}}")


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word of a query that consists of letters alone."""

    word: str
    """Folded."""
    terms: tuple[str, ...]
    """That it asks for."""


def written_words(*texts: str) -> list[str]:
    """Return the words of letters in texts of one document, folded, as often as they occur.

    Scripts without spaces between words have none.
    """
    words: list[str] = []
    for text in texts:
        plain = folded(text)
        if plain.isascii():
            words += _ASCII.findall(plain)
        else:
            places = _LETTERS.finditer(kinds_of(plain))
            words += [plain[place.start() : place.end()] for place in places]
    return words


def words_asked(query: str) -> list[QueryWord]:
    """Return the words of a query that tell texts from each other, each once.

    Words with digits or signs are names and numbers, whose neighbours mean something else.
    """
    plain = folded(query)
    pieces = PIECE.finditer(kinds_of(plain))
    words = dict.fromkeys(
        plain[piece.start() : piece.end()] for piece in pieces if set(piece[0]) == {LETTER}
    )
    return [QueryWord(word, tuple(query_terms(word))) for word in words if word not in STOP_WORDS]

"""One word to its terms: alone, joined by signs, or with a sign that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

from retrieval.words.stemming import stem
from retrieval.words.stop_words import STOP_WORDS

LONGEST = 128
"""Characters of a term; of a longer one a digest stands for it, so that it is found whole."""

LONGEST_STEMMED = 48
"""Longer ones are no words of a language."""

MOST_PARTS = 16
"""Parts of a joined word; of more, a path or a list, the whole is no word."""

_PARTS = re.compile(r"[ad]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ENDINGS = frozenset({"s", "d", "m", "ll", "re", "ve"})
"""What follows the apostrophe in ``shop's`` and ``they'll``, and is no part of the word."""

_ARTICLES = ("وال", "بال", "كال", "فال", "لل", "ال")
_ARABIC = re.compile(r"[\u0600-\u06ff]")

Term = tuple[str, bool]
"""A term, and whether it tells texts from each other: stop words do not."""


def word_terms(word: str, kinds: str) -> Iterator[Term]:
    """Return the terms of a folded word.

    Args:
        word: Letters and digits; signs between, before and behind them.
        kinds: A letter for each of its characters, see ``kinds``.
    """
    if kinds.isalpha():
        yield from _plain(word)
        return
    spans = [found.span() for found in _PARTS.finditer(kinds)]
    start, end = spans[0][0], spans[-1][1]
    yield from _inner(word[start:end], kinds[start:end], word[end:])
    if start:
        yield word[: spans[0][1]], True


def bounded(term: str) -> str:
    """Return a term, or what stands for one that is too long."""
    return term if len(term) <= LONGEST else digest(term)


def digest(text: str) -> str:
    """Return a term that only this text has."""
    return "digest:" + blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _plain(word: str) -> tuple[Term, ...]:
    is_telling = word not in STOP_WORDS
    if word.isascii():
        is_word = word.isalpha() and len(word) <= LONGEST_STEMMED
        return ((stem(word) if is_word else word, is_telling),)
    bare = _without_article(word) if _ARABIC.match(word) else word
    return ((word, True),) if bare == word else ((word, True), (bare, True))


def _without_article(word: str) -> str:
    article = next((article for article in _ARTICLES if word.startswith(article)), "")
    return word[len(article) :] if len(word) >= len(article) + 2 else word


def _inner(word: str, kinds: str, sign: str) -> Iterator[Term]:
    if "'" in kinds:
        at = kinds.rindex("'")
        base, ending = word[:at], word[at + 1 :]
        if ending == "t" and base.endswith("n") and base.isalpha():
            yield from _plain(base + ending)
            return
        if ending in _ENDINGS:
            word, kinds = base, kinds[:at]
    parts = [word[found.start() : found.end()] for found in _PARTS.finditer(kinds)]
    last = parts[-1]
    is_lone_letter = len(last) == 1 and kinds[-1] == "a"
    for part in parts[:-1] if sign and is_lone_letter else parts:
        yield from _plain(part)
    if sign:
        yield last + sign, True
    if 1 < len(parts) <= MOST_PARTS:
        yield from _whole(word, kinds)


def _whole(word: str, kinds: str) -> Iterator[Term]:
    """Return the word in one: without dashes, with the signs that make it another word."""
    if "," in kinds:
        kept = _THOUSANDS.sub("", word)
        yield kept, True
        return
    joined = "".join(_kept(word, kinds, at) for at in range(len(word)))
    yield from _plain(joined) if joined.isalnum() else ((joined, True),)


def _kept(word: str, kinds: str, at: int) -> str:
    kind = kinds[at]
    if kind in "-_'":
        return ""
    if kind == "." and kinds[at - 1 : at + 2] != "d.d":
        return ""
    return word[at]

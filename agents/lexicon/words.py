"""Words as the planner compares them: lower case, unaccented, stemmed, with their places.

The stemmer is steps 1a to 1c of Porter, An algorithm for suffix stripping (1980),
and it drops a final e, so that "stripes", "striped" and "stripe" are one. It only
has to be the same on both sides of a comparison; search stems for itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|\w+", re.UNICODE)
# An initial ends no sentence: "José A. Ferreyra".
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\s[A-ZÀ-Þ]\.)[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9À-Þ])")

STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be been before being both but by can could
    did do does during each either else for from had has have having he her here hers him his how
    i if in into is it its itself just know me more most much my no nor not of off on once only or
    other our out over own same she should so some such than that the their them then there these
    they this those through to too under until up upon us very was we were what when where which
    while who whom whose why will with within without would you your
    find show give tell list want need looking look get search please item items thing things
    something anything everything nothing none neither one ones product products""".split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text with its place: ``text[start:end]``."""

    text: str
    stem: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of a text in order."""
    return [
        Word(match[0], stem(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)
    ]


def stems(text: str) -> list[str]:
    """Return the stems of a text in order, stop words too."""
    return [stem(match[0]) for match in _WORD.finditer(text)]


def content_stems(text: str) -> list[str]:
    """Return the stems of a text without stop words, in order, each once."""
    found = (match[0] for match in _WORD.finditer(text))
    return list(dict.fromkeys(stem(word) for word in found if not is_stop(word)))


def is_stop(word: str) -> bool:
    """Return whether a word says nothing of what is looked for."""
    return word.lower() in STOP_WORDS or (len(word) == 1 and not word.isdigit())


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the stem of a word; digits stay as they are, without group commas."""
    if word[0].isdigit():
        return word.replace(",", "")
    folded = unicodedata.normalize("NFKD", word.lower())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    plain = re.split(r"['’]", plain)[0] or plain
    return _strip(plain)


def _strip(word: str) -> str:
    if len(word) <= 3 or not word.isascii():
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and re.search("[aeiouy]", root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if word.endswith("y") and len(word) > 3 and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    # British and American spellings are one: colour, color.
    if word.endswith("our") and len(word) > 4:
        word = word[:-3] + "or"
    return word.removesuffix("e") if len(word) > 3 else word


def _without_plural(word: str) -> str:
    if word.endswith(("heses", "yses")):
        return word[:-2] + "is"
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a text as spans; blank ones are left out."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()]


def mass(terms: Iterable[str], weights: Mapping[str, float]) -> float:
    """Return the summed weights of terms; a term without one counts 0."""
    return sum(weights.get(term, 0.0) for term in terms)

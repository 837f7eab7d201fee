"""Where a goal's items begin and end, and what is negated: clauses and cues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.goals.reading import WordSpan
from agents.lexicon.words import Word

NEGATIONS = frozenset(
    "not no without except excluding nothing none never neither nor minus isn't aren't".split()
)
GLOBAL_NEGATIONS = frozenset(("nothing", "none", "neither", "never"))
QUANTIFIERS = frozenset(("both", "all", "each", "every", "everything", "altogether", "they"))
JOINS = frozenset(("and", "plus", "or"))
ARTICLES = frozenset(("a", "an", "the", "one", "some", "another"))
COUNTS = {"two": 2, "three": 3, "four": 4, "pair": 2, "couple": 2}
MAX_ITEMS = 8


@dataclass(frozen=True, slots=True)
class Clause:
    """Words between two boundaries. ``after_comma`` says which kind the first one was."""

    span: WordSpan
    after_comma: bool
    quantified: bool
    article: bool
    count: int


def clauses(goal: str, words: Sequence[Word], taken: Collection[int]) -> list[Clause]:
    """Part a goal at commas and at "and" and "plus", outside of words that are spoken for."""
    found: list[Clause] = []
    start, comma = 0, False
    for at, word in enumerate(words):
        joint = word.text.lower() in JOINS and at not in taken
        gap = goal[words[at - 1].end : word.start] if at else ""
        broken = any(mark in gap for mark in ",;:&+.")
        if not joint and not broken:
            continue
        if start < at:
            found.append(_clause(words, start, at, comma))
            comma = False
        comma = comma or broken
        start = at + 1 if joint else at
    if start < len(words):
        found.append(_clause(words, start, len(words), comma))
    return found


def _clause(words: Sequence[Word], start: int, end: int, comma: bool) -> Clause:
    said = [word.text.lower() for word in words[start:end]]
    count = next((COUNTS[w] for w in said[:3] if w in COUNTS), 1)
    return Clause(
        (start, end),
        comma,
        any(word in QUANTIFIERS for word in said),
        bool(said) and (said[0] in ARTICLES or said[0] in COUNTS),
        count,
    )


def negated(goal: str, words: Sequence[Word], taken: Collection[int]) -> list[tuple[int, WordSpan]]:
    """Return (place of the cue, words it reaches) for each negation.

    A cue reaches to the end of its clause and on through "or" and "nor"; "neither"
    also through its own "and". Cues inside a number's phrase ("no more than") are not
    negations.
    """
    found: list[tuple[int, WordSpan]] = []
    for at, word in enumerate(words):
        if word.text.lower() not in NEGATIONS or at in taken:
            continue
        if found and at < found[-1][1][1]:
            continue
        end = at + 1
        while end < len(words) and not _ends(goal, words, end):
            end += 1
        found.append((at, (at + 1, end)))
    return found


def _ends(goal: str, words: Sequence[Word], at: int) -> bool:
    gap = goal[words[at - 1].end : words[at].start]
    if any(mark in gap for mark in ",;:."):
        # "nothing dotted, striped or checked" goes on; a new clause begins with a cue or article.
        return not _listed(words, at)
    return words[at].text.lower() in ("and", "plus", "but", "with", "under", "over")


def _listed(words: Sequence[Word], at: int) -> bool:
    """Return whether a comma stands inside a list that ends in "or" or "nor"."""
    for word in words[at : at + 3]:
        text = word.text.lower()
        if text in ("or", "nor"):
            return True
        if text in ARTICLES or text in QUANTIFIERS or text in NEGATIONS or text == "and":
            return False
    return False

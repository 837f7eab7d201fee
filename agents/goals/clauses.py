"""Where a goal's items begin and end, and what is negated: clauses and cues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.goals.reading import WordSpan
from agents.lexicon.courtesy import COURTESY
from agents.lexicon.units import NUMERALS
from agents.lexicon.words import Word

NEGATIONS = frozenset(
    "not no non without except excluding nothing none never neither nor minus isn't aren't".split()
)
_TWO_WORD_NEGATIONS = frozenset(
    (
        ("rather", "than"),
        ("instead", "of"),
        ("other", "than"),
        ("anything", "but"),
        ("everything", "but"),
        ("any", "but"),
        ("all", "but"),
        ("apart", "from"),
        ("aside", "from"),
        ("free", "of"),
    )
)
GLOBAL_NEGATIONS = frozenset(("nothing", "none", "neither", "never"))
QUANTIFIERS = frozenset(("both", "all", "each", "every", "everything", "altogether", "they"))
JOINS = frozenset(("and", "plus", "or"))
ARTICLES = frozenset(("a", "an", "the", "one", "some", "another"))
MAX_ITEMS = 8
COUNTS = {
    **{word: value for word, value in NUMERALS.items() if 1 < value <= MAX_ITEMS},
    **{str(value): value for value in range(2, MAX_ITEMS + 1)},
    "pair": 2,
    "couple": 2,
}
_ANY = frozenset("any anything every everything all anyone everyone".split())
COUNT_REACH = 5
"""A count stands among so many first words of its phrase: "a set of two"."""


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
        inside = at in taken and at - 1 in taken and not joint
        broken = not inside and any(mark in gap for mark in ",;:&+.")
        if not joint and not broken:
            continue
        if start < at:
            found.append(_clause(words, start, at, comma, taken))
            comma = False
        comma = comma or broken
        start = at + 1 if joint else at
    if start < len(words):
        found.append(_clause(words, start, len(words), comma, taken))
    return found


def _clause(
    words: Sequence[Word], start: int, end: int, comma: bool, taken: Collection[int]
) -> Clause:
    said = [word.text.lower() for word in words[start:end]]
    free = [at - start for at in range(start, end) if at not in taken]
    # "A curry for two" is one curry.
    free = [at for at in free if not meant_for(said, at)]
    asked = [at for at in free if said[at] not in COURTESY - ARTICLES][:COUNT_REACH]
    count = next((COUNTS[said[at]] for at in asked if said[at] in COUNTS), 1)
    return Clause(
        (start, end),
        comma,
        any(word in QUANTIFIERS for word in said),
        bool(said) and (said[0] in ARTICLES or said[0] in COUNTS),
        count,
    )


def meant_for(said: Sequence[str], at: int) -> bool:
    """Return whether a word says for whom something is: "a curry for two", not "I look for two"."""
    return at > 1 and said[at - 1] == "for" and said[at - 2] not in COURTESY


def negated(goal: str, words: Sequence[Word], taken: Collection[int]) -> list[tuple[int, WordSpan]]:
    """Return (place of the cue, words it reaches) for each negation.

    A cue reaches to the end of its clause and on through "or" and "nor"; "neither"
    also through its own "and". Cues inside a number's phrase ("no more than") are not
    negations.
    """
    found: list[tuple[int, WordSpan]] = []
    for at, word in enumerate(words):
        if not denies(words, at) or at in taken:
            continue
        if found and at < found[-1][1][1]:
            continue
        end = at + 1
        if word.text.lower() == "non":
            found.append((at, (end, min(len(words), end + 1))))
            continue
        while end < len(words) and not _ends(goal, words, end, at):
            end += 1
        found.append((at, (at + 1, end)))
    return found


def denies(words: Sequence[Word], at: int) -> bool:
    """Return whether a word denies what comes after it."""
    said = words[at].text.lower()
    before = words[at - 1].text.lower() if at else ""
    if said == "but":
        # "any colour but red"
        return any(word.text.lower() in _ANY for word in words[max(0, at - 3) : at])
    return said in NEGATIONS or (before, said) in _TWO_WORD_NEGATIONS


def _ends(goal: str, words: Sequence[Word], at: int, cue: int) -> bool:
    gap = goal[words[at - 1].end : words[at].start]
    if not gap.strip() and (at == cue + 1 or words[at - 1].text.lower() in ("or", "nor")):
        # "neither with gas nor with oil": what comes right after the cue is still denied.
        return False
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

"""Words for what one is to another, with the words by which texts tell it.

Of the English language, not of any index: a goal asks for "the director of", a text says
"directed by"; a goal asks for somebody's father, a text calls that somebody a son.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from agents.lexicon.words import Word, stem

ASKED = 1.0
"""What the goal's own word for a relation weighs."""
TOLD = 0.8
"""What another word weighs by which texts tell it."""
BEHIND = 0.5
_PARENTS = "father mother parent son daughter child"
_MARRIED = "husband wife spouse consort partner married marry widow widower fiance"
_SIBLINGS = "brother sister sibling twin"
_TOLD: tuple[tuple[str, str], ...] = (
    ("father mother parent son daughter child", _PARENTS),
    (_MARRIED, _MARRIED),
    (_SIBLINGS, _SIBLINGS),
    ("grandfather grandmother grandparent grandson granddaughter grandchild", _PARENTS),
    ("stepfather stepmother stepson stepdaughter stepchild", f"{_PARENTS} {_MARRIED}"),
    ("uncle aunt nephew niece cousin", f"{_PARENTS} {_SIBLINGS}"),
    ("director directed", "director directed directing"),
    ("author writer novelist poet wrote", "author written wrote writer novel book poem by"),
    ("screenwriter scriptwriter", "screenwriter written wrote screenplay script by"),
    ("composer composed", "composer composed music score by"),
    ("lyricist songwriter", "lyrics lyricist songwriter written wrote by"),
    ("performer singer", "performer performed sung singer recorded song by"),
    ("producer produced", "producer produced"),
    ("editor", "editor edited"),
    ("publisher", "publisher published"),
    ("creator", "creator created by"),
    ("founder", "founder founded established cofounder"),
    ("inventor", "inventor invented"),
    ("discoverer", "discoverer discovered"),
    ("designer", "designer designed"),
    ("architect", "architect designed built"),
    ("painter sculptor", "painter painted painting sculptor sculpted by"),
    ("conductor", "conductor conducted"),
    ("founder owner", "owner owned bought founded"),
    ("employer", "employer works worked employed"),
    ("teacher pupil student", "teacher taught pupil student studied"),
    ("predecessor successor", "predecessor successor succeeded preceded"),
)
_CUES: dict[str, frozenset[str]] = {}
for _names, _cues in _TOLD:
    for _name in _names.split():
        _found = frozenset(stem(cue) for cue in _cues.split())
        _CUES[stem(_name)] = _CUES.get(stem(_name), frozenset()) | _found
_SPOUSES = frozenset(stem(cue) for cue in _MARRIED.split())


def role_cues(words: Sequence[Word], named: Collection[int]) -> Mapping[str, float]:
    """Return the stems by which texts tell the relations that a goal asks for.

    ``named`` are the places of words that belong to titles. Empty where the goal asks for
    nobody by a relation.
    """
    found: dict[str, float] = {}
    for at, word in enumerate(words):
        cues = _CUES.get(word.stem)
        if at in named or cues is None:
            continue
        cues |= {word.stem} | (_SPOUSES if _in_law(words, at) else frozenset())
        for cue in cues:
            found[cue] = max(found.get(cue, 0.0), ASKED if cue == word.stem else TOLD)
    return found


def _in_law(words: Sequence[Word], at: int) -> bool:
    return [word.stem for word in words[at + 1 : at + 3]] == ["in", "law"]


def nearness(words: Sequence[Word], span: tuple[int, int], cues: Mapping[str, float]) -> float:
    """Return how near a cue stands to words of a sentence: its weight over the distance, at most 1.

    A cue behind a name ("Levy directed it") counts half of one before it ("directed by Levy").
    """
    start, end = span
    near = [0.0]
    for at, word in enumerate(words):
        weight = cues.get(word.stem, 0.0)
        if weight and at < start:
            near.append(weight / (start - at))
        elif weight and at >= end:
            near.append(BEHIND * weight / (at - end + 1))
    return max(near)

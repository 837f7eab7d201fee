"""How many documents a goal wants: "at most five mugs", "exactly 3", "the first four"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.goals.clauses import MAX_ITEMS
from agents.goals.phrases.measured import measured_field
from agents.goals.phrases.quantities import Quantity, quantity_at
from agents.goals.reading import WordSpan
from agents.lexicon.courtesy import COURTESY
from agents.lexicon.field_names import field_names
from agents.lexicon.units import unit_at
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word

_CUES: dict[tuple[str, ...], tuple[bool, bool]] = {
    ("at", "least"): (True, False),
    ("no", "fewer", "than"): (True, False),
    ("no", "less", "than"): (True, False),
    ("at", "most"): (False, True),
    ("no", "more", "than"): (False, True),
    ("not", "more", "than"): (False, True),
    ("up", "to"): (False, True),
    ("a", "maximum", "of"): (False, True),
    ("exactly",): (True, True),
    ("precisely",): (True, True),
    ("first",): (True, True),
    ("top",): (True, True),
}
"""Whether the amount is the least, and whether it is the most that is wanted."""
_NO_THINGS = frozenset(
    """and or in by with for of on from to at per together altogether each total but nor that which
    combined times more less than is are""".split()
)
_BEHIND: dict[tuple[str, ...], tuple[bool, bool]] = {
    ("or", "more"): (True, False),
    ("or", "fewer"): (False, True),
    ("or", "less"): (False, True),
}
MOST = 100
DOZENS = ("dozen", "dozens")


@dataclass(frozen=True, slots=True)
class FoundAmount:
    """Bounds on the number of documents, with the words that say them."""

    least: int | None
    most: int | None
    words: str
    span: WordSpan


def read_amount(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int]
) -> FoundAmount | None:
    """Return how many documents are wanted, where a word such as "at most" says so.

    "At least 90 citations" is a bound of a field, since its noun names one.
    """
    for at in range(len(words)):
        amount = quantity_at(goal, words, at) if at not in taken else None
        if amount is None or amount.end >= len(words):
            continue
        number = amount.readings[0]
        if number != int(number) or not 1 <= number <= MOST:
            continue
        dozens = words[amount.end - 1].text.lower() in DOZENS and amount.unit is None
        if not dozens and (not amount.bare or amount.end - at > 1):
            continue
        if _alone(goal, words, at, amount, dozens) and _is_thing(
            goal, words, amount.end, vocabulary, at
        ):
            said = goal[words[at].start : words[amount.end - 1].end]
            return FoundAmount(int(number), int(number), said, (at, amount.end))
        behind = tuple(word.text.lower() for word in words[at + 1 : at + 3])
        if behind in _BEHIND and at + 3 < len(words):
            if not _is_thing(goal, words, at + 3, vocabulary, at):
                continue
            if _beside(words[: at + 4], at + 3, field_names(vocabulary)):
                # "four or more rooms" bounds what a field counts.
                continue
            least, most = _BEHIND[behind]
            said = goal[words[at].start : words[at + 2].end]
            bounds = (int(number) if least else None, int(number) if most else None)
            return FoundAmount(*bounds, said, (at, at + 3))
        cue = _cue(words, at)
        gap = goal[words[at].end : words[at + 1].start]
        if cue is None or gap.strip() or not _is_thing(goal, words, amount.end, vocabulary, at):
            continue
        size, (least, most) = cue
        start = at - size
        if start and words[start - 1].text.lower() == "the":
            start -= 1
        said = goal[words[start].start : words[at].end]
        bounds = (int(number) if least else None, int(number) if most else None)
        return FoundAmount(*bounds, said, (start, amount.end))
    return None


def _alone(goal: str, words: Sequence[Word], at: int, amount: Quantity, dozens: bool) -> bool:
    """Return whether a number says by itself how many are wanted: "half a dozen", "ten kites".

    Smaller ones are so many items, which may depend on each other.
    """
    if (
        _cue(words, at) is not None
        or goal[words[amount.end - 1].end : words[amount.end].start].strip()
    ):
        return False
    first = at == 0 or words[at - 1].text.lower() in COURTESY
    return dozens or (first and amount.readings[0] > MAX_ITEMS)


def _cue(words: Sequence[Word], at: int) -> tuple[int, tuple[bool, bool]] | None:
    for size in (3, 2, 1):
        cue = tuple(word.text.lower() for word in words[max(0, at - size) : at])
        if len(cue) == size and cue in _CUES:
            return size, _CUES[cue]
    return None


def _is_thing(
    goal: str, words: Sequence[Word], at: int, vocabulary: Vocabulary, number_at: int
) -> bool:
    """Return whether a noun behind a number is of things, not of a field or a unit."""
    said = [word.text for word in words]
    if words[at].text.lower() in _NO_THINGS or unit_at(said, at) is not None:
        return False
    amount = quantity_at(goal, words, number_at)
    assert amount is not None
    fields = field_names(vocabulary)
    where = measured_field(goal, words, amount, number_at, "", vocabulary, fields, ())
    return not where.named_behind or not _beside(words, at, fields)


def _beside(words: Sequence[Word], at: int, fields: Sequence) -> bool:
    near = [word.stem for word in words[at : at + 2]]
    return any(field.score(near) for field in fields if field.kind == "number")

"""Which field an amount is of: by its unit, and by the words around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.goals.phrases.quantities import Quantity
from agents.goals.reading import WordSpan
from agents.lexicon.degrees import synonyms
from agents.lexicon.field_names import FieldName, fits_unit
from agents.lexicon.units import CURRENCIES
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, is_stop, stem

AHEAD = 6
BEHIND = 5
FILLERS = frozenset(
    stem(word)
    for word in """number amount size value count level total of the a an with that is are has have
    in for takes take costs cost costing priced price rated no euros euro than per each""".split()
)
_COST_CUES = frozenset(stem(w) for w in ("cost", "costing", "price", "priced", "cheaper", "spend"))
_LINKS = frozenset(("per", "of", "from", "to", "the", "a", "in", "each", "away"))
_BOUNDARIES = frozenset(("and", "or", "but", "nor", "with", "both", "together"))


@dataclass(frozen=True, slots=True)
class MeasuredField:
    """A field, or why there is none, and the words that name it together with the amount."""

    field: FieldName | None
    span: WordSpan
    named_before: bool = False
    named_behind: bool = False
    reason: str = "no field of numbers can be meant"


def measured_field(
    goal: str,
    words: Sequence[Word],
    amount: Quantity,
    start: int,
    concept: str,
    vocabulary: Vocabulary,
    fields: Sequence[FieldName],
    used: Collection[int],
) -> MeasuredField:
    """Return the field that an amount bounds; ``start`` is where its "at most" begins."""
    numbers = [field for field in fields if field.kind == "number"]
    able = [field for field in numbers if fits_unit(field, amount.unit)]
    before = _before(goal, words, start, used)
    behind = _behind(goal, words, amount.end, used)
    if not able:
        why = "no field of numbers can be meant"
        if amount.unit is not None and numbers:
            why = "no field is in this unit, and units of another kind are not converted"
        return MeasuredField(None, (start, amount.end), reason=why)
    unit_words = [] if amount.unit is None else [w.stem for w in words[amount.start : amount.end]]
    per = any(words[i].text.lower() == "per" for i in behind)
    said_before = [words[i].stem for i in before]
    said_behind = [words[i].stem for i in behind] + unit_words

    def rank(field: FieldName) -> float:
        named = 1.5 * field.score(said_behind) + field.score(said_before)
        share = 1.0 if per and "per" in field.key.split("_") else 0.0
        return named + share + (2.0 if concept and field.of_concept(concept) > 0 else 0.0)

    best = max(
        able,
        key=lambda field: (
            rank(field),
            -sum(1 for part in field.core if not synonyms(part) & {*said_before, *said_behind}),
            field.of_concept(concept or "price"),
        ),
    )
    if rank(best) == 0:
        best = _years(able, amount, vocabulary) or _unnamed(able, amount, said_before)
        if best is None:
            return MeasuredField(None, (start, amount.end))
    hits_before = [i for i in before if best.score([words[i].stem]) > 0]
    hits_behind = [i for i in behind if best.score([words[i].stem]) > 0]
    first = min([start, *hits_before])
    while first > 0 and first - 1 not in used and words[first - 1].stem in _COST_CUES:
        first -= 1
    return MeasuredField(
        best,
        (first, max([amount.end, *(i + 1 for i in hits_behind)])),
        bool(hits_before),
        bool(hits_behind) or amount.unit is not None,
    )


def _years(able: Sequence[FieldName], amount: Quantity, vocabulary: Vocabulary) -> FieldName | None:
    """Return the field of years that holds such a number, where no price does: "1960 to 1975"."""
    value = amount.readings[0]
    if not amount.bare or not (1000 <= value <= 2999):
        return None
    bounds = vocabulary.numbers
    near = [f for f in able if f.key in bounds and bounds[f.key][0] <= value <= bounds[f.key][1]]
    if any(field.of_concept("price") > 0 for field in near):
        return None
    return next((field for field in near if "year" in field.core), None)


def _unnamed(able: Sequence[FieldName], amount: Quantity, said: Sequence[str]) -> FieldName | None:
    """Return the field of an amount that nothing names: the only one, or what things cost."""
    costs = [field for field in able if field.of_concept("price") > 0]
    if amount.unit is not None and amount.unit.dimension not in CURRENCIES:
        return max(able, key=lambda field: -len(field.core))
    if len(able) == 1:
        return able[0]
    return max(costs, key=lambda field: field.of_concept("price")) if costs else None


def _before(goal: str, words: Sequence[Word], start: int, used: Collection[int]) -> list[int]:
    """Return the places of words right before an amount that may name its field."""
    found: list[int] = []
    for at in range(start - 1, max(-1, start - 1 - AHEAD), -1):
        gap = goal[words[at].end : words[at + 1].start]
        if (
            at in used
            or any(mark in gap for mark in ",;:.")
            or words[at].text.lower() in _BOUNDARIES
        ):
            break
        found.append(at)
    return found


def _behind(goal: str, words: Sequence[Word], end: int, used: Collection[int]) -> list[int]:
    found: list[int] = []
    for at in range(end, min(len(words), end + BEHIND)):
        gap = goal[words[at - 1].end : words[at].start]
        text = words[at].text.lower()
        if at in used or any(mark in gap for mark in ",;:.") or text in _BOUNDARIES:
            break
        if is_stop(text) and text not in _LINKS:
            break
        found.append(at)
    return found

"""How much of a field is asked for by another's: "at least as many rooms as", "as cheap as"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.lexicon.degrees import PLAIN
from agents.lexicon.field_names import FieldName, best_named, of_concept
from agents.lexicon.words import Word

REACH = 6
KINDS = ("number", "time")
_OFTEN = frozenset("often frequently much many".split())


@dataclass(frozen=True, slots=True)
class AsMuch:
    """What an "as … as" asks for: a field, whether more of it will do, and where it begins."""

    field: FieldName | None
    op: str
    start: int


def as_much(
    words: Sequence[Word], at: int, fields: Sequence[FieldName], taken: Collection[int]
) -> AsMuch | None:
    """Read what stands before the second "as"; None where there is no first one.

    "As cheap as" lets a cheaper one pass, "as many rooms as" one of more.
    """
    first = next(
        (i for i in range(at - 2, max(-1, at - 1 - REACH), -1) if words[i].text.lower() == "as"),
        None,
    )
    if first is None or any(i in taken for i in range(first, at)):
        return None
    inside = [word.text.lower() for word in words[first + 1 : at]]
    degree = PLAIN.get(inside[0])
    if degree is None and inside[0] not in _OFTEN:
        return None
    # "cited as often as": the verb before it is what is counted.
    near = [word.stem for word in (*words[first + 1 : at], *words[max(0, first - 3) : first])]
    named = best_named(fields, near[: at - first - 1], KINDS) or best_named(fields, near, KINDS)
    concept = degree.concept if degree is not None else ""
    field = named or (of_concept(fields, concept) if concept else None)
    more = degree is None or degree.up
    return _bounded(words, first, field, more)


def _bounded(words: Sequence[Word], first: int, field: FieldName | None, more: bool) -> AsMuch:
    before = [word.text.lower() for word in words[max(0, first - 2) : first]]
    if before[-2:] == ["at", "least"]:
        return AsMuch(field, "gte" if more else "lte", first - 2)
    if before[-2:] == ["at", "most"]:
        return AsMuch(field, "lte" if more else "gte", first - 2)
    if before[-1:] == ["not"]:
        return AsMuch(field, "lt" if more else "gt", first - 1)
    return AsMuch(field, "gte" if more else "lte", first)

"""Figures that a goal asks for: "how many", "average price of", "which colours are there"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.goals.phrases.orders import named_field
from agents.goals.reading import AggregateOp, GoalFigure, WordSpan
from agents.lexicon.courtesy import COURTESY
from agents.lexicon.degrees import PLAIN
from agents.lexicon.field_names import FieldName, best_named, field_names, of_concept
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word

_OPS: dict[str, AggregateOp] = {
    **dict.fromkeys(("average", "mean", "typical"), "average"),
    **dict.fromkeys(("total", "sum", "combined", "overall"), "total"),
    **dict.fromkeys(("lowest", "smallest", "minimum", "minimal", "least", "shortest"), "least"),
    **dict.fromkeys(("highest", "largest", "maximum", "maximal", "greatest", "longest"), "most"),
}
_OF = frozenset("of among for across over in from by amongst".split())
_LEADS = frozenset("what which is are was the s a an of all and do does there".split())
_THERE = frozenset("are is exist exists do does occur have there can come".split())
_FILLERS = frozenset("different distinct kinds kind of the various possible all".split())


@dataclass(frozen=True, slots=True)
class FoundAggregate:
    """A figure with the words that ask for it."""

    aggregate: GoalFigure
    span: WordSpan


def read_aggregate(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary
) -> FoundAggregate | None:
    """Return the figure that a goal asks for, None where it asks for documents."""
    fields = field_names(vocabulary)
    if not fields:
        return None
    said = [word.text.lower() for word in words]
    at = 0
    while at < len(said) and said[at] in COURTESY | _LEADS and said[at] not in ("which", "what"):
        at += 1
    found = _values(words, said, at, fields) or _count(words, said, at, fields)
    while found is None and at < len(said) and said[at] in COURTESY | _LEADS:
        at += 1
    found = found or _figure(words, said, at, fields) or _on_average(words, said, fields)
    if found is None:
        return None
    op, field, span = found
    text = goal[words[span[0]].start : words[span[1] - 1].end]
    return FoundAggregate(GoalFigure(op, None if field is None else field.filter_key, text), span)


_Found = tuple[AggregateOp, FieldName | None, WordSpan]


def _values(
    words: Sequence[Word], said: Sequence[str], at: int, fields: Sequence[FieldName]
) -> _Found | None:
    """Read "which colours are there among", "what brands exist for"."""
    if at < len(said) and said[at] not in ("which", "what"):
        return _listed(words, said, at, fields)
    if at >= len(said):
        return None
    end = at + 1
    stems: list[str] = []
    while end < len(said) and said[end] not in _THERE and len(stems) < 4:
        if said[end] not in _FILLERS or not stems:
            stems.append(words[end].stem)
        end += 1
    field = best_named(fields, stems, ("facet",)) if stems else None
    if field is None or end >= len(said) or len(stems) > len(field.core):
        return None
    # "which kites are there" asks for kites; "which colours are there" for colours.
    last = end
    while last < len(said) and said[last] in _THERE | {"you"}:
        last += 1
    return "values", field, (at, last)


def _listed(
    words: Sequence[Word], said: Sequence[str], at: int, fields: Sequence[FieldName]
) -> _Found | None:
    """Read "the brands of striped mugs": several, and of something."""
    for end in (at + 2, at + 1):
        stems = [word.stem for word in words[at:end]]
        field = best_named(fields, stems, ("facet",)) if stems else None
        several = end <= len(said) and said[end - 1].endswith("s")
        of = said[end : end + 1] and said[end] in ("of", "for", "among", "across")
        if field is not None and several and of and len(stems) == len(field.core):
            return "values", field, (at, end)
    return None


def _count(
    words: Sequence[Word], said: Sequence[str], at: int, fields: Sequence[FieldName]
) -> _Found | None:
    if said[at : at + 2] == ["how", "many"]:
        skip = at + 2 + (said[at + 2 : at + 3] in (["different"], ["distinct"]))
        field = best_named(fields, [word.stem for word in words[skip : skip + 1]], ("facet",))
        if field is not None and len(field.core) == 1 and said[skip + 1 : skip + 2] != ["of"]:
            return "values", field, (at, skip + 1)
        return "count", None, (at, at + 2)
    if said[at : at + 2] == ["number", "of"] or said[at : at + 2] == ["count", "of"]:
        return "count", None, (at, at + 2)
    if said[at : at + 1] == ["count"]:
        return "count", None, (at, at + 1)
    if said[at : at + 3] == ["the", "number", "of"]:
        return "count", None, (at, at + 3)
    return None


def _figure(
    words: Sequence[Word], said: Sequence[str], at: int, fields: Sequence[FieldName]
) -> _Found | None:
    """Read "average price of"; "the lowest price among" asks for a figure, not for a document."""
    op = _OPS.get(said[at]) if at < len(said) else None
    if op is None:
        return None
    field, end = named_field(words, at + 1, fields, ())
    if field is None or field.kind != "number":
        return None
    if end < len(said) and said[end] not in _OF:
        return None
    return op, field, (at, end)


def _on_average(
    words: Sequence[Word], said: Sequence[str], fields: Sequence[FieldName]
) -> _Found | None:
    """Read "what does a chair cost on average", "how long do soups take on average"."""
    at = next((i for i in range(len(said) - 1) if said[i : i + 2] == ["on", "average"]), None)
    if at is None or not said[0].startswith(("what", "how")):
        return None
    ways = [PLAIN[word].concept for word in said[:3] if word in PLAIN and PLAIN[word].concept]
    costs = [word for word in said if word in ("cost", "costs", "price", "much")]
    field = best_named(fields, [word.stem for word in words], ("number",))
    concept = "price" if costs else ways[0] if ways else ""
    field = of_concept(fields, concept, ("number",)) if concept else field
    return None if field is None else ("average", field, (at, at + 2))

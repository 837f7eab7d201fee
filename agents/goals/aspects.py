"""Everything a goal asks for, weighted."""

from __future__ import annotations

from dataclasses import replace

from agents.goals.reading import GoalCondition, Reading
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import content_stems
from agents.plans.plan import Aspect, AspectKind


def terms_of(goal: str, vocabulary: Vocabulary) -> dict[str, float]:
    """Return each content stem's share of the idf mass; a word the index lacks counts least.

    No document can cover it, and a goal is often worded otherwise than its answer.
    """
    found = content_stems(goal)
    idf = {term: vocabulary.idf(term) if vocabulary.frequency.get(term) else 1.0 for term in found}
    total = sum(idf.values())
    return {term: value / total for term, value in idf.items()} if total > 0 else {}


def _kind(condition: GoalCondition) -> AspectKind:
    if condition.op in ("ne", "not"):
        return "must_not"
    return "facet" if condition.op in ("eq", "in", "contains", "or") else "number"


def aspects_of(reading: Reading, vocabulary: Vocabulary) -> tuple[Aspect, ...]:
    """Return everything the goal asks for, weighted; the weights sum to 1."""
    drafts: list[Aspect] = []
    for number, slot in enumerate(reading.slots):
        drafts += [
            Aspect("", c.words, _kind(c), 1.0, c.to_filter(), number) for c in slot.conditions
        ]
        drafts += [Aspect("", word, "must", 0.5, {}, number) for word in slot.loose]
    relations = reading.relations
    for kind, names in (("same", relations.same), ("different", relations.different)):
        drafts += [
            Aspect("", f"{kind} {name}", "relation", 1.0, {"relation": kind, "field": name})
            for name in names
        ]
    for name, ops in relations.totals.items():
        grounding = {"relation": "total", "field": name, **ops}
        drafts.append(Aspect("", f"total {name}", "relation", 1.0, grounding))
    for name, low, high in relations.rising:
        grounding = {"relation": "rising", "field": name, "items": [low, high]}
        drafts.append(Aspect("", f"{name} rising", "relation", 1.0, grounding))
    drafts += [Aspect("", word, "must_not", 0.5) for word in reading.unwanted]
    drafts += [Aspect("", text, "number", 1.0) for text in reading.ungrounded]
    if not reading.slots:
        scale = len(reading.terms) or 1
        drafts += [
            Aspect("", term, "must", weight * scale) for term, weight in reading.terms.items()
        ]
        drafts += [
            Aspect("", e.title, "entity", 0.0, {"title": e.title, "id": e.ids[0]})
            for e in reading.entities
        ]
    total = sum(aspect.weight for aspect in drafts) or 1.0
    return tuple(
        replace(aspect, id=f"a{number}", weight=aspect.weight / total)
        for number, aspect in enumerate(drafts, start=1)
    )

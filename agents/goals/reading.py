"""What the embedded engine understands of a goal: terms, items, conditions and relations.

Everything is grounded in the vocabulary of the index: a word becomes a condition
only if a metadata field has that value, a number only if there is a numeric field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.plans.plan import Aspect
from agents.tools.grouping import Relations

WordSpan = tuple[int, int]
"""Word positions: from the first to one behind the last."""


@dataclass(frozen=True, slots=True)
class GoalCondition:
    """A condition on a metadata field.

    ``confidence`` is 1 where the goal has the field's very value. ``span`` is where
    the goal says it; conditions of one span are readings of the same words.
    """

    field: str
    op: str
    value: Any
    confidence: float = 1.0
    words: str = ""
    span: WordSpan = (0, 0)

    def to_filter(self) -> dict[str, Any]:
        """Return the condition as a filter of the HTTP contract."""
        return {"field": self.field, "op": self.op, "value": self.value}


@dataclass(frozen=True, slots=True)
class Slot:
    """One item of the answer.

    ``query`` are the goal's words for it, ``loose`` those of them that no condition
    accounts for: they are left to words and pictures.
    """

    label: str
    query: str
    conditions: tuple[GoalCondition, ...] = ()
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A title of the index that the goal mentions."""

    title: str
    ids: tuple[str, ...]
    span: WordSpan


@dataclass(frozen=True, slots=True)
class Reading:
    """A goal as it was understood. Plain and picklable: branches get it with every task.

    Args:
        goal: The goal itself.
        terms: Content stem to its share of the goal's idf mass; sums to 1 unless empty.
        slots: Items of the answer; empty for a goal that names no condition.
        relations: Between the items.
        entities: Titles that the goal mentions.
        unwanted: Words to be kept out that no field accounts for.
        ungrounded: Phrases that ask for a condition nothing in the index can decide.
        aspects: All of that, weighted, as the contract shows it.
        pictures: The index holds pictures, or one came with the goal.
        picture: One came with the goal.
        index_version: The vocabulary's.
    """

    goal: str
    terms: Mapping[str, float] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()
    relations: Relations = field(default_factory=Relations)
    entities: tuple[Entity, ...] = ()
    unwanted: tuple[str, ...] = ()
    ungrounded: tuple[str, ...] = ()
    aspects: tuple[Aspect, ...] = ()
    pictures: bool = False
    picture: bool = False
    index_version: int = 0

    @property
    def structured(self) -> bool:
        """Whether the goal names conditions that filters can decide."""
        return any(slot.conditions for slot in self.slots) or len(self.slots) > 1

    @property
    def related(self) -> bool:
        """Whether the items depend on each other."""
        relations = self.relations
        return bool(relations.same or relations.different or relations.totals)

    @property
    def complexity(self) -> int:
        """1 for a plain question, one more for each condition, item and relation; at most 10."""
        relations = self.relations
        conditions = sum(len(slot.conditions) for slot in self.slots)
        links = len(relations.same) + len(relations.different) + len(relations.totals)
        entities = max(0, len(self.entities) - 1)
        return min(10, 1 + conditions + max(0, len(self.slots) - 1) + links + entities)


def places_of(spans: Sequence[WordSpan]) -> set[int]:
    """Return the places of all words of spans."""
    return {at for start, end in spans for at in range(start, end)}

"""What the embedded engine understands of a goal: terms, items, conditions and relations.

Everything is grounded in the vocabulary of the index: a word becomes a condition
only if a metadata field has that value, a number only if there is a numeric field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.plans.plan import Aspect
from agents.tools.grouping import Relations

WordSpan = tuple[int, int]
"""Word positions: from the first to one behind the last."""


@dataclass(frozen=True, slots=True)
class GoalCondition:
    """A condition on a metadata field.

    ``confidence`` is 1 where the goal has the field's very value. ``span`` is where
    the goal says it; conditions of one span are readings of the same words. ``counted_from``
    is the day that "last week" was counted from.
    """

    field: str
    op: str
    value: Any
    confidence: float = 1.0
    words: str = ""
    span: WordSpan = (0, 0)
    counted_from: str = ""

    def to_filter(self) -> dict[str, Any]:
        """Return the condition as a filter of the HTTP contract.

        ``or`` has alternatives as its value, each a tuple of conditions; ``not`` a condition.
        """
        if self.op == "or":
            return {"or": [filter_of_all(part) for part in self.value]}
        if self.op == "not":
            return {"not": self.value.to_filter()}
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"field": self.field, "op": self.op, "value": value}

    @property
    def said(self) -> str:
        """The condition in words that a reader of filters knows."""
        if self.op == "or":
            return " or ".join(" and ".join(c.said for c in part) for part in self.value)
        if self.op == "not":
            return f"not ({self.value.said})"
        value = ", ".join(map(str, self.value)) if isinstance(self.value, tuple) else self.value
        return f"{self.field} {_OP_WORDS.get(self.op, self.op)} {value}"


_OP_WORDS = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "contains": "contains",
    "lt": "below",
    "lte": "at most",
    "gt": "above",
    "gte": "at least",
}


def filter_of_all(conditions: Sequence[GoalCondition]) -> dict[str, Any]:
    """Return conditions that must all hold as one filter; there is at least one."""
    filters = [condition.to_filter() for condition in conditions]
    return filters[0] if len(filters) == 1 else {"and": filters}


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


AggregateOp = Literal["count", "average", "total", "least", "most", "values"]


@dataclass(frozen=True, slots=True)
class Order:
    """An order by a field. ``best`` says that only its first documents are wanted, less the
    ``skipped`` before "the second cheapest"."""

    field: str
    descending: bool
    best: bool
    words: str = ""
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class GoalFigure:
    """A figure over all documents that fit; ``field`` is None for a count of documents."""

    op: AggregateOp
    field: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of the documents that fit, beside their being shown.

    ``least`` and ``most`` bound how many of them are wanted; None where nothing was said.
    """

    order: Order | None = None
    aggregate: GoalFigure | None = None
    least: int | None = None
    most: int | None = None


AccountKind = Literal["understood", "searched", "ignored"]


@dataclass(frozen=True, slots=True)
class WordAccount:
    """What became of some words of a goal; ``meaning`` is what they were taken for."""

    kind: AccountKind
    words: str
    meaning: str
    reason: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return it in the shape of the HTTP contract."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return {"words": self.words, "as": self.meaning, **reason}


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
        wish: An order, a figure, an amount.
        accounts: What became of each content word of the goal.
        roles: The stems by which texts tell the relation that the goal asks for, weighted.
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
    wish: Wish = field(default_factory=Wish)
    accounts: tuple[WordAccount, ...] = ()
    roles: Mapping[str, float] = field(default_factory=dict)

    @property
    def ignored(self) -> tuple[WordAccount, ...]:
        """The words that nothing was made of."""
        return tuple(item for item in self.accounts if item.kind == "ignored")

    @property
    def exhaustive(self) -> bool:
        """Whether all documents must be looked at: for an order, or for a figure."""
        return self.wish.order is not None or self.wish.aggregate is not None

    @property
    def alike(self) -> bool:
        """Whether several of one item are wanted, and nothing between them."""
        return (
            len(self.slots) > 1
            and not self.related
            and len({(slot.query, slot.conditions) for slot in self.slots}) == 1
        )

    def wanted(self, limit: int) -> int:
        """Return how many results are wanted of at most ``limit``, by what the goal says."""
        if self.alike:
            return len(self.slots)
        if len(self.slots) > 1:
            return limit
        most = self.wish.most or limit
        return min(most, max(limit, self.wish.least or 0))

    @property
    def structured(self) -> bool:
        """Whether the goal names conditions that filters can decide."""
        return self.exhaustive or any(slot.conditions for slot in self.slots) or len(self.slots) > 1

    @property
    def related(self) -> bool:
        """Whether the items depend on each other."""
        relations = self.relations
        return bool(relations.same or relations.different or relations.totals or relations.rising)

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

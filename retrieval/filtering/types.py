"""Whether a filter compares each field with values of the type that its documents hold.

A string that is a time is held as ``TIME``, any other as ``STRING``. In order a time is compared
with times alone; whether it is equal can be asked of any string.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from retrieval.documents import Json, Scalar
from retrieval.errors import TypeMismatch, shown
from retrieval.filtering.fields import BOOLEAN, LIST, NUMBER, STRING, TIME, kind_of
from retrieval.filtering.parse import ORDER_OPS, Condition, Filter, walk
from retrieval.times import time_in

NAMES = {NUMBER: "number", STRING: "string", BOOLEAN: "boolean", LIST: "list", TIME: "time"}
_TEXTS = frozenset({STRING, TIME})


def comparisons(node: Filter) -> Iterator[Condition]:
    """Yield the conditions that compare a field of any type; ``created_at`` has but one."""
    for item in walk(node):
        if isinstance(item, Condition) and item.op != "exists" and item.field != "created_at":
            yield item


def held_kind(value: Json) -> str:
    """Return the kind that a document holds with a value that is not null."""
    is_time = isinstance(value, str) and time_in(value) is not None
    return TIME if is_time else kind_of(value)


def compared(condition: Condition) -> dict[str, Scalar | datetime]:
    """Return the kinds that a condition's values are of, each with the first such value."""
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    kinds: dict[str, Scalar | datetime] = {}
    for value in values:
        kinds.setdefault(TIME if isinstance(value, datetime) else kind_of(value), value)
    return kinds


def suitable(condition: Condition) -> dict[str, frozenset[str]]:
    """Return, for the kind of each value, the kinds of fields that it can be compared with."""
    return {kind: _suitable(kind, condition.op) for kind in compared(condition)}


def _suitable(kind: str, op: str) -> frozenset[str]:
    if op == "contains":
        return _TEXTS | {LIST} if kind == STRING else frozenset({LIST})
    if kind == STRING or (kind == TIME and op not in ORDER_OPS):
        return _TEXTS
    return frozenset({kind})


def check_types(node: Filter, held: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Refuse a comparison that no document can pass because of its type.

    Args:
        held: The kinds of values that documents hold, as ``held_kind``, by metadata key; a key
            without any was never filled and refuses nothing.

    Returns:
        What is said of fields of several types: a place in the request, and a message.

    Raises:
        TypeMismatch: Naming the field's type, the value's, and the place.
    """
    mixed: list[tuple[str, str]] = []
    for condition in comparisons(node):
        kinds = {STRING} if condition.key is None else set(held.get(condition.key, ()))
        fits = suitable(condition)
        for kind, value in compared(condition).items():
            if kinds and kinds.isdisjoint(fits[kind]):
                raise TypeMismatch(_told(condition, kinds, kind, value), f"{condition.where}.value")
        others = kinds.difference(*fits.values())
        if others:
            mixed.append((condition.where, _mixed(condition, kinds, others)))
    return mixed


def _told(condition: Condition, kinds: Collection[str], kind: str, value: Scalar | datetime) -> str:
    hint = "; use contains" if LIST in kinds and condition.op in ("eq", "in", "ne") else ""
    if condition.op == "contains":
        hint = "; contains looks into strings and lists"
    return (
        f"{condition.field!r} holds a {_names(kinds)} in every document that has it, the value is "
        f"a {NAMES[kind]}: {_written(value)}{hint}"
    )


def _written(value: Scalar | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else shown(value)


def _mixed(condition: Condition, kinds: Collection[str], others: Collection[str]) -> str:
    return (
        f"{condition.field!r} holds a {_names(kinds)}; documents where it is a {_names(others)} "
        f"were not compared by {condition.op}"
    )


def _names(kinds: Collection[str]) -> str:
    return " or a ".join(NAMES[kind] for kind in sorted(kinds))

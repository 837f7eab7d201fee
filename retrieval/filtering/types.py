"""Whether a filter compares each field with values of the type that its documents hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from retrieval.documents import Scalar
from retrieval.errors import TypeMismatch, shown
from retrieval.filtering.fields import BOOLEAN, LIST, NUMBER, STRING, kind_of
from retrieval.filtering.parse import Condition, Filter, walk

NAMES = {NUMBER: "number", STRING: "string", BOOLEAN: "boolean", LIST: "list"}


def comparisons(node: Filter) -> Iterator[Condition]:
    """Yield the conditions that compare a field with values of a type; times have their own."""
    for item in walk(node):
        if isinstance(item, Condition) and item.op != "exists" and item.field != "created_at":
            yield item


def compared(condition: Condition) -> dict[str, Scalar]:
    """Return the kinds that a condition's values are of, each with the first such value."""
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    kinds: dict[str, Scalar] = {}
    for value in values:
        kinds.setdefault(kind_of(value), value)  # pyright: ignore[reportArgumentType]
    return kinds


def suitable(condition: Condition) -> dict[str, frozenset[str]]:
    """Return, for the kind of each value, the kinds of fields that it can be compared with."""
    if condition.op != "contains":
        return {kind: frozenset({kind}) for kind in compared(condition)}
    return {
        kind: frozenset({LIST, STRING} if kind == STRING else {LIST})
        for kind in compared(condition)
    }


def check_types(node: Filter, held: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Refuse a comparison that no document can pass because of its type.

    Args:
        held: The kinds of values that documents hold, by metadata key; a key without any was
            never filled and refuses nothing.

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


def _told(condition: Condition, kinds: Collection[str], kind: str, value: Scalar) -> str:
    hint = "; use contains" if LIST in kinds and condition.op in ("eq", "in", "ne") else ""
    if condition.op == "contains":
        hint = "; contains looks into strings and lists"
    return (
        f"{condition.field!r} holds a {_names(kinds)} in every document that has it, the value is "
        f"a {NAMES[kind]}: {shown(value)}{hint}"
    )


def _mixed(condition: Condition, kinds: Collection[str], others: Collection[str]) -> str:
    return (
        f"{condition.field!r} holds a {_names(kinds)}; documents where it is a {_names(others)} "
        f"were not compared by {condition.op}"
    )


def _names(kinds: Collection[str]) -> str:
    return " or a ".join(NAMES[kind] for kind in sorted(kinds))

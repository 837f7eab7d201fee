"""Conditions on fields of documents, written as comparisons.

>>> condition = (Field("price") < 20) & Field("colour").among("red", "green")
>>> condition.as_filter()["and"][0]
{'field': 'price', 'op': 'lt', 'value': 20}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

Value: TypeAlias = str | int | float | bool | datetime
Filter = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a document must be; `&`, `|` and `~` combine conditions."""

    filter: Filter

    def __and__(self, other: "Condition") -> "Condition":
        return Condition({"and": [*_parts("and", self), *_parts("and", other)]})

    def __or__(self, other: "Condition") -> "Condition":
        return Condition({"or": [*_parts("or", self), *_parts("or", other)]})

    def __invert__(self) -> "Condition":
        return Condition({"not": self.filter})

    def __bool__(self) -> bool:
        raise TypeError(
            "combine conditions by & | ~, not by `and`, `or`, `not`, or a chain a < b < c"
        )

    def as_filter(self) -> Filter:
        """Return it as the service takes it."""
        return self.filter


def _parts(op: str, condition: Condition) -> list[Any]:
    # Flat, since the service bounds how deep a filter is nested.
    found = condition.filter.get(op)
    return found if isinstance(found, list) else [condition.filter]


FilterLike: TypeAlias = Condition | Filter


def as_filter(given: FilterLike | None) -> Filter | None:
    """Return a filter as the service takes it, however it was written."""
    return given.as_filter() if isinstance(given, Condition) else given


class Field:
    """A field of documents: of their metadata, or `modality`, `source`, `created_at`."""

    __slots__ = ("_name",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        self._name = name

    def _is(self, op: str, value: Any) -> Condition:
        told = value.isoformat() if isinstance(value, datetime) else value
        return Condition({"field": self._name, "op": op, "value": told})

    def __eq__(self, value: Value) -> Condition:  # type: ignore[override]
        return self._is("eq", value)

    def __ne__(self, value: Value) -> Condition:  # type: ignore[override]
        return self._is("ne", value)

    def __lt__(self, value: Value) -> Condition:
        return self._is("lt", value)

    def __le__(self, value: Value) -> Condition:
        return self._is("lte", value)

    def __gt__(self, value: Value) -> Condition:
        return self._is("gt", value)

    def __ge__(self, value: Value) -> Condition:
        return self._is("gte", value)

    def among(self, *values: Value) -> Condition:
        """One of these."""
        return self._is("in", list(values))

    def contains(self, part: str) -> Condition:
        """A text that has this in it."""
        return self._is("contains", part)

    def exists(self, there: bool = True) -> Condition:
        """Whether a document has the field at all."""
        return self._is("exists", there)

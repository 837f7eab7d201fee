"""Which rows in memory a filter takes: the same as Lance does (``filtering.lance``)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import numpy as np

from retrieval.documents import Scalar
from retrieval.filtering.fields import (
    KINDS,
    LIST,
    SEPARATOR,
    STRING,
    TIME,
    column_of,
    kind_of,
    number,
    token,
)
from retrieval.filtering.parse import And, Condition, Filter, Not, Or
from retrieval.store.reading.held.metadata import FilterColumn, HeldTexts, RowMask

FilterValue = Scalar | datetime

_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_TEXT_TESTS = {"lt": "less", "lte": "less_equal", "gt": "greater", "gte": "greater_equal"}


class NotHeld(Exception):
    """A filter reads what is not in memory: texts of documents, parts of their ids."""


class Chooser:
    """Evaluates filters over the columns of one state of a namespace.

    Args:
        columns: Typed metadata columns, ``modality``, ``source`` and ``created_at``, by name.
        places: The row of each document, by id.
        rows: How many there are.
    """

    def __init__(
        self, columns: Mapping[str, FilterColumn], places: Mapping[str, int], rows: int
    ) -> None:
        self._columns, self._places, self._rows = columns, places, rows

    def chosen(self, node: Filter) -> RowMask:
        """Return the rows that a filter whose fields were checked takes.

        Raises:
            NotHeld: It can only be answered by the table.
        """
        match node:
            case And(items):
                return reduce(operator.and_, [self.chosen(item) for item in items])
            case Or(items):
                return reduce(operator.or_, [self.chosen(item) for item in items])
            case Not(item):
                return ~self.chosen(item)
            case Condition():
                return self._condition(node)

    def _condition(self, condition: Condition) -> RowMask:
        value: Any = condition.value
        match condition.op:
            case "exists":
                present = self._exists(condition)
                return present if value else ~present
            case "ne":
                return ~self._among(condition, (value,))
            case "eq":
                return self._among(condition, (value,))
            case "in":
                return self._among(condition, value)
            case "contains":
                return self._contains(condition, value)
            case op:
                return self._ordered(condition, op, value)

    def _column(self, condition: Condition, kind: str) -> FilterColumn | None:
        if condition.key is not None:
            return self._columns.get(column_of(kind, condition.key))
        if condition.field in ("id", "text"):
            raise NotHeld(condition.field)
        fits = kind == (TIME if condition.field == "created_at" else STRING)
        return self._columns[condition.field] if fits else None

    def _none(self) -> RowMask:
        return np.zeros(self._rows, np.bool_)

    def _exists(self, condition: Condition) -> RowMask:
        if condition.key is None:
            if condition.field == "text":
                raise NotHeld(condition.field)
            return ~self._none()
        held = [self._columns.get(column_of(kind, condition.key)) for kind in KINDS]
        present = [column.present for column in held if column is not None]
        return reduce(operator.or_, present, self._none())

    def _among(self, condition: Condition, choices: tuple[FilterValue, ...]) -> RowMask:
        if condition.field == "id":
            return self._named(choices)
        groups: dict[str, list[Any]] = {}
        for choice in choices:
            groups.setdefault(_kind(choice), []).append(_literal(choice))
        found = self._none()
        for kind, values in groups.items():
            column = self._column(condition, kind)
            if isinstance(column, HeldTexts):
                found |= column.among(values)
            elif column is not None:
                found |= np.isin(column.values.values, values)
        return found

    def _named(self, ids: tuple[FilterValue, ...]) -> RowMask:
        found = self._none()
        known = [self._places[id] for id in ids if isinstance(id, str) and id in self._places]
        # The dict is of the latest state, which may have more rows.
        found[[row for row in known if row < self._rows]] = True
        return found

    def _contains(self, condition: Condition, value: FilterValue) -> RowMask:
        found = self._none()
        if isinstance(value, str):
            texts = self._column(condition, STRING)
            if isinstance(texts, HeldTexts):
                found |= texts.containing_folded(value)
        lists = None if condition.key is None else self._column(condition, LIST)
        if isinstance(lists, HeldTexts):
            assert not isinstance(value, datetime)
            found |= lists.containing(SEPARATOR + token(value) + SEPARATOR)
        return found

    def _ordered(self, condition: Condition, op: str, value: FilterValue) -> RowMask:
        column = self._column(condition, _kind(value))
        if column is None:
            return self._none()
        if isinstance(column, HeldTexts):
            assert isinstance(value, str)
            return column.compared(_TEXT_TESTS[op], value)
        # Nothing compares with NaN or NaT.
        return _TESTS[op](column.values.values, _literal(value))


def _kind(value: FilterValue) -> str:
    return TIME if isinstance(value, datetime) else kind_of(value)


def _literal(value: FilterValue) -> Any:
    if isinstance(value, datetime):
        return np.datetime64(value.astimezone(UTC).replace(tzinfo=None), "us")
    if isinstance(value, bool):
        return np.int8(value)
    return value if isinstance(value, str) else number(value)

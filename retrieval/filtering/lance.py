"""A filter as a LanceDB expression: data from end to end, never SQL text.

Every leaf is guarded by the row's ``fields`` column, which is never null:
``false AND null`` is false, so no null reaches a ``NOT``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import reduce

import pyarrow as pa
from lancedb.expr import Expr, col, lit

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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = pa.timestamp("us", tz="UTC")
_NEVER_NULL = ("id", "modality", "source", "created_at")


def compile_filter(node: Filter, columns: Collection[str]) -> Expr:
    """Return the expression that is true of exactly the rows that match.

    Args:
        node: A parsed filter whose fields were checked.
        columns: The table's columns; a key has only the kinds that occurred.
    """
    match node:
        case And(items):
            return reduce(Expr.and_, [compile_filter(item, columns) for item in items])
        case Or(items):
            return reduce(Expr.or_, [compile_filter(item, columns) for item in items])
        case Not(item):
            return ~compile_filter(item, columns)
        case Condition():
            return _compile_condition(node, columns)


def _compile_condition(condition: Condition, columns: Collection[str]) -> Expr:
    value = condition.value
    match condition.op:
        case "exists":
            present = _exists(condition, columns)
            return present if value else ~present
        case "ne":
            return ~_compare(condition, "eq", value, columns)
        case "in":
            return _in(condition, value, columns)  # pyright: ignore[reportArgumentType]
        case "contains":
            return _contains(condition, value, columns)  # pyright: ignore[reportArgumentType]
        case op:
            return _compare(condition, op, value, columns)


def _column(condition: Condition, kind: str) -> str | None:
    """Return the column that holds values of ``kind``, or None if the field never has any."""
    if condition.key is not None:
        return column_of(kind, condition.key)
    if condition.field == "created_at":
        return "created_at" if kind == TIME else None
    return condition.field if kind == STRING else None


def _present(column: str | None, columns: Collection[str]) -> Expr:
    if column is None or column not in columns:
        return lit(False)
    if column in _NEVER_NULL:
        return lit(True)
    return col("fields").contains(SEPARATOR + column + SEPARATOR)


def _exists(condition: Condition, columns: Collection[str]) -> Expr:
    if condition.key is None:
        return _present(condition.field, columns)
    return reduce(Expr.or_, [_present(column_of(kind, condition.key), columns) for kind in KINDS])


def _kind(value: Scalar | datetime) -> str:
    return TIME if isinstance(value, datetime) else kind_of(value)


def _literal(value: Scalar | datetime) -> Expr:
    if isinstance(value, datetime):
        # LanceDB would take it through a float, which is microseconds off far from 1970.
        return lit((value - _EPOCH) // _MICROSECOND).cast(_TIMES)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return lit(value)
    return lit(number(value))


def _guarded(column: str | None, columns: Collection[str], test: Expr) -> Expr:
    return _present(column, columns) & test


def _compare(condition: Condition, op: str, value: object, columns: Collection[str]) -> Expr:
    column = _column(condition, _kind(value))  # pyright: ignore[reportArgumentType]
    if column is None or column not in columns:
        return lit(False)
    test = getattr(col(column), op)(_literal(value))  # pyright: ignore[reportArgumentType]
    return _guarded(column, columns, test)


def _in(
    condition: Condition, choices: tuple[Scalar | datetime, ...], columns: Collection[str]
) -> Expr:
    groups: dict[str, list[Expr]] = {}
    for choice in choices:
        groups.setdefault(_kind(choice), []).append(_literal(choice))
    tests = [
        _guarded(column, columns, col(column).isin(values))
        for kind, values in groups.items()
        if (column := _column(condition, kind)) is not None and column in columns
    ]
    return reduce(Expr.or_, tests, lit(False))


def _contains(condition: Condition, value: Scalar, columns: Collection[str]) -> Expr:
    tests = [lit(False)]
    text_column = _column(condition, STRING)
    if isinstance(value, str) and text_column in columns:
        assert text_column is not None
        tests.append(
            _guarded(text_column, columns, col(text_column).lower().contains(value.lower()))
        )
    list_column = _column(condition, LIST)
    if list_column in columns:
        assert list_column is not None
        held = col(list_column).contains(SEPARATOR + token(value) + SEPARATOR)
        tests.append(_guarded(list_column, columns, held))
    return reduce(Expr.or_, tests)

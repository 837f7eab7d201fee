"""The obvious evaluator of a filter: one document, plain Python.

The compiled filter is tested against this one. Numbers compare as Python's do: integers and
floats exactly, zero without a sign. A string is compared with a time as the time that it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from retrieval.documents import Document, Json, Scalar
from retrieval.filtering.fields import kind_of
from retrieval.filtering.parse import And, Condition, Filter, Not, Or
from retrieval.times import time_in

_ORDER = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def matches(node: Filter, document: Document) -> bool:
    """Return whether ``document`` passes the filter."""
    match node:
        case And(items):
            return all(matches(item, document) for item in items)
        case Or(items):
            return any(matches(item, document) for item in items)
        case Not(item):
            return not matches(item, document)
        case Condition():
            return _holds(node, _value_of(node, document))


def _value_of(condition: Condition, document: Document) -> Json | datetime:
    if condition.key is None:
        return getattr(document, condition.field)
    return document.metadata.get(condition.key)


def _holds(condition: Condition, value: Json | datetime) -> bool:
    wanted = condition.value
    match condition.op:
        case "exists":
            return (value is not None) == wanted
        case "ne":
            return not _equal(value, wanted)
        case "eq":
            return _equal(value, wanted)
        case "in":
            return any(_equal(value, choice) for choice in wanted)  # pyright: ignore
        case "contains":
            return _contains(value, wanted)  # pyright: ignore
        case op:
            return _passes(_ORDER[op], value, wanted)


def _equal(value: object, wanted: object) -> bool:
    return _passes(operator.eq, value, wanted)


def _passes(test: Callable[[Any, Any], bool], value: object, wanted: object) -> bool:
    held = time_in(value) if isinstance(value, str) and isinstance(wanted, datetime) else value
    return _comparable(held, wanted) and test(held, wanted)


def _comparable(value: object, wanted: object) -> bool:
    if value is None or isinstance(value, list):
        return False
    if isinstance(value, datetime):
        return isinstance(wanted, datetime)
    return kind_of(value) == kind_of(wanted)  # pyright: ignore[reportArgumentType]


def _contains(value: Json, wanted: Scalar) -> bool:
    if isinstance(value, list):
        return any(_equal(item, wanted) for item in value)
    return isinstance(value, str) and isinstance(wanted, str) and wanted.lower() in value.lower()

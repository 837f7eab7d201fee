"""What documents hold in a field: its values with how many hold each, ranges, and statistics."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retrieval.documents import Scalar
from retrieval.errors import TypeMismatch
from retrieval.filtering.fields import (
    KINDS,
    LIST,
    NUMBER,
    SEPARATOR,
    STRING,
    TIME,
    column_of,
    token,
)
from retrieval.filtering.parse import And, Condition, Filter, walk
from retrieval.search.order import COMPARED_BUILT_IN

MOST_FACETS = 16
MOST_VALUES = 1000
MOST_RANGES = 64
FieldValues = dict[str, pa.ChunkedArray]
"""A field's values by their kind."""
_TIMES = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class ValueRange:
    """From ``low`` up to ``high``, which is not within; None is without end."""

    low: float | datetime | None
    high: float | datetime | None


@dataclass(frozen=True, slots=True)
class FacetOrder:
    """What is asked of a field."""

    field: str
    limit: int = 10
    """At most so many values, those of most documents."""
    ranges: tuple[ValueRange, ...] = ()
    disjunctive: bool = False
    """Count as if the filter did not speak of the field."""
    where: str = "facets"


@dataclass(frozen=True, slots=True)
class NumberStatistics:
    """Of all numbers of a field."""

    count: int
    least: float
    greatest: float
    mean: float
    total: float


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """What documents hold in a field; every count is one of documents."""

    field: str
    holding: int
    """Have a value."""
    missing: int
    values: tuple[tuple[Scalar, int], ...]
    """Of most documents first, of as many by how JSON writes them. Of a list each element."""
    distinct: int
    """Values that there are, shown or not."""
    ranges: tuple[int, ...]
    """In the order asked for."""
    statistics: NumberStatistics | None


def facet(documents: pa.Table, order: FacetOrder) -> FacetCounts:
    """Return what documents hold in a field.

    Args:
        documents: All that count, with what ``order.columns_of`` names.
        order: Which field, and how much of it.

    Raises:
        TypeMismatch: Ranges are asked of a field that holds values, but none to compare with.
    """
    columns = _columns(documents, order.field)
    counts = Counter[str]()
    for kind, column in columns.items():
        # A string that is a time is counted as it is written.
        if kind != TIME or len(columns) == 1:
            for name, count in _counted(kind, column):
                counts[name] += count
    held = [column.is_valid().to_numpy() for column in columns.values()]
    holding = int(np.count_nonzero(np.logical_or.reduce(held))) if held else 0
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: order.limit]
    return FacetCounts(
        order.field,
        holding,
        len(documents) - holding,
        tuple((_scalar(name), count) for name, count in most),
        len(counts),
        tuple(_within(columns, one, order) for one in order.ranges),
        _statistics(columns.get(NUMBER)),
    )


def _columns(documents: pa.Table, field: str) -> FieldValues:
    if field in COMPARED_BUILT_IN:
        if field == "created_at":
            return {TIME: documents[field].cast(_TIMES)}
        return {STRING: documents[field]}
    key = field.removeprefix("metadata.")
    named = {kind: column_of(kind, key) for kind in (*KINDS, TIME)}
    there = {kind: name for kind, name in named.items() if name in documents.column_names}
    found = {kind: documents[name] for kind, name in there.items()}
    if TIME in found:
        found[TIME] = found[TIME].cast(_TIMES)
    return {kind: column for kind, column in found.items() if column.null_count < len(column)}


def _counted(kind: str, column: pa.ChunkedArray) -> Iterator[tuple[str, int]]:
    if kind == LIST:
        yield from _elements(column)
        return
    for each in column.drop_null().value_counts().to_pylist():
        value = each["values"]
        yield token(value.isoformat() if isinstance(value, datetime) else value), each["counts"]


def _elements(column: pa.ChunkedArray) -> Iterator[tuple[str, int]]:
    """Yield what lists hold, and in how many of them it is."""
    lists = column.drop_null().cast(pa.large_utf8()).combine_chunks()
    split = pc.call_function("split_pattern", [lists], pc.SplitPatternOptions(SEPARATOR))
    found = split.flatten().dictionary_encode()
    parents = pc.call_function("list_parent_indices", [split]).to_numpy()
    codes = found.indices.to_numpy()
    pairs = np.unique(codes.astype(np.int64) * max(len(lists), 1) + parents)
    counts = np.bincount(pairs // max(len(lists), 1), minlength=len(found.dictionary))
    for name, count in zip(found.dictionary.to_pylist(), counts.tolist(), strict=True):
        # A separator stands before the first and after the last.
        if name:
            yield name, count


def _scalar(name: str) -> Scalar:
    value = json.loads(name)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _within(columns: FieldValues, wanted: ValueRange, order: FacetOrder) -> int:
    ends = [end for end in (wanted.low, wanted.high) if end is not None]
    kind = TIME if any(isinstance(end, datetime) for end in ends) else NUMBER
    column = columns.get(kind)
    if column is None:
        if columns:
            what = "time" if kind == TIME else "number"
            raise TypeMismatch(
                f"{order.field!r} holds no {what} to count in ranges", f"{order.where}.ranges"
            )
        return 0
    inside = column.is_valid()
    for test, end in (("greater_equal", wanted.low), ("less", wanted.high)):
        if end is not None:
            passes = pc.call_function(test, [column, pa.scalar(end, column.type)])
            inside = pc.call_function("and_kleene", [inside, passes])
    return int(np.count_nonzero(inside.fill_null(False).to_numpy()))


def _statistics(column: pa.ChunkedArray | None) -> NumberStatistics | None:
    if column is None:
        return None
    # In one order, whichever way the rows were read: sums of floats depend on it.
    numbers = np.sort(column.drop_null().to_numpy())
    total = float(numbers.sum())
    return NumberStatistics(
        len(numbers), float(numbers[0]), float(numbers[-1]), total / len(numbers), total
    )


def without_field(node: Filter | None, field: str) -> tuple[Filter | None, bool]:
    """Return a filter without what it says of a field alone, and whether it says no more of it.

    What stands in the outermost ``and`` can be left out; in an ``or`` with other fields it cannot.
    """
    name = field.removeprefix("metadata.")
    if node is None:
        return None, True
    items = node.items if isinstance(node, And) else (node,)
    kept = tuple(item for item in items if _fields(item) != {name})
    rest = None if not kept else kept[0] if len(kept) == 1 else And(kept)
    return rest, rest is None or name not in _fields(rest)


def _fields(node: Filter) -> set[str]:
    conditions = (item for item in walk(node) if isinstance(item, Condition))
    return {condition.key or condition.field for condition in conditions}

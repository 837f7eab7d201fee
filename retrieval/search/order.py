"""Documents in the order of their fields, those without a value where the request puts them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from retrieval.errors import TypeMismatch, UnknownFilterField
from retrieval.filtering.fields import BOOLEAN, KINDS, LIST, TIME, column_of, known_keys
from retrieval.filtering.parse import BUILT_IN, Condition
from retrieval.filtering.types import NAMES

MOST_KEYS = 8
ROW = "_rowid"
COMPARED_BUILT_IN = tuple(name for name in BUILT_IN if name != "text")

_SOME_TIMES = (
    "{!r} holds times in some documents and other strings in others: all were sorted letter by "
    "letter"
)


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field to sort by; of documents that agree in it the next one decides, at last the id."""

    field: str
    descending: bool = False
    missing_first: bool = False
    where: str = "sort"


def columns_of(field: str, where: str, known: Collection[str]) -> list[str]:
    """Return the columns that hold a field's values.

    Args:
        field: As filters name it.
        where: The place in the request.
        known: The columns of the table.

    Raises:
        UnknownFilterField: No document ever had it, or it is the text.
    """
    if field in COMPARED_BUILT_IN:
        return [field]
    key = Condition(field, "exists", True).key
    columns = [] if key is None else [column_of(kind, key) for kind in (*KINDS, TIME)]
    there = [column for column in columns if column in known]
    if not there:
        names = ", ".join([*COMPARED_BUILT_IN, *known_keys(known)][:50])
        raise UnknownFilterField(f"no document has a field {field!r}; known: {names}", where)
    return there


def in_order(
    documents: pa.Table, keys: Sequence[SortKey]
) -> tuple[pa.Table, list[tuple[str, str]]]:
    """Return documents in order, and what is said of it: places in the request and messages.

    Args:
        documents: With their ids, and what ``columns_of`` names of each key.
        keys: The first one decides first.

    Raises:
        TypeMismatch: A field holds values of several types, or lists.
    """
    said: list[tuple[str, str]] = []
    columns: dict[str, pa.ChunkedArray] = {}
    order: list[tuple[str, str]] = []
    for at, key in enumerate(keys):
        values, told = _compared(documents, key)
        said += told
        absent = values.is_null().cast(pa.int8())
        columns |= {f"absent {at}": absent, f"value {at}": values}
        order.append((f"absent {at}", "descending" if key.missing_first else "ascending"))
        order.append((f"value {at}", "descending" if key.descending else "ascending"))
    columns["id"] = documents["id"]
    table = pa.table(columns)
    # The stubs of pyarrow lack its generated functions.
    by = pc.SortOptions([*order, ("id", "ascending")])
    places = pc.call_function("sort_indices", [table], by)
    return documents.take(places), said


def _compared(documents: pa.Table, key: SortKey) -> tuple[pa.ChunkedArray, list[tuple[str, str]]]:
    if key.field in COMPARED_BUILT_IN:
        return documents[key.field], []
    kinds = dict(_filled(documents, key))
    times = kinds.pop(TIME, None)
    if LIST in kinds or len(kinds) > 1:
        names = " or a ".join(sorted(NAMES[kind] for kind in kinds))
        raise TypeMismatch(
            f"{key.field!r} holds a {names} in the documents to be sorted: no order is defined",
            f"{key.where}.field",
        )
    if not kinds:
        return pa.chunked_array([pa.nulls(len(documents), pa.float64())]), []
    [(kind, values)] = kinds.items()
    if times is None:
        return values.cast(pa.int8()) if kind == BOOLEAN else values, []
    if times.null_count == values.null_count:
        return times, []
    return values, [(f"{key.where}.field", _SOME_TIMES.format(key.field))]


def _filled(documents: pa.Table, key: SortKey) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Yield the kinds of values that some of the documents hold, with their columns."""
    for kind in (*KINDS, TIME):
        name = column_of(kind, key.field.removeprefix("metadata."))
        if name in documents.column_names and documents[name].null_count < len(documents):
            yield kind, documents[name]

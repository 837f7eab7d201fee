"""A search's filter, checked against what the documents of one snapshot hold, as Lance takes it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from lancedb.expr import Expr
from lancedb.table import AsyncTable

from retrieval.filtering.fields import TIME, known_keys
from retrieval.filtering.lance import compile_filter
from retrieval.filtering.parse import Filter, check_fields
from retrieval.filtering.times_as_text import times_as_text
from retrieval.filtering.types import check_types, compared, comparisons
from retrieval.search.request import SearchWarning
from retrieval.store.held_kinds import Filled, held_kinds
from retrieval.store.schema import has_times

_UNREAD = (
    "no time was compared: an older release wrote this namespace, and its times could not be read "
    "when the index was brought up; the next document that is written to it has them read"
)


async def checked_filter(
    table: AsyncTable, node: Filter, schema: pa.Schema, filled: Filled
) -> tuple[Expr, list[SearchWarning]]:
    """Return the filter as an expression, and what is said of how it is understood.

    Raises:
        UnknownFilterField: It names a field no document ever had.
        TypeMismatch: It compares one with a value of a type that no document holds there.
    """
    check_fields(node, known_keys(schema.names))
    told = [
        SearchWarning("times_as_text", message, where) for where, message in times_as_text(node)
    ]
    if has_times(schema) or not any(_times(node)):
        held = await held_kinds(table, schema.names, node, filled)
        mixed = check_types(node, held)
        told += [SearchWarning("mixed_types", message, where) for where, message in mixed]
    else:
        told += [SearchWarning("times_unread", _UNREAD, where) for where in _times(node)]
    return compile_filter(node, schema.names), told


def _times(node: Filter) -> Iterator[str]:
    """Yield the places where metadata is compared with a time."""
    return (item.where for item in comparisons(node) if TIME in compared(item))

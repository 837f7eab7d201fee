"""Which types of values the documents of one snapshot hold in the fields of a filter."""

from __future__ import annotations

from collections.abc import Collection

from lancedb.expr import Expr, col
from lancedb.table import AsyncTable

from retrieval.filtering.fields import KINDS, SEPARATOR, STRING, TIME, column_of
from retrieval.filtering.parse import Filter
from retrieval.filtering.types import comparisons, suitable

Filled = dict[str, bool]
"""Typed columns, and whether a document fills them; asked once for each snapshot.

That of strings counts as filled where one is no time.
"""


async def held_kinds(
    table: AsyncTable, columns: Collection[str], node: Filter, filled: Filled
) -> dict[str, set[str]]:
    """Return the kinds that documents hold, by the metadata keys of a filter.

    A column stays when its last document is gone, and a key that is null has one too: where types
    do not agree by the columns alone, a document is looked for.
    """
    held: dict[str, set[str]] = {}
    for condition in comparisons(node):
        key = condition.key
        if key is None:
            continue
        kinds = {kind for kind in (*KINDS, TIME) if column_of(kind, key) in columns}
        fits = suitable(condition).values()
        if all(kinds <= fit for fit in fits):
            held.setdefault(key, kinds)
            continue
        held[key] = {kind for kind in kinds if await _is_held(table, key, kind, kinds, filled)}
    return held


async def _is_held(
    table: AsyncTable, key: str, kind: str, kinds: Collection[str], filled: Filled
) -> bool:
    column = column_of(kind, key)
    if column not in filled:
        holds = _fills(column)
        if kind == STRING and TIME in kinds:
            holds &= ~_fills(column_of(TIME, key))
        found = await table.query().where(holds).select(["id"]).limit(1).to_list()
        filled[column] = bool(found)
    return filled[column]


def _fills(column: str) -> Expr:
    return col("fields").contains(SEPARATOR + column + SEPARATOR)


async def nothing_known() -> Filled:
    """Return what is known of a table that nobody has looked at."""
    return {}

"""Documents of a table by id, by place and in order; their further passages are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lancedb.expr import col, lit
from lancedb.query import ColumnOrdering
from lancedb.table import AsyncTable

from retrieval.search.fusion import Ids
from retrieval.store.entries import ENTRY_COLUMNS, Entry, to_entry
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.schema import both, only_documents


async def rows_of(
    table: AsyncTable, ids: Sequence[str], columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Return documents by id, in the table's order; columns that it lacks are left out."""
    schema = await table.schema()
    wanted = both(col("id").isin(list(ids)), only_documents(schema))
    assert wanted is not None
    there = [column for column in columns if column in schema.names]
    return await table.query().where(wanted).select(there).to_list()


async def row_ids_by_id(table: AsyncTable, limit: int, after_id: str | None, offset: int) -> Ids:
    """Return the rows of a page of documents, in the order of their ids."""
    after = None if after_id is None else col("id") > lit(after_id)
    wanted = both(after, only_documents(await table.schema()))
    query = table.query() if wanted is None else table.query().where(wanted)
    by_id = [ColumnOrdering(column_name="id", ascending=True, nulls_first=False)]
    ordered = query.order_by(by_id).offset(offset).limit(limit)
    found = await ordered.select(["id"]).with_row_id().to_arrow()
    return found["_rowid"].to_numpy()


async def entries_at(
    table: AsyncTable, row_ids: Ids, held: HeldNamespace | None = None
) -> list[Entry]:
    """Return rows by their row ids, in the order asked for; Lance returns them in its own."""
    if held is not None:
        return held.entries_at(row_ids)
    if not len(row_ids):
        return []
    query = table.take_row_ids(row_ids.tolist()).select(ENTRY_COLUMNS).with_row_id()
    by_row_id = {row["_rowid"]: row for row in (await query.to_arrow()).to_pylist()}
    return [to_entry(by_row_id[row_id]) for row_id in row_ids.tolist()]

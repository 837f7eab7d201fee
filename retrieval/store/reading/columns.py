"""The documents that a filter takes with some of their columns, as an Arrow table.

Read from memory or from disk: what is made of the table is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pyarrow as pa

from retrieval.search.fusion import Ids
from retrieval.store.reading.held.columns import documents_among, reader_of
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.schema import both, only_documents


async def columns_taken(work: SearchContext, schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    """Return row ids, ids and columns of all documents that the search's filter takes."""
    if work.held is not None:
        read = reader_of(work.held, columns)
        held, passing = work.held, work.passing
        return await asyncio.to_thread(lambda: read(documents_among(held, passing)))
    where = both(work.where, only_documents(schema))
    query = work.table.query() if where is None else work.table.query().where(where)
    return await query.select(_with_id(columns)).with_row_id().to_arrow()


async def columns_of_rows(work: SearchContext, row_ids: Ids, columns: Sequence[str]) -> pa.Table:
    """Return row ids, ids and columns of these rows, in any order."""
    if work.held is not None:
        read = reader_of(work.held, columns)
        return await asyncio.to_thread(read, work.held.rows.at(row_ids))
    query = work.table.take_row_ids(row_ids.tolist()).select(_with_id(columns))
    return await query.with_row_id().to_arrow()


def _with_id(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(["id", *columns]))

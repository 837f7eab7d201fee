"""Writing documents that have several rows: all of them in the commit that writes the document.

A merge by id alone finds its rows by the index of ids, and is taken wherever every id has one row.
One by id and part, which also deletes the parts that a shorter text has no more, joins with all of
the table: 0.2 s with 300,000 rows, next to the seconds that a long text takes to be encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from lancedb.expr import col, lit
from lancedb.table import AsyncTable

from retrieval.documents import Document
from retrieval.store.parts import further
from retrieval.store.schema import PART, has_parts, parts_metadata


async def may_hold_parts(
    table: AsyncTable, schema: pa.Schema, documents: Sequence[Document]
) -> bool:
    """Note on a namespace that it gets its first passages; say whether that was done now."""
    if has_parts(schema) or not any(map(further, documents)):
        return False
    await table.update_field_metadata({"path": PART, "metadata": parts_metadata()})
    return True


async def merging(table: AsyncTable, schema: pa.Schema, documents: Sequence[Document]) -> Any:
    """Return the merge that leaves of these documents the rows that it is given, and no others."""
    ids = [document.id for document in documents]
    if any(map(further, documents)) or await count_parts(table, schema, ids):
        merge = table.merge_insert(["id", PART]).when_not_matched_by_source_delete(
            col("id").isin(ids).to_sql()
        )
    else:
        merge = table.merge_insert("id")
    return merge.when_matched_update_all().when_not_matched_insert_all()


async def count_parts(table: AsyncTable, schema: pa.Schema, ids: Sequence[str]) -> int:
    """Return how many further passages documents have, by their ids."""
    if not has_parts(schema):
        return 0
    held = col("id").isin(list(ids)) & (col(PART) > lit(0))
    return await table.count_rows(held.to_sql())

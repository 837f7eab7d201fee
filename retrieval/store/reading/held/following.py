"""Reading a namespace into memory, and from a later version only what has changed.

Rows of a table never change where they lie: a write puts new ones after all others and takes old
ones away. So the rows after the last that is held are what was written, and the number of rows
says whether others than the replaced ones are gone.
"""

from __future__ import annotations

import asyncio

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr, col, lit
from lancedb.table import AsyncTable

from retrieval.search.fusion import Ids
from retrieval.store.reading.held.growing import SPARE
from retrieval.store.reading.held.namespace import (
    READ,
    HeldNamespace,
    is_filtered_on,
    nothing_held,
)
from retrieval.store.schema import (
    VECTOR_COLUMNS,
    WORDS,
    Edition,
    has_parts,
    has_times,
    words_column,
)

MOST_FOLLOWED = 4096
"""More rows than that are read beside the searches: a bulk job's, or all after a compaction."""
AT_ONCE = 256
"""So many rows are taken in on the event loop; a thread costs more."""
PART_ROWS = 8192
"""Rows that are read and taken in at a time."""


class TooLarge(Exception):
    """A namespace takes more memory than there is for it."""


def can_be_held(schema: pa.Schema) -> bool:
    """Say whether a table has all that is held; those of older releases lack some at first.

    What they lack is filled in where rows lie, which is not followed.
    """
    is_whole = words_column(schema) == WORDS and has_times(schema)
    return is_whole and set(READ) <= set(schema.names)


def _read(schema: pa.Schema) -> list[str]:
    return [*READ, *(name for name in schema.names if name not in READ and is_filtered_on(name))]


async def read_all(
    table: AsyncTable, edition: Edition, schema: pa.Schema, most_bytes: int
) -> HeldNamespace:
    """Return all of a namespace at the table's version.

    Raises:
        TooLarge: It takes more than ``most_bytes``.
    """
    rows = await table.count_rows()
    dimensions = {name: schema.field(name).type.list_size for name in VECTOR_COLUMNS}
    # Room for what will be written: the first write would otherwise copy all of it.
    held = nothing_held(edition, dimensions, int(rows * SPARE) + AT_ONCE)
    query = table.query().select(_read(schema)).with_row_id()
    batches = await query.to_batches(max_batch_length=PART_ROWS)
    async for batch in batches:
        held = await asyncio.to_thread(held.grown, pa.Table.from_batches([batch]), False)
        if held.nbytes > most_bytes:
            raise TooLarge
    return await asyncio.to_thread(held.packed, edition, has_parts(schema))


async def followed(
    held: HeldNamespace, table: AsyncTable, edition: Edition, schema: pa.Schema
) -> HeldNamespace | None:
    """Return a namespace as the table has it; None where it is better read anew."""
    addresses = await _after(table, held.rows.last_address)
    if len(addresses) > MOST_FOLLOWED:
        return None
    new = await _at(table, addresses, _read(schema))
    if len(new) <= AT_ONCE:
        grown = held.grown(new)
    else:
        grown = await asyncio.to_thread(held.grown, new)
    rows = await table.count_rows()
    if grown.living != rows:
        grown = grown.keeping(await _addresses(table))
    return grown.at(edition, has_parts(schema)) if grown.living == rows else None


async def _after(table: AsyncTable, address: int) -> Ids:
    query = table.query().where(_beyond(address)).limit(MOST_FOLLOWED + 1)
    found = await query.select([]).with_row_id().to_arrow()
    return np.sort(found["_rowid"].to_numpy().astype(np.int64))


async def _at(table: AsyncTable, addresses: Ids, columns: list[str]) -> pa.Table:
    # By their addresses: a query that looks for them and reads them too takes two to three times as
    # long, since it reads more of the rows that it only looks at.
    query = table.take_row_ids(addresses.tolist())
    found = await query.select(columns).with_row_id().to_arrow()
    return found.sort_by("_rowid")


def _beyond(address: int) -> Expr:
    return col("_rowid") > lit(address)


async def _addresses(table: AsyncTable) -> Ids:
    found = await table.query().select([]).with_row_id().to_arrow()
    return found["_rowid"].to_numpy().astype(np.int64)

"""Times that an older release kept as strings alone get the columns that they are compared by.

Columns come first, then the rows that need them, then the mark that all have them: whatever is cut
off is done again from the start, and rows that are done are passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from lancedb.table import AsyncTable

from retrieval.filtering.fields import SEPARATOR, STRING, TIME, column_of, key_of
from retrieval.store.schema import PART, field_of, has_times, times_metadata
from retrieval.times import time_in

BATCH_ROWS = 1000
ROWS = 1_000_000
"""Of one commit, each of which writes the new columns of all files that it touches."""

_FIRST_LETTERS = r"^\d{4}-\d\d-\d\d"


async def make_times_comparable(table: AsyncTable) -> bool:
    """Fill in the times of a namespace of an older release; say whether it was one."""
    schema = await table.schema()
    if has_times(schema):
        return False
    keys = await _keys_with_times(table, [key for name in schema.names if (key := _text(name))])
    missing = [column for key in keys if (column := column_of(TIME, key)) not in schema.names]
    if missing:
        await table.add_columns(pa.schema([field_of(column) for column in missing]))
    if keys:
        await _fill_in(table, keys)
    await table.update_field_metadata({"path": "fields", "metadata": times_metadata()})
    return True


def _text(column: str) -> str | None:
    return key_of(column) if column.startswith(STRING) else None


async def _keys_with_times(table: AsyncTable, keys: Sequence[str]) -> list[str]:
    left = set(keys)
    if keys:
        columns = [column_of(STRING, key) for key in keys]
        async for batch in await table.query().select(columns).to_batches():
            left -= await asyncio.to_thread(_keys_in, batch, left)
    return [key for key in keys if key not in left]


def _keys_in(batch: pa.RecordBatch, keys: Iterable[str]) -> set[str]:
    columns = {key: batch.column(column_of(STRING, key)) for key in keys}
    return {key for key, column in columns.items() if any(_times(column))}


def _times(column: pa.Array) -> list[datetime | None]:
    """Return the times that strings are, None for any other."""
    alike = pc.match_substring_regex(column, _FIRST_LETTERS)  # pyright: ignore
    # Of most columns nothing is looked at in Python.
    if not pc.any(alike).as_py():  # pyright: ignore
        return [None] * len(column)
    return [None if text is None else time_in(text) for text in column.to_pylist()]


async def _fill_in(table: AsyncTable, keys: Sequence[str]) -> None:
    schema = await table.schema()
    waiting: list[pa.RecordBatch] = []
    columns = ["id", PART, "fields", *(column_of(STRING, key) for key in keys)]
    async for batch in await table.query().select(columns).to_batches(max_batch_length=BATCH_ROWS):
        waiting.append(await asyncio.to_thread(_filled, batch, keys, schema))
        if sum(each.num_rows for each in waiting) >= ROWS:
            await _merge(table, waiting)
            waiting = []
    await _merge(table, waiting)


def _filled(batch: pa.RecordBatch, keys: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
    """Return the rows that hold a time and were not done yet, with what is new in them."""
    times = {column_of(TIME, key): _times(batch.column(column_of(STRING, key))) for key in keys}
    fields: list[str] = batch.column("fields").to_pylist()
    new = [_with(row, {name for name in times if times[name][at]}) for at, row in enumerate(fields)]
    names = ["id", PART, "fields", *times]
    rows = pa.record_batch(
        [batch.column("id"), batch.column(PART), pa.array(new), *map(_array, times.values())],
        schema=pa.schema([schema.field(name) for name in names]),
    )
    return rows.filter(pa.array([old != row for old, row in zip(fields, new, strict=True)]))


def _with(fields: str, columns: Iterable[str]) -> str:
    """Return the list of columns that a row fills, ``columns`` among them."""
    new = [column for column in sorted(columns) if SEPARATOR + column + SEPARATOR not in fields]
    return fields + "".join(column + SEPARATOR for column in new)


def _array(moments: Sequence[datetime | None]) -> pa.Array:
    return pa.array(moments, pa.timestamp("us", tz="UTC"))


async def _merge(table: AsyncTable, batches: Sequence[pa.RecordBatch]) -> None:
    if any(batch.num_rows for batch in batches):
        merge = table.merge_insert(["id", PART]).when_matched_update_all()
        await merge.execute(pa.Table.from_batches(batches))

"""Texts of an older release are analysed anew, part by part, while searches go on.

Until all of a namespace is done its words are searched as before. Afterwards the older column stays
for a while: a reader of the older release may be at work, until its rollout is through.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from lancedb.expr import col, lit
from lancedb.table import AsyncTable

from retrieval.errors import WriteConflict
from retrieval.store import indices
from retrieval.store.entries import ENTRY_COLUMNS, to_entry
from retrieval.store.retry import retrying
from retrieval.store.rows import words_of
from retrieval.store.schema import (
    OLDER_WORDS,
    PART,
    WORDS,
    WORDS_FIELD,
    ready_metadata,
    words_column,
    words_ready_at,
)
from retrieval.store.writing.fence import Fence

KEEP_OLDER = timedelta(minutes=10)
"""Longer than a rollout leaves replicas of two releases at work."""

MERGES = 20
"""Parts of one turn: what else is due has its turn between, such as indexing the rows anew."""

_UNDONE = f"{WORDS} IS NULL AND {PART} = 0"
"""Passages have no words of their own."""

_ROWS = {"TEXT": 500, "IMAGE": 32}
"""Rows of a part. They are written whole, and pictures are large."""


def is_due(schema: pa.Schema, now: datetime) -> bool:
    """Say whether something of the older analysis has to be done or taken away."""
    if OLDER_WORDS not in schema.names:
        return False
    ready_at = words_ready_at(schema)
    return ready_at is None or now - ready_at >= KEEP_OLDER


async def analyse_part(table: AsyncTable, lock: asyncio.Lock, fence: Fence, now: datetime) -> bool:
    """Analyse some rows; with none left, index the words; later drop what they replace.

    Each step may be cut off and done again.

    Returns:
        Whether words are searched by the newer analysis now.
    """
    async with lock:
        schema = await fence.snapshot(table)
        if WORDS not in schema.names:
            await table.add_columns(pa.schema([WORDS_FIELD]))
    if words_column(schema) == WORDS:
        await _drop_older(table, lock, fence, now)
        return True
    for _ in range(MERGES):
        if not await _merge_part(table, lock, fence):
            return await _make_ready(table, lock, fence)
    return False


async def analyse_all(table: AsyncTable, lock: asyncio.Lock, fence: Fence) -> None:
    """Analyse all rows of a namespace of an older release; nothing to do for any other."""
    if OLDER_WORDS not in (await table.schema()).names:
        return
    while not await analyse_part(table, lock, fence, datetime.now(UTC)):
        pass
    await _drop_older(table, lock, fence, datetime.max.replace(tzinfo=UTC))


async def _merge_part(table: AsyncTable, lock: asyncio.Lock, fence: Fence) -> bool:
    """Analyse one part; say whether there was one."""
    await table.checkout_latest()
    for modality, rows in _ROWS.items():
        # Constants of this program; no caller's text is in it.
        part = table.query().where(f"modality = '{modality}' AND {_UNDONE}")
        found = (await part.limit(rows).select(ENTRY_COLUMNS).to_arrow()).to_pylist()
        if found:
            words = await asyncio.to_thread(_analysed, found)
            async with lock:
                await retrying(lambda words=words: _merge(table, words, fence), "analysing texts")
            return True
    return False


def _analysed(rows: list[dict[str, str]]) -> dict[str, str]:
    entries = (to_entry(row) for row in rows)
    return {entry.id: words_of(entry.id, entry.text, entry.metadata) for entry in entries}


async def _merge(table: AsyncTable, words: dict[str, str], fence: Fence) -> None:
    """Fill in the words of those rows that nobody has written meanwhile."""
    schema = await fence.snapshot(table)
    ours = col("id").isin(list(words)) & (col(PART) == lit(0))
    rows = await table.query().where(ours).to_arrow()
    rows = rows.filter(rows[WORDS].is_null())
    filled = pa.array([words[id] for id in rows["id"].to_pylist()], pa.utf8())
    rows = rows.set_column(rows.schema.get_field_index(WORDS), WORDS_FIELD, filled)
    merge = table.merge_insert(["id", PART]).when_matched_update_all()
    await merge.execute(rows.select(schema.names), on_bad_vectors="null")


async def _make_ready(table: AsyncTable, lock: asyncio.Lock, fence: Fence) -> bool:
    async def build() -> None:
        await table.checkout_latest()
        await indices.index_text(table)

    try:
        await retrying(build, "indexing words", attempts=3)
    except WriteConflict:
        async with lock:
            await retrying(build, "indexing words")
    async with lock:
        await fence.snapshot(table)
        if await table.count_rows(_UNDONE):
            return False
        metadata = ready_metadata(datetime.now(UTC))
        await table.update_field_metadata({"path": WORDS, "metadata": metadata})
        return True


async def _drop_older(table: AsyncTable, lock: asyncio.Lock, fence: Fence, now: datetime) -> None:
    async with lock:
        if is_due(await fence.snapshot(table), now):
            await table.drop_columns([OLDER_WORDS])

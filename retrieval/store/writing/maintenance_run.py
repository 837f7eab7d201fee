"""Carrying out what ``maintenance_plan.due`` decided, beside running upserts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lancedb import AsyncConnection
from lancedb.expr import col
from lancedb.table import AsyncTable

from retrieval.errors import WriteConflict
from retrieval.filtering.fields import SEPARATOR
from retrieval.store import indices
from retrieval.store.cut import held_by_backup
from retrieval.store.retry import retrying
from retrieval.store.schema import VECTOR_COLUMNS, WORDS, words_column
from retrieval.store.settings_table import read_settings, trained_key, write_settings
from retrieval.store.writing import analysing
from retrieval.store.writing.maintenance_plan import Action, Stats, Upkeep, VectorStats

KEEP_VERSIONS = timedelta(minutes=10)
"""Longer than any search: a reader of an old version must not lose its files."""
KEEP_ALL = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """What was done to a namespace, and the version that came of it."""

    namespace: str
    actions: tuple[str, ...]
    version: int


async def gather_stats(db: AsyncConnection, table: AsyncTable, namespace: str) -> Stats:
    """Return the figures that decide about upkeep."""
    # Typed as an object, returned as a dict (lancedb 0.40).
    figures: Any
    figures, indexed, settings, schema = await asyncio.gather(
        table.stats(), indices.indexed_columns(table), read_settings(db), table.schema()
    )
    return Stats(
        rows=figures["num_rows"],
        small_fragments=figures["fragment_stats"]["num_small_fragments"],
        versions=len(await table.list_versions()),
        has_text_index=words_column(schema) in indexed or words_column(schema) != WORDS,
        has_id_index="id" in indexed,
        unindexed_rows=max((index.unindexed_rows for index in indexed.values()), default=0),
        has_older_words=analysing.is_due(schema, datetime.now(UTC)),
        vectors={
            column: await _vector_stats(table, column, indexed, settings, namespace)
            for column in VECTOR_COLUMNS
        },
    )


async def _vector_stats(
    table: AsyncTable,
    column: str,
    indexed: dict[str, indices.Indexed],
    settings: dict[str, str],
    namespace: str,
) -> VectorStats:
    rows = await count_vectors(table, column)
    if column not in indexed:
        return VectorStats(rows, None)
    trained_rows = int(settings.get(trained_key(namespace, column), rows))
    return VectorStats(rows, trained_rows, indexed[column].segments)


async def count_vectors(table: AsyncTable, column: str) -> int:
    """Return how many rows have a vector in ``column``."""
    # The filter is a constant of this program; no caller's text is in it.
    filled = col("fields").contains(SEPARATOR + column + SEPARATOR)
    return await table.count_rows(filled.to_sql())


async def carry_out(
    db: AsyncConnection,
    table: AsyncTable,
    namespace: str,
    action: Action,
    lock: asyncio.Lock,
    check: Callable[[], Awaitable[None]],
) -> None:
    """Do one action beside running upserts; if they keep winning, hold them off and do it then.

    Args:
        check: Raises where the index is another writer's by now.
    """

    async def attempt() -> None:
        await table.checkout_latest()
        await check()
        await _perform(db, table, namespace, action)

    try:
        await retrying(attempt, f"{action.upkeep} of {namespace}", attempts=3)
    except WriteConflict:
        async with lock:
            await retrying(attempt, f"{action.upkeep} of {namespace}")


async def _perform(db: AsyncConnection, table: AsyncTable, namespace: str, action: Action) -> None:
    match action.upkeep:
        case Upkeep.INDEX_TEXT:
            await indices.index_text(table)
        case Upkeep.INDEX_IDS:
            await indices.index_ids(table)
        case Upkeep.OPTIMIZE:
            await table.optimize(cleanup_older_than=await _kept(table))
        case Upkeep.INDEX_VECTORS:
            assert action.column is not None
            rows = await count_vectors(table, action.column)
            await indices.index_vectors(table, action.column, rows)
            await write_settings(db, {trained_key(namespace, action.column): str(rows)})


async def _kept(table: AsyncTable) -> timedelta:
    """Return how long versions are kept: all of them while a backup holds one.

    Lance otherwise ends in an error as soon as the held one is older than the bound.
    """
    held = await held_by_backup(table, datetime.now(UTC))
    return KEEP_ALL if held else KEEP_VERSIONS

"""Getting rid of what deleted documents leave behind in a namespace's files.

A delete writes down which rows count no more; their text, picture and vectors stay in the data
files until these are merged with others, in the indices until these are built anew, and in older
versions until these are removed. ``optimize`` merges only where it pays, so a lone deleted row may
stay for years: it is made to pay by putting one row into a new file.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from lancedb import AsyncConnection
from lancedb.expr import col
from lancedb.table import AsyncTable

from retrieval.store import indices
from retrieval.store.cut import held_by_backup
from retrieval.store.retry import retrying
from retrieval.store.schema import SAMPLE_KEY, VECTOR_COLUMNS, WORDS
from retrieval.store.writing.analysing import analyse_all
from retrieval.store.writing.fence import Fence
from retrieval.store.writing.maintenance_plan import Action, Upkeep
from retrieval.store.writing.maintenance_run import KEEP_VERSIONS, carry_out


async def rewrite(
    db: AsyncConnection, table: AsyncTable, namespace: str, lock: asyncio.Lock, fence: Fence
) -> None:
    """Write all of a namespace anew, data and indices. Upserts may run meanwhile.

    Costs what an ``optimize`` and a build of every index cost.
    """
    await analyse_all(table, lock, fence)
    async with lock:
        await retrying(lambda: _part(table, fence), f"purge of {namespace}")
    indexed = await indices.indexed_columns(table)
    actions = [Action(Upkeep.OPTIMIZE), Action(Upkeep.INDEX_TEXT, WORDS)]
    if "id" in indexed:
        actions.append(Action(Upkeep.INDEX_IDS, "id"))
    actions += [Action(Upkeep.INDEX_VECTORS, name) for name in VECTOR_COLUMNS if name in indexed]
    for action in actions:
        await carry_out(db, table, namespace, action, lock, fence.check)


async def remove(table: AsyncTable, older_than: timedelta = KEEP_VERSIONS) -> bool:
    """Remove the files of older versions; say whether none older than that is left.

    None is removed while a backup reads one of them.
    """
    await table.checkout_latest()
    if await held_by_backup(table, datetime.now(UTC)):
        return False
    await table.optimize(cleanup_older_than=older_than)
    *older, _ = await table.list_versions()
    now_s = time.time()
    return all(_age_s(version, now_s) < older_than.total_seconds() + 1 for version in older)


async def _part(table: AsyncTable, fence: Fence) -> None:
    """Have every data file with deleted rows be merged by the next ``optimize``."""
    await fence.snapshot(table)
    # Typed as an object, returned as a dict (lancedb 0.40).
    figures: Any = await table.stats()
    fragments = figures["fragment_stats"]
    if fragments["num_fragments"] > fragments["num_small_fragments"]:
        # A file of more than a million rows is never merged: its rows move to new ones.
        await table.update(updates_sql={SAMPLE_KEY: SAMPLE_KEY})
        return
    first = await table.query().select(["id"]).limit(1).to_list()
    if first:
        await table.update(updates_sql={SAMPLE_KEY: SAMPLE_KEY}, where=col("id") == first[0]["id"])


def _age_s(version: dict[str, Any], now_s: float) -> float:
    return now_s - version["timestamp"].timestamp()

"""Opening LanceDB: a database, a table that may not exist, and what its errors mean."""

from __future__ import annotations

from datetime import UTC, datetime

import lancedb
import numpy as np
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

INDEX_CACHE_BYTES = 1 << 30
METADATA_CACHE_BYTES = 256 << 20
_PAGE = 100


async def connect(uri: str, storage_options: dict[str, str] | None = None) -> AsyncConnection:
    """Return a connection whose caches are bounded.

    A long-running search process otherwise grows without end (lance#6219).
    """
    session = lancedb.Session(INDEX_CACHE_BYTES, METADATA_CACHE_BYTES)
    return await lancedb.connect_async(uri, storage_options=storage_options, session=session)


async def open_table(db: AsyncConnection, name: str) -> AsyncTable | None:
    """Return a handle on the table's latest version, or None if there is no such table.

    The handle stays at that version: connections here have no consistency
    interval. A fresh handle per request costs 0.2 ms, sees every write committed
    before it, and is the snapshot that all legs of one search read.
    """
    try:
        return await db.open_table(name)
    except ValueError as error:
        if "not found" in str(error):
            return None
        raise


async def table_names(db: AsyncConnection) -> list[str]:
    """Return the names of all tables, sorted."""
    names: list[str] = []
    token: str | None = None
    while True:
        page = await db.list_tables(page_token=token, limit=_PAGE)
        names.extend(page.tables)
        token = page.page_token
        if not token:
            return sorted(names)


async def committed_at(table: AsyncTable) -> np.datetime64:
    """Return when the version of ``table`` was committed, in UTC, by the writer's clock."""
    version = await table.version()
    for known in reversed(await table.list_versions()):
        if known["version"] == version:
            # LanceDB says it in local time, without a zone.
            moment: datetime = known["timestamp"].astimezone(UTC)
            return np.datetime64(moment.replace(tzinfo=None), "us")
    raise RuntimeError(f"version {version} not found among the table's versions")


def is_gone(error: Exception) -> bool:
    """Say whether files vanished under a reader: its table was dropped meanwhile."""
    return isinstance(error, RuntimeError) and "not found" in str(error).lower()


def is_conflict(error: Exception) -> bool:
    """Say whether another commit came first, so that the same call may succeed now."""
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and (
        "conflict" in text
        or "concurrent" in text
        or "retry" in text
        # Its rows are of a snapshot whose columns have changed since.
        or "fields did not match" in text
    )

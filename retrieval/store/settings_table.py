"""A key and value table beside the namespaces: schema version, fingerprint, index records."""

from __future__ import annotations

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.store.connection import open_table
from retrieval.store.schema import SETTINGS_KEY, SETTINGS_SCHEMA, SETTINGS_TABLE

SCHEMA_VERSION_KEY = "schema_version"
FINGERPRINT_KEY = "fingerprint"
WRITER_KEY = "writer"
"""Who may write: see ``fence``."""


def trained_key(namespace: str, column: str) -> str:
    """Return the key that records how many vectors an index was trained on."""
    return f"trained_rows:{namespace}:{column}"


def dropped_key(namespace: str) -> str:
    """Return the key that records the last version of a namespace that was dropped."""
    return f"dropped_version:{namespace}"


async def read_settings(db: AsyncConnection) -> dict[str, str]:
    """Return all settings; empty if there is no index yet."""
    table = await open_table(db, SETTINGS_TABLE)
    if table is None:
        return {}
    rows = await table.query().to_list()
    return {row["key"]: row["value"] for row in rows}


async def write_settings(db: AsyncConnection, settings: dict[str, str]) -> None:
    """Insert or replace settings in one commit."""
    table = await open_settings(db)
    rows = pa.table(
        {"key": list(settings), "value": list(settings.values())}, schema=SETTINGS_SCHEMA
    )
    merge = table.merge_insert(SETTINGS_KEY)
    merge = merge.when_matched_update_all().when_not_matched_insert_all()
    await merge.execute(rows)


async def open_settings(db: AsyncConnection) -> AsyncTable:
    """Return the settings at their latest version, made where there are none.

    Their key is declared: of two processes that add the same one, one is told to try again.
    """
    table = await open_table(db, SETTINGS_TABLE)
    if table is None:
        table = await _made(db)
    if not (await table.schema()).field(SETTINGS_KEY).metadata:
        await table.set_unenforced_primary_key(SETTINGS_KEY)
    return table


async def _made(db: AsyncConnection) -> AsyncTable:
    try:
        return await db.create_table(SETTINGS_TABLE, schema=SETTINGS_SCHEMA, exist_ok=True)
    except ValueError:
        # Another process made it meanwhile and has declared the key, which differs in its metadata.
        table = await open_table(db, SETTINGS_TABLE)
        if table is None:
            raise
        return table

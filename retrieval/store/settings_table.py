"""A key and value table beside the namespaces: schema version, fingerprint, index records."""

from __future__ import annotations

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.store.connection import open_table
from retrieval.store.schema import SETTINGS_SCHEMA, SETTINGS_TABLE

SCHEMA_VERSION_KEY = "schema_version"
FINGERPRINT_KEY = "fingerprint"


def trained_key(namespace: str, column: str) -> str:
    """Return the key that records how many vectors an index was trained on."""
    return f"trained_rows:{namespace}:{column}"


async def read_settings(db: AsyncConnection) -> dict[str, str]:
    """Return all settings; empty if there is no index yet."""
    table = await open_table(db, SETTINGS_TABLE)
    if table is None:
        return {}
    rows = await table.query().to_list()
    return {row["key"]: row["value"] for row in rows}


async def write_settings(db: AsyncConnection, settings: dict[str, str]) -> None:
    """Insert or replace settings in one commit."""
    table = await _open_or_create(db)
    rows = pa.table(
        {"key": list(settings), "value": list(settings.values())}, schema=SETTINGS_SCHEMA
    )
    merge = table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all()
    await merge.execute(rows)


async def _open_or_create(db: AsyncConnection) -> AsyncTable:
    return await db.create_table(SETTINGS_TABLE, schema=SETTINGS_SCHEMA, exist_ok=True)

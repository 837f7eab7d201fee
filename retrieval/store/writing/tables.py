"""The tables that a writer works on: opened once, made where they are missing."""

from __future__ import annotations

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.errors import NotFound
from retrieval.store import indices
from retrieval.store.comparable_times import make_times_comparable
from retrieval.store.connection import open_table
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.migrations import make_room_for_passages, tell_apart
from retrieval.store.schema import (
    WORDS,
    document_schema,
    new_incarnation,
    table_of,
    words_column,
)
from retrieval.store.settings_table import dropped_key, read_settings
from retrieval.store.writing.fence import Fence


class Tables:
    """Handles by namespace, for commits alone: upkeep has handles of its own."""

    def __init__(self, db: AsyncConnection, fence: Fence) -> None:
        self._db, self._fence = db, fence
        self._open: dict[str, AsyncTable] = {}

    def __contains__(self, namespace: object) -> bool:
        return namespace in self._open

    def forget(self, namespace: str) -> None:
        """Let go of a namespace that is about to be dropped."""
        self._open.pop(namespace, None)

    def close(self) -> None:
        """Let go of all."""
        self._open.clear()

    async def existing(self, namespace: str) -> AsyncTable:
        """Return a namespace's table.

        Raises:
            NotFound: There is none.
        """
        if namespace not in self._open:
            table = await open_table(self._db, table_of(namespace))
            if table is None:
                raise NotFound(f"no namespace {namespace!r}", "namespace")
            self._open[namespace] = table
        return self._open[namespace]

    async def made(self, namespace: str, claimed: Fingerprint) -> AsyncTable:
        """Return a namespace's table, made for vectors of these models where there is none."""
        if namespace not in self._open:
            table = await open_table(self._db, table_of(namespace))
            if table is None:
                table = await self._create(namespace, claimed)
            # One that could not be read when the index was migrated.
            await tell_apart(table)
            await make_room_for_passages(table)
            await make_times_comparable(table)
            # Also for a table that was there: a crash may have come before its index.
            column = words_column(await table.schema())
            if column == WORDS and column not in await indices.indexed_columns(table):
                await indices.index_text(table)
            self._open[namespace] = table
        return self._open[namespace]

    async def _create(self, namespace: str, claimed: Fingerprint) -> AsyncTable:
        await self._fence.check()
        before = int((await read_settings(self._db)).get(dropped_key(namespace), 0))
        schema = document_schema(
            claimed.text_dimension, claimed.image_dimension, new_incarnation(), before
        ).append(pa.field(self._fence.column, pa.bool_()))
        try:
            return await self._db.create_table(table_of(namespace), schema=schema)
        except ValueError as error:
            # Another writer made it meanwhile: whoever holds the index by now may go on.
            if "already exists" not in str(error):
                raise
        return await self.existing(namespace)

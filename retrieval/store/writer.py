"""The one writer of an index: every commit to it goes through here."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.expr import col
from lancedb.table import AsyncTable

from retrieval.documents import Document, check_document, check_known_id, check_namespace
from retrieval.encoding import one_tag
from retrieval.errors import IncompatibleIndex, NotFound, TooManyFields
from retrieval.fields import MAX_COLUMNS
from retrieval.store import indices
from retrieval.store.connection import connect, is_gone, open_table, table_names
from retrieval.store.fingerprint import Fingerprint, reconcile
from retrieval.store.maintenance import Upkeep, due
from retrieval.store.migrations import Migrated, migrate
from retrieval.store.rest import Rest
from retrieval.store.retry import retrying
from retrieval.store.rows import columns_needed, to_table
from retrieval.store.schema import (
    document_schema,
    field_of,
    incarnation_of,
    namespace_of,
    new_incarnation,
    table_of,
)
from retrieval.store.settings_table import FINGERPRINT_KEY, read_settings, write_settings
from retrieval.store.upkeep import MaintenanceReport, carry_out, gather_stats


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A commit: the namespace's version after it, and how many documents it touched."""

    version: int
    upserted: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class IndexSize:
    """What an index holds; ``versions`` are those of all namespaces added up."""

    namespaces: int
    documents: int
    versions: int


class IndexStore:
    """Writes documents. One instance per index, in one process, on one event loop."""

    def __init__(
        self,
        db: AsyncConnection,
        fingerprint: Fingerprint | None,
        migrated: Migrated | None = None,
    ) -> None:
        self._db = db
        self._fingerprint = fingerprint
        self.migrated = migrated
        """What opening changed, None if nothing."""
        self._tables: dict[str, AsyncTable] = {}
        # Two merges at once would only conflict and retry each other's work.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rests: defaultdict[str, Rest] = defaultdict(Rest)

    @classmethod
    async def open(cls, uri: str, storage_options: dict[str, str] | None = None) -> IndexStore:
        """Open or create the index at ``uri`` and bring it to the current schema.

        Raises:
            IncompatibleIndex: A newer release wrote it.
        """
        db = await connect(uri, storage_options)
        migrated = await migrate(db)
        recorded = (await read_settings(db)).get(FINGERPRINT_KEY)
        fingerprint = None if recorded is None else Fingerprint.from_json(recorded)
        return cls(db, fingerprint, migrated)

    async def close(self) -> None:
        """Let go of all handles; nothing is pending, every write was committed."""
        self._tables.clear()
        self._db.close()

    async def claim(self, fingerprint: Fingerprint) -> Fingerprint:
        """Return the fingerprint this index works with, recording it if the index is new.

        If only the precision differs, the recorded one comes back: encode in it.

        Raises:
            IncompatibleIndex: The index was made by another model.
        """
        agreed = reconcile(self._fingerprint, fingerprint)
        if self._fingerprint is None:
            await write_settings(self._db, {FINGERPRINT_KEY: agreed.to_json()})
        self._fingerprint = agreed
        return agreed

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> WriteResult:
        """Insert or replace documents by id in one commit; of equal ids the last wins.

        Raises:
            InvalidDocument: Or one of its children; nothing was written.
            TooManyFields: The namespace would know more than 1000 typed columns.
            IncompatibleIndex: ``claim`` was not called yet.
            OtherModel: Vectors were made by other models than the index's.
        """
        check_namespace(namespace)
        claimed = self._claimed()
        for document in documents:
            check_document(document, claimed.text_dimension, claimed.image_dimension)
        one_tag({claimed.tag, *(document.made_by for document in documents)})
        unique = list({document.id: document for document in documents}.values())
        async with self._locks[namespace]:
            table = await self._table(namespace)
            if not unique:
                return WriteResult(await table.version())
            return await retrying(lambda: _merge(table, unique), f"upsert into {namespace}")

    async def delete(self, namespace: str, ids: Sequence[str]) -> WriteResult:
        """Delete documents by id in one commit; ids that are not there are skipped.

        Raises:
            NotFound: No such namespace.
        """
        check_namespace(namespace)
        checked = [check_known_id(id) for id in ids]
        async with self._locks[namespace]:
            table = await self._existing(namespace)
            if not checked:
                return WriteResult(await table.version())
            return await retrying(lambda: _delete(table, checked), f"delete from {namespace}")

    async def drop_namespace(self, namespace: str) -> None:
        """Delete a namespace with all its documents.

        Raises:
            NotFound: No such namespace.
        """
        check_namespace(namespace)
        async with self._locks[namespace]:
            await self._existing(namespace)
            del self._tables[namespace]
            await self._db.drop_table(table_of(namespace))

    async def namespaces(self) -> list[str]:
        """Return all namespaces, sorted."""
        names = await table_names(self._db)
        return [ns for name in names if (ns := namespace_of(name)) is not None]

    async def incarnation(self, namespace: str) -> str | None:
        """Return what tells a namespace from others of its name, None if there is none."""
        check_namespace(namespace)
        table = await open_table(self._db, table_of(namespace))
        return None if table is None else incarnation_of(await table.schema())

    async def size(self) -> IndexSize:
        """Count what all namespaces hold."""
        documents = versions = 0
        names = await self.namespaces()
        for name in names:
            table = await open_table(self._db, table_of(name))
            # One that was dropped meanwhile holds nothing.
            if table is not None:
                documents += await table.count_rows()
                versions += await table.version()
        return IndexSize(len(names), documents, versions)

    async def maintain(self, namespace: str, spared: bool = False) -> MaintenanceReport:
        """Do the upkeep that is due. Upserts may run meanwhile, on this event loop.

        Args:
            spared: Put off what a bulk job that is writing would only undo.

        Raises:
            NotFound: No such namespace.
        """
        check_namespace(namespace)
        try:
            return await self._maintain(namespace, spared)
        except RuntimeError as error:
            if is_gone(error):
                raise NotFound(f"namespace {namespace!r} was dropped", "namespace") from error
            raise

    async def _maintain(self, namespace: str, spared: bool) -> MaintenanceReport:
        # A handle of its own: a checkout here must not move the one upserts use.
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            raise NotFound(f"no namespace {namespace!r}", "namespace")
        stats = await gather_stats(self._db, table, namespace)
        rest = self._rests[namespace]
        actions = due(replace(stats, rested=rest.rested()), spared)
        for action in actions:
            with rest.after_work() if action.upkeep is Upkeep.OPTIMIZE else nullcontext():
                await carry_out(self._db, table, namespace, action, self._locks[namespace])
        return MaintenanceReport(
            namespace, tuple(action.upkeep.value for action in actions), await table.version()
        )

    def _claimed(self) -> Fingerprint:
        if self._fingerprint is None:
            raise IncompatibleIndex("the index has no fingerprint yet: call claim() first")
        return self._fingerprint

    async def _existing(self, namespace: str) -> AsyncTable:
        if namespace not in self._tables:
            table = await open_table(self._db, table_of(namespace))
            if table is None:
                raise NotFound(f"no namespace {namespace!r}", "namespace")
            self._tables[namespace] = table
        return self._tables[namespace]

    async def _table(self, namespace: str) -> AsyncTable:
        if namespace not in self._tables:
            table = await open_table(self._db, table_of(namespace))
            if table is None:
                table = await self._create(namespace)
            # Also for a table that was there: a crash may have come before its index.
            if indices.TEXT_COLUMN not in await indices.indexed_columns(table):
                await indices.index_text(table)
            self._tables[namespace] = table
        return self._tables[namespace]

    async def _create(self, namespace: str) -> AsyncTable:
        claimed = self._claimed()
        schema = document_schema(claimed.text_dimension, claimed.image_dimension, new_incarnation())
        return await self._db.create_table(table_of(namespace), schema=schema)


async def _merge(table: AsyncTable, documents: Sequence[Document]) -> WriteResult:
    await table.checkout_latest()
    schema = await _widened(table, documents)
    merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
    # Vectors were checked; to LanceDB a missing one is "bad" unless told that null is fine.
    result = await merge.execute(to_table(documents, schema), on_bad_vectors="null")
    return WriteResult(result.version, upserted=len(documents))


async def _widened(table: AsyncTable, documents: Sequence[Document]) -> pa.Schema:
    """Return the table's schema after adding the typed columns that these documents need."""
    schema = await table.schema()
    missing = sorted(columns_needed(documents) - set(schema.names))
    if not missing:
        return schema
    if len(schema.names) + len(missing) > MAX_COLUMNS:
        raise TooManyFields(
            f"{len(schema.names)} columns and {len(missing)} new ones make more than "
            f"{MAX_COLUMNS}; are ids or dates used as metadata keys?",
            "metadata",
        )
    await table.add_columns(pa.schema([field_of(column) for column in missing]))
    return await table.schema()


async def _delete(table: AsyncTable, ids: Sequence[str]) -> WriteResult:
    await table.checkout_latest()
    # The stub of lancedb 0.40 lacks num_deleted_rows.
    result: Any = await table.delete(col("id").isin(ids))
    return WriteResult(result.version, deleted=result.num_deleted_rows)

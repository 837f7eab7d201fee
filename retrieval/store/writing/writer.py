"""The one writer of an index: every commit to it goes through here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.documents import Document, check_document, check_known_id, check_namespace
from retrieval.encoding import one_tag
from retrieval.errors import (
    IncompatibleIndex,
    NotFound,
    StorageFailed,
    WriteConflict,
    WriterReplaced,
)
from retrieval.filtering.fields import MAX_FIELDS
from retrieval.store.connection import connect
from retrieval.store.entries import digest_of
from retrieval.store.faults import faults_told
from retrieval.store.fingerprint import Fingerprint, reconcile
from retrieval.store.migrations import (
    Migrated,
    check_readable,
    migrate,
    recorded_version,
)
from retrieval.store.retry import retrying
from retrieval.store.rows import columns_needed, to_table
from retrieval.store.schema import (
    SCHEMA_VERSION,
    field_of,
    version_of,
    versions_before,
)
from retrieval.store.settings_table import (
    FINGERPRINT_KEY,
    read_settings,
    write_settings,
)
from retrieval.store.write_result import WriteResult
from retrieval.store.writing.columns import missing_columns
from retrieval.store.writing.fence import Fence, this_process
from retrieval.store.writing.long_texts import may_hold_parts, merging
from retrieval.store.writing.maintenance_run import KEEP_VERSIONS, MaintenanceReport
from retrieval.store.writing.removing import Removals
from retrieval.store.writing.settings import settings_written
from retrieval.store.writing.stored import stored_document
from retrieval.words.settings import NamespaceSettings, check_settings


class IndexStore(Removals):
    """Writes documents, and says what there is. One per index, in one process, on one event loop.

    Opening an index takes it over from any other writer, wherever that runs: the other one's
    next commit is a ``WriterReplaced``.
    """

    def __init__(
        self,
        db: AsyncConnection,
        fence: Fence,
        fingerprint: Fingerprint | None,
        migrated: Migrated | None = None,
        max_fields: int = MAX_FIELDS,
    ) -> None:
        super().__init__(db, fence)
        self._fingerprint = fingerprint
        self.migrated = migrated
        """What opening changed, None if nothing."""
        self._max_fields = max_fields

    @classmethod
    async def open(
        cls,
        uri: str,
        storage_options: dict[str, str] | None = None,
        service: str | None = None,
        max_fields: int = MAX_FIELDS,
        at_once: bool = True,
    ) -> IndexStore:
        """Open or create the index at ``uri``, take it over, bring it to the current schema.

        Args:
            uri: A folder, or a place in object storage.
            storage_options: Of object storage, as Lance names them.
            service: What this writer belongs to; by default this process.
            max_fields: Typed metadata columns that a namespace may have.
            at_once: Take it over now, not with the first write or ``check``: a writer that
                starts beside the one it replaces lets that one end its work.

        Raises:
            IncompatibleIndex: A newer release wrote it.
            WriterReplaced: Another service has just taken it over from this one.
            StorageFailed: Nothing can be written there.
        """
        db = await connect(uri, storage_options)
        version = await recorded_version(db)
        check_readable(version)
        fence = Fence(db, this_process(), service or this_process())
        is_current = version == SCHEMA_VERSION
        if at_once or not is_current:
            try:
                with faults_told():
                    await fence.take()
            except StorageFailed:
                # A writer that starts on a full disk takes the index with its first write.
                if not is_current:
                    raise
        with faults_told():
            migrated = await migrate(db)
        recorded = (await read_settings(db)).get(FINGERPRINT_KEY)
        fingerprint = None if recorded is None else Fingerprint.from_json(recorded)
        return cls(db, fence, fingerprint, migrated, max_fields)

    @property
    def replaced(self) -> WriterReplaced | None:
        """Why this writer writes no more, None while it does; see ``check``."""
        return self._fence.lost

    async def check(self) -> None:
        """Return if nobody else has taken the index over.

        Raises:
            WriterReplaced: Somebody has.
        """
        await self._fence.check()

    async def close(self) -> None:
        """Let go of the index and all handles; nothing is pending, every write was committed."""
        await self._fence.release()
        self._tables.close()
        self._db.close()

    async def claim(self, fingerprint: Fingerprint) -> Fingerprint:
        """Return the fingerprint this index works with, recording it if the index is new.

        If only the precision differs, the recorded one comes back: encode in it.

        Raises:
            IncompatibleIndex: The index was made by another model.
        """
        agreed = reconcile(self._fingerprint, fingerprint)
        if self._fingerprint is None:
            await self._fence.check()
            with faults_told():
                await write_settings(self._db, {FINGERPRINT_KEY: agreed.to_json()})
        self._fingerprint = agreed
        return agreed

    def checked(self, documents: Sequence[Document]) -> Sequence[Document]:
        """Return documents that fit the index, before they wait for others.

        Raises:
            InvalidDocument: Or one of its children.
            IncompatibleIndex: ``claim`` was not called yet.
            OtherModel: Vectors were made by other models than the index's.
        """
        claimed = self._claimed()
        for document in documents:
            check_document(document, claimed.text_dimension, claimed.image_dimension)
        one_tag({claimed.tag, *(document.made_by for document in documents)})
        return documents

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> WriteResult:
        """Insert or replace documents by id in one commit; of equal ids the last wins.

        Raises:
            InvalidDocument: Or one of its children; nothing was written.
            TooManyFields: The namespace has no room for the fields of some; nothing was written.
            IncompatibleIndex: ``claim`` was not called yet.
            OtherModel: Vectors were made by other models than the index's.
            WriterReplaced: Another writer has taken the index over.
            StorageFailed: Nothing was written.
        """
        check_namespace(namespace)
        return await self.write(namespace, self.checked(documents))

    async def write(self, namespace: str, documents: Sequence[Document]) -> WriteResult:
        """Do what ``upsert`` does with documents that ``checked`` returned."""
        unique = list({document.id: document for document in documents}.values())
        async with self._locks[namespace]:
            with faults_told():
                table = await self._tables.made(namespace, self._claimed())
                if not unique:
                    return WriteResult(await version_of(table))
                return await retrying(
                    lambda: self._merge(namespace, table, unique), f"upsert into {namespace}"
                )

    async def stored(self, namespace: str, id: str) -> Document:
        """Return a document with everything that was made of it: picture, vectors, passages.

        Raises:
            NotFound: No such document or namespace.
        """
        check_namespace(namespace)
        with faults_told():
            table = await self._tables.existing(namespace)
            await table.checkout_latest()
            found = await stored_document(table, check_known_id(id), self._claimed().tag)
        if found is None:
            raise NotFound(f"no document {id!r} in namespace {namespace!r}", "id")
        return found

    async def replace(self, namespace: str, document: Document, digest: str) -> WriteResult:
        """Write a document in the place of the one that ``digest_of`` tells, and of no other.

        Raises:
            InvalidDocument, TooManyFields: Nothing was written.
            WriteConflict: Another one is there by now.
            NotFound: None is there any more.
            WriterReplaced: Another writer has taken the index over.
            StorageFailed: Nothing was written.
        """
        self.checked([document])
        async with self._locks[namespace]:
            there = await self.stored(namespace, document.id)
            if await asyncio.to_thread(digest_of, there) != digest:
                raise WriteConflict(f"{namespace}/{document.id} was written meanwhile", "id")
            with faults_told():
                table = await self._tables.made(namespace, self._claimed())
                return await retrying(
                    lambda: self._merge(namespace, table, [document]), f"change in {namespace}"
                )

    async def _merge(
        self, namespace: str, table: AsyncTable, documents: Sequence[Document]
    ) -> WriteResult:
        self._housekeeping.fills(namespace, columns_needed(documents))
        schema = await self._widened(table, await self._fence.snapshot(table), documents)
        merge = await merging(table, schema, documents)
        # Vectors were checked; to LanceDB a missing one is "bad" unless told that null is fine.
        # The stub of lancedb 0.40 lacks num_updated_rows, as num_deleted_rows below.
        rows = await asyncio.to_thread(to_table, documents, schema)
        result: Any = await merge.execute(rows, on_bad_vectors="null")
        if result.num_updated_rows:
            self._housekeeping.loses(namespace)
        return WriteResult(result.version + versions_before(schema), upserted=len(documents))

    async def _widened(
        self, table: AsyncTable, schema: pa.Schema, documents: Sequence[Document]
    ) -> pa.Schema:
        """Return the table's schema after adding the typed columns that these documents need."""
        missing = missing_columns(schema.names, documents, self._max_fields)
        if missing:
            await table.add_columns(pa.schema([field_of(column) for column in missing]))
        marked = await may_hold_parts(table, schema, documents)
        return await table.schema() if missing or marked else schema

    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None = None
    ) -> int:
        """Set how a namespace is searched; see ``settings_written``.

        Raises:
            InvalidSettings, PreconditionFailed, NotFound: Nothing was written.
            WriterReplaced: Another writer has taken the index over.
            StorageFailed: Nothing was written.
        """
        check_namespace(namespace)
        checked = check_settings(settings)
        async with self._locks[namespace]:
            with faults_told():
                table = await self._tables.existing(namespace)
                return await retrying(
                    lambda: settings_written(table, self._fence, checked, wanted),
                    f"settings of {namespace}",
                )

    async def exists(self, namespace: str) -> bool:
        """Say whether a namespace was made already."""
        return namespace in self._tables or await super().exists(namespace)

    async def maintain(self, namespace: str, spared: bool = False) -> MaintenanceReport:
        """Do the upkeep that is due; see ``Housekeeping``."""
        return await self._housekeeping.maintain(namespace, spared)

    async def rewrite(self, namespace: str) -> None:
        """Write a namespace anew, without what was deleted; see ``Housekeeping``."""
        await self._housekeeping.rewrite(namespace)

    async def remove_old_versions(
        self, namespace: str, older_than: timedelta = KEEP_VERSIONS
    ) -> bool:
        """Remove the files of versions that no reader needs; see ``Housekeeping``."""
        return await self._housekeeping.remove_old_versions(namespace, older_than)

    def _claimed(self) -> Fingerprint:
        if self._fingerprint is None:
            raise IncompatibleIndex("the index has no fingerprint yet: call claim() first")
        return self._fingerprint

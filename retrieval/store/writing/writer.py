"""The one writer of an index: every commit to it goes through here."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.expr import col
from lancedb.table import AsyncTable

from retrieval.documents import Document, check_document, check_known_id, check_namespace
from retrieval.encoding import one_tag
from retrieval.errors import (
    IncompatibleIndex,
    NotFound,
    StorageFailed,
    UnknownFilterField,
    WriterReplaced,
)
from retrieval.filtering.fields import MAX_FIELDS
from retrieval.filtering.lance import compile_filter
from retrieval.filtering.parse import parse
from retrieval.store import indices
from retrieval.store.connection import connect, is_gone, open_table, table_names
from retrieval.store.entries import ENTRY_COLUMNS, Entry, to_entry
from retrieval.store.faults import faults_told
from retrieval.store.fingerprint import Fingerprint, reconcile
from retrieval.store.migrations import (
    Migrated,
    check_readable,
    migrate,
    recorded_version,
    tell_apart,
)
from retrieval.store.retry import retrying
from retrieval.store.rows import columns_needed, to_table
from retrieval.store.schema import (
    SCHEMA_VERSION,
    document_schema,
    edition_of,
    field_of,
    incarnation_of,
    namespace_of,
    new_incarnation,
    table_of,
    versions_before,
)
from retrieval.store.settings_table import (
    FINGERPRINT_KEY,
    dropped_key,
    read_settings,
    write_settings,
)
from retrieval.store.writing import purging
from retrieval.store.writing.columns import missing_columns, unused_columns
from retrieval.store.writing.fence import Fence, this_process
from retrieval.store.writing.maintenance_plan import Action, Stats, Upkeep, due
from retrieval.store.writing.maintenance_run import (
    KEEP_VERSIONS,
    MaintenanceReport,
    carry_out,
    gather_stats,
)
from retrieval.store.writing.pacing import Rest


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A commit: the namespace's version after it, and how many documents it touched."""

    version: int
    upserted: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class IndexSize:
    """What an index holds; ``versions`` are those of all namespaces added up.

    What cannot be read is named and counts for nothing else.
    """

    namespaces: int
    documents: int
    versions: int
    unreadable: tuple[str, ...] = ()


class IndexStore:
    """Writes documents. One instance per index, in one process, on one event loop.

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
        self._db = db
        self._fence = fence
        self._fingerprint = fingerprint
        self.migrated = migrated
        """What opening changed, None if nothing."""
        self._tables: dict[str, AsyncTable] = {}
        # Two merges at once would only conflict and retry each other's work.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rests: defaultdict[str, Rest] = defaultdict(Rest)
        self._max_fields = max_fields
        self._sweeps: defaultdict[str, Rest] = defaultdict(Rest)
        self._unthinned: set[str] = set()
        """Namespaces that lost no document since their unused columns were dropped."""
        self._filled: dict[str, set[str]] = {}
        """Columns filled while unused ones are looked for, by namespace."""

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
                table = await self._table(namespace)
                if not unique:
                    return WriteResult(await _version(table))
                return await retrying(
                    lambda: self._merge(namespace, table, unique), f"upsert into {namespace}"
                )

    async def _merge(
        self, namespace: str, table: AsyncTable, documents: Sequence[Document]
    ) -> WriteResult:
        if namespace in self._filled:
            self._filled[namespace] |= columns_needed(documents)
        schema = await self._widened(table, await self._fence.snapshot(table), documents)
        merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
        # Vectors were checked; to LanceDB a missing one is "bad" unless told that null is fine.
        # The stub of lancedb 0.40 lacks num_updated_rows, as num_deleted_rows below.
        result: Any = await merge.execute(to_table(documents, schema), on_bad_vectors="null")
        if result.num_updated_rows:
            self._unthinned.discard(namespace)
        return WriteResult(result.version + versions_before(schema), upserted=len(documents))

    async def _widened(
        self, table: AsyncTable, schema: pa.Schema, documents: Sequence[Document]
    ) -> pa.Schema:
        """Return the table's schema after adding the typed columns that these documents need."""
        missing = missing_columns(schema.names, documents, self._max_fields)
        if not missing:
            return schema
        await table.add_columns(pa.schema([field_of(column) for column in missing]))
        return await table.schema()

    async def delete(self, namespace: str, ids: Sequence[str]) -> WriteResult:
        """Delete documents by id in one commit; ids that are not there are skipped.

        Raises:
            NotFound: No such namespace.
            WriterReplaced: Another writer has taken the index over.
            StorageFailed: Nothing was deleted.
        """
        check_namespace(namespace)
        checked = [check_known_id(id) for id in ids]
        async with self._locks[namespace]:
            with faults_told():
                table = await self._existing(namespace)
                if not checked:
                    return WriteResult(await _version(table))
                self._unthinned.discard(namespace)
                return await retrying(
                    lambda: self._delete(table, checked), f"delete from {namespace}"
                )

    async def _delete(self, table: AsyncTable, ids: Sequence[str]) -> WriteResult:
        await table.checkout_latest()
        await self._fence.check()
        result: Any = await table.delete(col("id").isin(ids))
        version = result.version + versions_before(await table.schema())
        return WriteResult(version, deleted=result.num_deleted_rows)

    async def drop_namespace(self, namespace: str) -> None:
        """Delete a namespace with all its documents.

        One that is made anew under the name counts its versions on from there.

        Raises:
            NotFound: No such namespace.
            WriterReplaced: Another writer has taken the index over.
        """
        check_namespace(namespace)
        async with self._locks[namespace]:
            table = await self._existing(namespace)
            await table.checkout_latest()
            await self._fence.check()
            with faults_told():
                last = {dropped_key(namespace): str(await _version(table))}
                await write_settings(self._db, last)
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

    async def exists(self, namespace: str) -> bool:
        """Say whether a namespace was made already."""
        return (
            namespace in self._tables or await open_table(self._db, table_of(namespace)) is not None
        )

    async def ids(self, namespace: str) -> set[str]:
        """Return the ids of a namespace's documents; empty if it is unknown."""
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            return set()
        found: set[str] = set()
        async for batch in await table.query().select(["id"]).to_batches():
            found.update(batch.column("id").to_pylist())
        return found

    async def where(self, namespace: str, filter: Mapping[str, Any]) -> list[Entry]:
        """Return the documents that a filter takes; none where its field is unknown."""
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            return []
        try:
            taken = compile_filter(parse(filter), (await table.schema()).names)
        except UnknownFilterField:
            return []
        rows = await table.query().where(taken).select(ENTRY_COLUMNS).to_list()
        return [to_entry(row) for row in rows]

    async def size(self) -> IndexSize:
        """Count what all namespaces hold."""
        documents = versions = 0
        unreadable: list[str] = []
        names = await self.namespaces()
        for name in names:
            try:
                table = await open_table(self._db, table_of(name))
                # One that was dropped meanwhile holds nothing.
                if table is not None:
                    documents += await table.count_rows()
                    versions += await _version(table)
            # Whatever is wrong with one, the others can be counted.
            except Exception:
                unreadable.append(name)
        return IndexSize(len(names), documents, versions, tuple(unreadable))

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
        await self._fence.check()
        # A handle of its own: a checkout here must not move the one upserts use.
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            raise NotFound(f"no namespace {namespace!r}", "namespace")
        stats = await gather_stats(self._db, table, namespace)
        actions = due(self._with_rests(stats, namespace), spared)
        done = [action for action in actions if await self._carry_out(table, namespace, action)]
        return MaintenanceReport(
            namespace, tuple(action.upkeep.value for action in done), await _version(table)
        )

    def _with_rests(self, stats: Stats, namespace: str) -> Stats:
        return replace(
            stats,
            rested=self._rests[namespace].rested(),
            thinned=namespace not in self._unthinned,
            swept_rested=self._sweeps[namespace].rested(),
        )

    async def _carry_out(self, table: AsyncTable, namespace: str, action: Action) -> bool:
        """Do what is due; say whether there was something to do."""
        if action.upkeep is Upkeep.DROP_COLUMNS:
            with self._sweeps[namespace].after_work():
                return await self._drop_unused(table, namespace)
        rest = self._rests[namespace]
        with rest.after_work() if action.upkeep is Upkeep.OPTIMIZE else nullcontext():
            lock = self._locks[namespace]
            await carry_out(self._db, table, namespace, action, lock, self._fence.check)
        return True

    async def _drop_unused(self, table: AsyncTable, namespace: str) -> bool:
        """Drop the columns that no document fills; say whether there were any.

        Readers that have begun go on at the version that they read.
        """
        self._filled[namespace] = set()
        self._unthinned.add(namespace)
        try:
            await table.checkout_latest()
            unused = await unused_columns(table)
            if not unused:
                return False
            # What was written while we looked has been noted; from here on nothing is written.
            async with self._locks[namespace]:
                unused -= self._filled[namespace]
                unused &= set((await self._fence.snapshot(table)).names)
                if unused:
                    await table.drop_columns(sorted(unused))
                return bool(unused)
        except BaseException:
            self._unthinned.discard(namespace)
            raise
        finally:
            del self._filled[namespace]

    async def rewrite(self, namespace: str) -> None:
        """Write a namespace anew, so that its latest version holds nothing of deleted documents.

        Upserts may run meanwhile, on this event loop.

        Raises:
            NotFound: No such namespace.
        """
        table = await self._own_handle(namespace)
        with faults_told():
            await purging.rewrite(self._db, table, namespace, self._locks[namespace], self._fence)

    async def remove_old_versions(
        self, namespace: str, older_than: timedelta = KEEP_VERSIONS
    ) -> bool:
        """Remove the files of versions that no reader needs; say whether all of them went.

        Raises:
            NotFound: No such namespace.
        """
        await self._fence.check()
        return await purging.remove(await self._own_handle(namespace), older_than)

    async def _own_handle(self, namespace: str) -> AsyncTable:
        """Return a handle that may be moved: not the one that upserts use."""
        check_namespace(namespace)
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            raise NotFound(f"no namespace {namespace!r}", "namespace")
        return table

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
            # One that could not be read when the index was migrated.
            await tell_apart(table)
            # Also for a table that was there: a crash may have come before its index.
            if indices.TEXT_COLUMN not in await indices.indexed_columns(table):
                await indices.index_text(table)
            self._tables[namespace] = table
        return self._tables[namespace]

    async def _create(self, namespace: str) -> AsyncTable:
        claimed = self._claimed()
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
        return await self._existing(namespace)


async def _version(table: AsyncTable) -> int:
    return (await edition_of(table))[0].version

"""What takes documents out of an index: by id, by filter, and a namespace as a whole."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lancedb import AsyncConnection
from lancedb.expr import Expr, col
from lancedb.table import AsyncTable

from retrieval.documents import check_known_id, check_namespace
from retrieval.errors import UnknownFilterField
from retrieval.filtering.lance import compile_filter
from retrieval.filtering.parse import Filter
from retrieval.search.request import SearchWarning
from retrieval.store.checked_filter import checked_filter
from retrieval.store.faults import faults_told
from retrieval.store.retry import retrying
from retrieval.store.schema import (
    both,
    count_documents,
    only_documents,
    table_of,
    version_of,
    versions_before,
)
from retrieval.store.settings_table import dropped_key, write_settings
from retrieval.store.write_result import WriteResult
from retrieval.store.writing.contents import NamespaceContents
from retrieval.store.writing.fence import Fence
from retrieval.store.writing.housekeeping import Housekeeping
from retrieval.store.writing.long_texts import count_parts
from retrieval.store.writing.tables import Tables


@dataclass(frozen=True, slots=True)
class Matching:
    """Which documents a filter takes at one version, and what is said of how it is understood."""

    ids: Sequence[str]
    """Sorted."""
    version: int
    warnings: Sequence[SearchWarning]


class Removals(NamespaceContents):
    """Deletes documents. It holds what all writing to an index shares: fence, tables, locks."""

    def __init__(self, db: AsyncConnection, fence: Fence) -> None:
        super().__init__(db)
        self._fence = fence
        self._tables = Tables(db, fence)
        # Two merges at once would only conflict and retry each other's work.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._housekeeping = Housekeeping(db, fence, self._locks)

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
                table = await self._tables.existing(namespace)
                if not checked:
                    return WriteResult(await version_of(table))
                self._housekeeping.loses(namespace)
                return await retrying(
                    lambda: self._delete(table, checked), f"delete from {namespace}"
                )

    async def _delete(self, table: AsyncTable, ids: Sequence[str]) -> WriteResult:
        await table.checkout_latest()
        await self._fence.check()
        schema = await table.schema()
        passages = await count_parts(table, schema, ids)
        result: Any = await table.delete(col("id").isin(ids))
        version = result.version + versions_before(schema)
        return WriteResult(version, deleted=result.num_deleted_rows - passages)

    async def matching(self, namespace: str, wanted: Filter | None) -> Matching:
        """Return which documents a filter takes now, as a search of the namespace would.

        Raises:
            NotFound: No such namespace.
            UnknownFilterField, TypeMismatch: As in a search.
        """
        check_namespace(namespace)
        with faults_told():
            table = await self._tables.existing(namespace)
            await table.checkout_latest()
            schema = await table.schema()
            taken, told = None, []
            if wanted is not None:
                taken, told = await checked_filter(table, wanted, schema, {})
            ids = await _ids(table, both(only_documents(schema), taken))
            return Matching(ids, await version_of(table), tuple(told))

    async def delete_matching(
        self, namespace: str, ids: Sequence[str], wanted: Filter | None
    ) -> tuple[WriteResult, Sequence[str]]:
        """Delete those of some documents that a filter still takes; return which they were.

        What was written anew since it was found, and is another one by now, stays.

        Raises:
            NotFound: No such namespace any more.
            WriterReplaced: Another writer has taken the index over.
            StorageFailed: Nothing was deleted.
        """
        async with self._locks[namespace]:
            with faults_told():
                table = await self._tables.existing(namespace)
                await table.checkout_latest()
                still = await _still(table, ids, wanted)
                if not still:
                    return WriteResult(await version_of(table)), still
                self._housekeeping.loses(namespace)
                result = await retrying(
                    lambda: self._delete(table, still), f"delete from {namespace}"
                )
                return result, still

    async def drop_namespace(self, namespace: str) -> WriteResult:
        """Delete a namespace with all its documents; return its last version.

        One that is made anew under the name counts its versions on from there.

        Raises:
            NotFound: No such namespace.
            WriterReplaced: Another writer has taken the index over.
        """
        check_namespace(namespace)
        async with self._locks[namespace]:
            table = await self._tables.existing(namespace)
            await table.checkout_latest()
            await self._fence.check()
            with faults_told():
                last = WriteResult(await version_of(table), deleted=await count_documents(table))
                await write_settings(self._db, {dropped_key(namespace): str(last.version)})
                self._tables.forget(namespace)
                await self._db.drop_table(table_of(namespace))
                return last


async def _still(table: AsyncTable, ids: Sequence[str], wanted: Filter | None) -> list[str]:
    schema = await table.schema()
    try:
        taken = None if wanted is None else compile_filter(wanted, schema.names)
    except UnknownFilterField:
        # The last document that had the field is gone.
        return []
    return await _ids(table, both(col("id").isin(list(ids)), both(only_documents(schema), taken)))


async def _ids(table: AsyncTable, taken: Expr | None) -> list[str]:
    query = table.query() if taken is None else table.query().where(taken)
    found: list[str] = []
    async for batch in await query.select(["id"]).to_batches():
        found.extend(batch.column("id").to_pylist())
    return sorted(found)

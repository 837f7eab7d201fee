"""The read side: stateless, any number of processes, always the latest commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.expr import Expr
from lancedb.table import AsyncTable

from retrieval.documents import Document, check_namespace
from retrieval.errors import NotFound
from retrieval.search.request import SearchRequest, SearchResult, SearchWarning
from retrieval.store.checked_filter import checked_filter
from retrieval.store.connection import committed_at, connect, is_gone, open_table, table_names
from retrieval.store.entries import ENTRY_COLUMNS, Entry, to_entry
from retrieval.store.faults import fault_of
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.held_kinds import Filled, nothing_known
from retrieval.store.migrations import check_current, recorded_version
from retrieval.store.reading import documents
from retrieval.store.reading.background_sample import SampleCache
from retrieval.store.reading.context import context_of
from retrieval.store.reading.held.held_namespaces import HeldNamespaces
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.reading.latest_only import LatestOnly
from retrieval.store.reading.page import hits_of_page
from retrieval.store.reading.photographs import PhotographMarks, photographs_searched
from retrieval.store.reading.search import find
from retrieval.store.reading.warnings import about_relevance, warnings
from retrieval.store.reading.wishes.arranging import arranged
from retrieval.store.reading.wishes.facet_counts import facets_of
from retrieval.store.reading.wishes.grouping import in_groups
from retrieval.store.reading.wishes.likeness import by_likeness
from retrieval.store.retry import ATTEMPTS, FIRST_PAUSE_S
from retrieval.store.rows import DOCUMENT_COLUMNS, to_document
from retrieval.store.schema import (
    Edition,
    count_documents,
    edition_of,
    namespace_of,
    table_of,
)
from retrieval.store.settings_table import FINGERPRINT_KEY, read_settings

MOST_KNOWN = 4096
"""Namespaces of which something is remembered."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Documents in the order of their ids, and how many the namespace holds."""

    entries: list[Entry]
    total: int


class IndexReader:
    """Reads one index. Keeps no state but caches; use it on one event loop."""

    def __init__(self, db: AsyncConnection, held_bytes: int | None = None) -> None:
        self._db = db
        self.held = HeldNamespaces(held_bytes)
        """The namespaces that are searched in memory."""
        self._samples = SampleCache()
        self._counts: LatestOnly[int] = LatestOnly(MOST_KNOWN)
        self._filled: LatestOnly[Filled] = LatestOnly(MOST_KNOWN)
        self._commits: LatestOnly[np.datetime64] = LatestOnly(MOST_KNOWN)
        self._marks = PhotographMarks(self.fingerprint)

    @classmethod
    async def open(
        cls,
        uri: str,
        storage_options: dict[str, str] | None = None,
        held_bytes: int | None = None,
    ) -> IndexReader:
        """Open the index at ``uri``, which a writer may create later.

        Args:
            uri: A folder, or a place in object storage.
            storage_options: Of object storage, as Lance names them.
            held_bytes: Memory for namespaces that are searched; 0 searches the tables.

        Raises:
            IncompatibleIndex: A newer release wrote it, or an older one and no
                writer has migrated it yet.
        """
        db = await connect(uri, storage_options)
        check_current(await recorded_version(db))
        return cls(db, held_bytes)

    async def close(self) -> None:
        """Let go of all handles."""
        self._samples = SampleCache()
        self.held.close()
        self._db.close()

    async def fingerprint(self) -> Fingerprint | None:
        """Return the fingerprint recorded in the index, None if it is new."""
        recorded = (await read_settings(self._db)).get(FINGERPRINT_KEY)
        return None if recorded is None else Fingerprint.from_json(recorded)

    def forget_unused(self, before_s: float) -> None:
        """Let go of vectors that were last used before (on the monotonic clock)."""
        self._samples.forget_unused(before_s)
        self.held.forget_unused(before_s)

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of the fused list of all legs, all read at one version.

        An unknown namespace is an empty one: nothing was put there yet.

        Raises:
            UnknownFilterField: The filter names a field no document ever had.
            TypeMismatch: It compares one with a value of a type that no document holds there; a
                field to sort by holds several types.
            WrongDimension, NonFiniteVector: A query vector does not fit the index.
        """
        started = time.perf_counter()

        async def search(table: AsyncTable) -> SearchResult:
            return await self._search(table, request, started)

        found = await self.read(request.namespace, search)
        return SearchResult([], 0, 0, _ms_since(started)) if found is None else found

    async def _search(
        self, table: AsyncTable, request: SearchRequest, started: float
    ) -> SearchResult:
        asked = request
        request, likeness = await by_likeness(table, asked)
        edition, schema, held = await self.held_at(table, request.namespace)
        where, told = await self._where(table, request, edition, schema)
        sample = partial(self._samples.sample, table, request.namespace, edition)
        marks = await self._marks.photographs()
        work = await context_of(table, request, schema, where, held, sample, marks)
        found = await find(request, schema, work)
        now = await self._committed_at(table, request, edition)
        ranking, arrangement = await arranged(request, found, now, work, schema)
        ranking = await in_groups(request, ranking, work, schema)
        facets, counted = await facets_of(asked, request.filter, work, schema)
        spelling = work.spelling
        hits = await hits_of_page(table, request, ranking, found, schema, work.held, spelling.terms)
        said = await photographs_searched(request, work)
        about = warnings(request, work.words_column) + about_relevance(ranking, asked)
        return SearchResult(
            hits,
            len(ranking.order),
            (work.held.edition if work.held else edition).version,
            _ms_since(started),
            work.took_s,
            (*about, *likeness, *told, *arrangement, *counted, *said, *spelling.told),
            spelling.corrected,
            facets,
            ranking.floor,
            spelling.unknown,
            work.applied,
            ranking.lacking,
        )

    async def _where(
        self, table: AsyncTable, request: SearchRequest, edition: Edition, schema: pa.Schema
    ) -> tuple[Expr | None, list[SearchWarning]]:
        if request.filter is None:
            return None, []
        filled = await self._filled.get(request.namespace, edition, nothing_known)
        return await checked_filter(table, request.filter, schema, filled)

    async def held_at(
        self, table: AsyncTable, namespace: str
    ) -> tuple[Edition, pa.Schema, HeldNamespace | None]:
        """Return a table's edition and schema, and its namespace in memory if it is there."""
        edition, schema = await edition_of(table)
        rows = await self._counts.get(namespace, edition, table.count_rows)
        return edition, schema, await self.held.at(table, namespace, edition, schema, rows)

    async def _committed_at(
        self, table: AsyncTable, request: SearchRequest, edition: Edition
    ) -> np.datetime64 | None:
        if not request.prefer_recent:
            return None
        return await self._commits.get(request.namespace, edition, lambda: committed_at(table))

    async def get(self, namespace: str, id: str) -> Document:
        """Return a document with its picture and vectors.

        Raises:
            NotFound: No such document or namespace.
        """
        row = await self._row(namespace, id, DOCUMENT_COLUMNS)
        return to_document(row)

    async def entries(self, namespace: str, ids: Sequence[str]) -> list[Entry]:
        """Return documents by id in one read, in the order asked for, each once.

        Ids that do not exist, and all ids of an unknown namespace, are left out.
        """
        wanted = list(dict.fromkeys(ids))

        async def read(table: AsyncTable) -> list[dict[str, Any]]:
            return await documents.rows_of(table, wanted, ENTRY_COLUMNS)

        rows = await self.read(namespace, read) if wanted else None
        found = {row["id"]: to_entry(row) for row in rows or ()}
        return [found[id] for id in wanted if id in found]

    async def picture(self, namespace: str, id: str) -> tuple[bytes, str]:
        """Return a document's picture and its MIME type.

        Raises:
            NotFound: No such document, or it has no picture.
        """
        row = await self._row(namespace, id, [*ENTRY_COLUMNS, "picture"])
        if row["picture"] is None:
            raise NotFound(f"document {id!r} has no picture", "id")
        return row["picture"], to_entry(row).picture_mime or "application/octet-stream"

    async def _row(self, namespace: str, id: str, columns: list[str]) -> dict[str, Any]:
        async def read(table: AsyncTable) -> list[dict[str, Any]]:
            return await documents.rows_of(table, [id], columns)

        rows = await self.read(namespace, read)
        if rows is None:
            raise NotFound(f"no namespace {namespace!r}", "namespace")
        if not rows:
            raise NotFound(f"no document {id!r} in namespace {namespace!r}", "id")
        return rows[0]

    async def page(
        self, namespace: str, limit: int, after_id: str | None = None, offset: int = 0
    ) -> Page:
        """Return documents in the order of their ids.

        Args:
            namespace: An unknown one is empty.
            limit: At most this many.
            after_id: Only ids greater than this one; stable while documents come and go.
            offset: Skip this many.
        """

        async def read(table: AsyncTable) -> Page:
            row_ids = await documents.row_ids_by_id(table, limit, after_id, offset)
            entries = await documents.entries_at(table, row_ids)
            return Page(entries, await count_documents(table))

        return await self.read(namespace, read) or Page([], 0)

    async def count(self, namespace: str) -> int:
        """Return how many documents a namespace holds; an unknown one holds none."""
        return await self.read(namespace, count_documents) or 0

    async def version(self, namespace: str) -> int:
        """Return the latest version of a namespace; 0 if it does not exist."""
        found = await self.read(namespace, edition_of)
        return 0 if found is None else found[0].version

    async def namespaces(self) -> list[str]:
        """Return all namespaces, sorted."""
        names = await table_names(self._db)
        return [ns for name in names if (ns := namespace_of(name)) is not None]

    async def read(self, namespace: str, use: Callable[[AsyncTable], Awaitable[T]]) -> T | None:
        """Return what ``use`` makes of the latest version, None if there is no such namespace.

        A namespace that is being dropped loses its files one by one; until it is
        gone for good, reading is tried again.

        Raises:
            StorageFailed: It cannot be read; others may well be.
        """
        name = table_of(check_namespace(namespace))
        for attempt in range(ATTEMPTS):
            try:
                table = await open_table(self._db, name)
                return None if table is None else await use(table)
            except RuntimeError as error:
                if not is_gone(error) or attempt + 1 == ATTEMPTS:
                    fault = fault_of(error)
                    if fault is None:
                        raise
                    raise fault from error
            await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        return None


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000

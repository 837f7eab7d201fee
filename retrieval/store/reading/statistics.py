"""The figures of a namespace: counted by the table, and of its fields by reading their columns."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from lancedb.expr import col, lit
from lancedb.table import AsyncTable

from retrieval.errors import NotFound
from retrieval.filtering.fields import (
    BOOLEAN,
    LIST,
    NUMBER,
    SEPARATOR,
    STRING,
    TIME,
    column_of,
    key_of,
    known_keys,
)
from retrieval.namespaces.statistics import (
    MOST_DISTINCT,
    FieldStatistics,
    FieldType,
    IndexModels,
    NamespaceStatistics,
    TypeStatistics,
)
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.latest_only import LatestOnly
from retrieval.store.reading.reader import IndexReader
from retrieval.store.schema import both, count_documents, edition_of, only_documents

MOST_DOCUMENTS = 100_000
MOST_CELLS = 5_000_000
"""Of documents and their fields: about a second of a core."""
BATCH = 1024
MOST_KNOWN = 256
"""Namespaces whose figures are remembered."""
TYPES: dict[str, FieldType] = {
    NUMBER: "number",
    STRING: "string",
    BOOLEAN: "boolean",
    LIST: "list",
    TIME: "time",
}


class NamespaceFigures:
    """Counts each version of a namespace once, one namespace at a time."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader
        self._known: LatestOnly[NamespaceStatistics] = LatestOnly(MOST_KNOWN)
        self._counting = asyncio.Lock()

    async def of(self, namespace: str) -> NamespaceStatistics:
        """Return a namespace's figures.

        Raises:
            NotFound: No such namespace.
        """

        async def read(table: AsyncTable) -> NamespaceStatistics:
            edition = (await edition_of(table))[0]
            models = await self._reader.fingerprint()
            return await self._known.get(namespace, edition, lambda: read_statistics(table, models))

        async with self._counting:
            found = await self._reader.read(namespace, read)
        if found is None:
            raise NotFound(f"no namespace {namespace!r}", "namespace")
        return found


async def read_statistics(table: AsyncTable, models: Fingerprint | None) -> NamespaceStatistics:
    """Return the figures of a table at the version of its handle."""
    edition, schema = await edition_of(table)
    documents = await count_documents(table)
    pictures = both(col("modality") == lit("IMAGE"), only_documents(schema))
    assert pictures is not None
    counted = await _fields(table, schema)
    # A dictionary, whatever its stub says (lancedb 0.40).
    stats: Any = await table.stats()
    return NamespaceStatistics(
        edition.version,
        documents,
        await table.count_rows(pictures.to_sql()),
        await table.count_rows() - documents,
        stats["total_bytes"],
        min(documents, _most_documents(schema)),
        list(counted.told()),
        None if models is None else _models(models),
    )


def _models(recorded: Fingerprint) -> IndexModels:
    return IndexModels(
        recorded.text_model,
        recorded.image_model,
        recorded.text_dimension,
        recorded.image_dimension,
        recorded.precision,
    )


async def _fields(table: AsyncTable, schema: pa.Schema) -> FieldCounts:
    counts = FieldCounts()
    columns = _columns(schema)
    if not columns:
        return counts
    documents = only_documents(schema)
    query = table.query() if documents is None else table.query().where(documents)
    query = query.select(columns).limit(_most_documents(schema))
    async for batch in await query.to_batches(max_batch_length=BATCH):
        await asyncio.to_thread(counts.add, batch)
    return counts


def _columns(schema: pa.Schema) -> list[str]:
    return [name for name in schema.names if key_of(name) is not None]


def _most_documents(schema: pa.Schema) -> int:
    return min(MOST_DOCUMENTS, MOST_CELLS // max(1, len(_columns(schema))))


class FieldCounts:
    """Counts the values of typed columns, batch by batch; of strings it keeps hashes alone."""

    def __init__(self) -> None:
        self._filled: defaultdict[str, int] = defaultdict(int)
        self._seen: defaultdict[str, set[Any]] = defaultdict(set)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch of documents."""
        for name in batch.schema.names:
            values = batch.column(name)
            time = None if not name.startswith(STRING) else column_of(TIME, str(key_of(name)))
            if time in batch.schema.names:
                values = values.filter(batch.column(time).is_null())
            self._add(name, values.drop_null())

    def _add(self, name: str, values: pa.Array) -> None:
        self._filled[name] += len(values)
        seen = self._seen[name]
        if len(seen) >= MOST_DISTINCT:
            return
        for value in values.unique().to_pylist():
            if name.startswith(LIST):
                # Its elements: what one filters by.
                seen.update(hash(item) for item in value.split(SEPARATOR)[1:-1])
            else:
                seen.add(hash(value) if isinstance(value, str) else value)

    def told(self) -> Iterator[FieldStatistics]:
        """Yield what was counted, by the fields' names; fields that hold nothing are left out."""
        for key in known_keys(self._filled):
            columns = {kind: column_of(kind, key) for kind in TYPES}
            types = [
                TypeStatistics(
                    TYPES[kind],
                    self._filled[column],
                    min(len(self._seen[column]), MOST_DISTINCT),
                )
                for kind, column in columns.items()
                if self._filled.get(column)
            ]
            if types:
                yield FieldStatistics(key, types)

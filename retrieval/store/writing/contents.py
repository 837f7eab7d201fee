"""What an index holds, as its writer looks at it: always the latest commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lancedb import AsyncConnection
from lancedb.expr import Expr
from lancedb.query import AsyncQuery
from lancedb.table import AsyncTable

from retrieval.documents import check_namespace
from retrieval.filtering.lance import compile_filter
from retrieval.filtering.parse import parse
from retrieval.store.connection import open_table, table_names
from retrieval.store.entries import ENTRY_COLUMNS, Entry, to_entry
from retrieval.store.schema import (
    both,
    count_documents,
    incarnation_of,
    namespace_of,
    only_documents,
    table_of,
    version_of,
)


@dataclass(frozen=True, slots=True)
class IndexSize:
    """What an index holds; ``versions`` are those of all namespaces added up.

    What cannot be read is named and counts for nothing else.
    """

    namespaces: int
    documents: int
    versions: int
    unreadable: tuple[str, ...] = ()


class NamespaceContents:
    """Answers questions about namespaces; nothing is kept between two of them."""

    def __init__(self, db: AsyncConnection) -> None:
        self._db = db

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
        return await open_table(self._db, table_of(namespace)) is not None

    async def ids(self, namespace: str) -> set[str]:
        """Return the ids of a namespace's documents; empty if it is unknown."""
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            return set()
        found: set[str] = set()
        documents = _where(table, only_documents(await table.schema()))
        async for batch in await documents.select(["id"]).to_batches():
            found.update(batch.column("id").to_pylist())
        return found

    async def where(self, namespace: str, filter: Mapping[str, Any]) -> list[Entry]:
        """Return the documents that a filter takes.

        Of a program's own, not of a caller's: a field that no document has, or has in another
        type, takes none.
        """
        table = await open_table(self._db, table_of(namespace))
        if table is None:
            return []
        schema = await table.schema()
        taken = compile_filter(parse(filter), schema.names)
        documents = _where(table, both(only_documents(schema), taken))
        rows = await documents.select(ENTRY_COLUMNS).to_list()
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
                    documents += await count_documents(table)
                    versions += await version_of(table)
            # Whatever is wrong with one, the others can be counted.
            except Exception:
                unreadable.append(name)
        return IndexSize(len(names), documents, versions, tuple(unreadable))


def _where(table: AsyncTable, taken: Expr | None) -> AsyncQuery:
    query = table.query()
    return query if taken is None else query.where(taken)

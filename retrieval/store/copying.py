"""Comparing two indexes document by document, and reading what one of them lacks.

Two documents are the same when all that was given is: text, picture, metadata, source, times.
Vectors are left out, since they are what another model makes anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lancedb import AsyncConnection
from lancedb.expr import col

from retrieval.documents import Document
from retrieval.store.connection import open_table, table_names
from retrieval.store.rows import DOCUMENT_COLUMNS, to_document
from retrieval.store.schema import (
    SECTIONS,
    both,
    incarnation_of,
    namespace_of,
    only_documents,
    settings_stored,
    table_of,
)

FileContents = Mapping[str, bytes]
"""Document id to a digest of what was given for it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What must be done to the second index for it to hold what the first holds."""

    copy: Sequence[str]
    """Ids that it lacks or holds otherwise, sorted."""
    delete: Sequence[str]
    """Ids that only it holds, sorted."""

    @property
    def size(self) -> int:
        """How many documents differ."""
        return len(self.copy) + len(self.delete)


def difference(first: FileContents, second: FileContents) -> Difference:
    """Return how the second index differs from the first."""
    copy = sorted(id for id, digest in first.items() if second.get(id) != digest)
    return Difference(copy, sorted(set(second) - set(first)))


async def namespaces_of(db: AsyncConnection) -> list[str]:
    """Return the namespaces of an index, sorted."""
    return [ns for name in await table_names(db) if (ns := namespace_of(name)) is not None]


async def state_of(db: AsyncConnection, namespace: str) -> tuple[str, int]:
    """Return which namespace of its name it is and its latest version; 0 if it is unknown."""
    table = await open_table(db, table_of(namespace))
    if table is None:
        return "", 0
    return incarnation_of(await table.schema()), await table.version()


async def settings_in(db: AsyncConnection, namespace: str) -> str | None:
    """Return a namespace's settings as they are stored; None where there is no such namespace."""
    table = await open_table(db, table_of(namespace))
    return None if table is None else settings_stored(await table.schema())


async def contents(db: AsyncConnection, namespace: str) -> dict[str, bytes]:
    """Return the digests of a namespace's documents at its latest version; empty if unknown."""
    table = await open_table(db, table_of(namespace))
    if table is None:
        return {}
    found: dict[str, bytes] = {}
    schema = await table.schema()
    query = table.query()
    documents = only_documents(schema)
    if documents is not None:
        query = query.where(documents)
    columns = ["id", "text", "entry", "picture", *({SECTIONS} & set(schema.names))]
    async for batch in await query.select(columns).to_batches():
        for row in batch.to_pylist():
            parts = (row["text"], row["entry"], row["picture"], row.get(SECTIONS))
            found[row["id"]] = _digest(*parts)
    return found


async def read_documents(db: AsyncConnection, namespace: str, ids: Sequence[str]) -> list[Document]:
    """Return documents by id, pictures and vectors included; unknown ones are left out."""
    table = await open_table(db, table_of(namespace))
    if table is None:
        return []
    schema = await table.schema()
    wanted = both(col("id").isin(list(ids)), only_documents(schema))
    assert wanted is not None
    columns = [column for column in DOCUMENT_COLUMNS if column in schema.names]
    query = table.query().where(wanted).select(columns)
    return [to_document(row) for row in (await query.to_arrow()).to_pylist()]


def _digest(text: str | None, entry: str, picture: bytes | None, sections: str | None) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    texts = [None if part is None else part.encode() for part in (text, entry, sections)]
    for part in (*texts, picture):
        # Length first, so that no part can pass for two; a missing one is not an empty one.
        digest.update(b"-" if part is None else len(part).to_bytes(8, "big") + part)
    return digest.digest()

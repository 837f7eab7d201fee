"""Bringing an index that an older release wrote to the current schema.

Migrations are ordered; each takes the index from one version to the next, and the
version is recorded after each, so that a crash repeats at most one. Each must
therefore be safe to repeat.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np
import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.documents import Document
from retrieval.errors import IncompatibleIndex
from retrieval.store import indices
from retrieval.store.comparable_times import make_times_comparable
from retrieval.store.connection import open_table, table_names
from retrieval.store.rows import columns_needed, to_table
from retrieval.store.schema import (
    IMAGE_VECTOR,
    PART,
    PART_FIELDS,
    SCHEMA_VERSION,
    TEXT_VECTOR,
    VECTOR_COLUMNS,
    WORDS,
    document_schema,
    field_of,
    incarnation_metadata,
    incarnation_of,
    namespace_of,
    new_incarnation,
    words_column,
)
from retrieval.store.settings_table import SCHEMA_VERSION_KEY, read_settings, write_settings

BATCH_ROWS = 1000

_COLUMNS = ["id", "text", "metadata", "picture", "picture_mime", "source", "created_at"]
_COLUMNS += VECTOR_COLUMNS
"""What a document of version 0 or 1 is rebuilt from."""

Migration = Callable[[AsyncConnection], Awaitable[str]]
"""Returns what it did, in words."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """An index that an older release wrote and this one brought up."""

    before: int
    after: int
    steps: tuple[str, ...]
    """What was done, in words."""

    def __str__(self) -> str:
        return f"schema version {self.before} to {self.after}: {'; '.join(self.steps)}"


async def recorded_version(db: AsyncConnection) -> int | None:
    """Return the schema version of an index, None if the folder holds no index.

    An index without a recorded version was written before versions were recorded: 0.
    """
    settings = await read_settings(db)
    if SCHEMA_VERSION_KEY in settings:
        return _number(settings[SCHEMA_VERSION_KEY])
    has_namespaces = any(namespace_of(name) for name in await table_names(db))
    return 0 if has_namespaces else None


def _number(recorded: str) -> int:
    try:
        return int(recorded)
    except ValueError:
        raise _unknown(recorded) from None


def check_readable(version: int | None) -> None:
    """Refuse an index of a schema that this release does not know.

    Raises:
        IncompatibleIndex: A newer release wrote it.
    """
    if version is not None and version > SCHEMA_VERSION:
        raise _unknown(version)


def _unknown(version: object) -> IncompatibleIndex:
    return IncompatibleIndex(
        f"the index has schema version {version}, this release knows up to {SCHEMA_VERSION}; "
        "run the newer release, restore a backup of before the upgrade, or index the documents "
        "again into another folder",
        SCHEMA_VERSION_KEY,
    )


def check_current(version: int | None) -> None:
    """Refuse an index that a reader cannot use as it is.

    Raises:
        IncompatibleIndex: A newer release wrote it, or an older one and no writer
            of this release has opened it yet.
    """
    check_readable(version)
    if version is not None and version < SCHEMA_VERSION:
        raise IncompatibleIndex(
            f"the index has schema version {version}, this release reads {SCHEMA_VERSION}; "
            "the writer migrates it when it opens it, try again after that",
            SCHEMA_VERSION_KEY,
        )


async def migrate(db: AsyncConnection) -> Migrated | None:
    """Bring the index to the current schema; return what was done, None if nothing was.

    Raises:
        IncompatibleIndex: A newer release wrote it; nothing was changed.
    """
    version = await recorded_version(db)
    check_readable(version)
    if version is None:
        await write_settings(db, {SCHEMA_VERSION_KEY: str(SCHEMA_VERSION)})
        return None
    steps: list[str] = []
    for target in range(version + 1, SCHEMA_VERSION + 1):
        steps.append(await MIGRATIONS[target](db))
        await write_settings(db, {SCHEMA_VERSION_KEY: str(target)})
    return Migrated(version, SCHEMA_VERSION, tuple(steps)) if steps else None


async def _derive_columns(db: AsyncConnection) -> str:
    """0 to 1: add the columns that keyword search and filters need.

    1 to 2: pack what a search shows into one column. Both rewrite all rows, so one
    step leads from either to the current schema.
    """
    rewritten = 0
    async for name, table in _namespaces(db):
        if "entry" not in (await table.schema()).names:
            await _rewrite(db, name, table)
            rewritten += 1
    return f"columns derived anew in {rewritten} namespaces"


async def _tell_namespaces_apart(db: AsyncConnection) -> str:
    """2 to 3: give each namespace what tells it from others of its name.

    Readers and bulk jobs go by it; a release that does not know it would make namespaces
    that have none, and so must not write here.
    """
    return await _in_each(db, tell_apart, "namespaces can be told from later ones of their names")


async def _analyse_anew(db: AsyncConnection) -> str:
    """3 to 4: words are analysed by this program, no longer by Lance.

    All rows are read and written for that, so upkeep does it beside everything else; a release
    that does not know the new column would write rows without it, and so must not write here.
    """
    older = 0
    for name in await table_names(db):
        # One that cannot be read must not keep the writer of all others from starting.
        with suppress(Exception):
            table = None if namespace_of(name) is None else await open_table(db, name)
            older += table is not None and words_column(await table.schema()) != WORDS
    return f"{older} namespaces will have their words analysed anew, and are searched as before"


async def _make_room_for_passages(db: AsyncConnection) -> str:
    """4 to 5: columns for passages of long texts; the documents that are there have none.

    A release that does not know them would take passages for documents.
    """
    return await _in_each(
        db, make_room_for_passages, "namespaces have room for the passages of long texts"
    )


async def _make_times_comparable(db: AsyncConnection) -> str:
    """5 to 6: columns for the times among strings of metadata, filled from what is there.

    A release that does not know them would write rows whose times are found by no comparison.
    """
    return await _in_each(
        db, make_times_comparable, "namespaces have their times of metadata compared as times"
    )


async def _in_each(
    db: AsyncConnection, change: Callable[[AsyncTable], Awaitable[bool]], said: str
) -> str:
    """Change each namespace; return how many were changed, and which could not be read."""
    changed, unreadable = 0, []
    for name in await table_names(db):
        try:
            table = None if namespace_of(name) is None else await open_table(db, name)
            changed += table is not None and await change(table)
        # One that cannot be read must not keep the writer of all others from starting.
        except Exception as error:
            unreadable.append(f"{name}: {str(error)[:200]}")
    return "; ".join([f"{changed} {said}", *(f"left out {problem}" for problem in unreadable)])


async def make_room_for_passages(table: AsyncTable) -> bool:
    """Add the columns of ``parts`` where they are missing; say whether some were."""
    missing = [field for field in PART_FIELDS if field.name not in (await table.schema()).names]
    rest = [field for field in missing if field.name != PART]
    if rest:
        await table.add_columns(pa.schema(rest))
    # Last, since it says that all are there: each row is a document.
    if len(missing) > len(rest):
        await table.add_columns({PART: "cast(0 as int)"})
    return bool(missing)


async def tell_apart(table: AsyncTable) -> bool:
    """Give a namespace its identity where it has none; say whether it had none."""
    if incarnation_of(await table.schema()):
        return False
    metadata = incarnation_metadata(new_incarnation())
    await table.update_field_metadata({"path": "id", "metadata": metadata})
    return True


async def _namespaces(db: AsyncConnection) -> AsyncIterator[tuple[str, AsyncTable]]:
    for name in await table_names(db):
        if namespace_of(name) is None:
            continue
        table = await open_table(db, name)
        # Of one that was being dropped as its writer was killed a folder may be left.
        if table is not None:
            yield name, table


async def _rewrite(db: AsyncConnection, name: str, table: AsyncTable) -> None:
    """Replace a table by one with derived columns, in one commit."""
    old = await table.schema()
    sizes = [old.field(column).type.list_size for column in VECTOR_COLUMNS]
    schema = document_schema(*sizes)
    typed: set[str] = set()
    async for batch in _batches(table):
        typed |= columns_needed([_document(row) for row in batch.to_pylist()])
    for column in sorted(typed):
        schema = schema.append(field_of(column))
    rows = [to_table([_document(r) for r in b.to_pylist()], schema) async for b in _batches(table)]
    data = pa.concat_tables(rows) if rows else schema.empty_table()
    new = await db.create_table(name, data, mode="overwrite", on_bad_vectors="null")
    await indices.index_text(new)


async def _batches(table: AsyncTable) -> AsyncIterator[pa.RecordBatch]:
    query = table.query().select(_COLUMNS)
    async for batch in await query.to_batches(max_batch_length=BATCH_ROWS):
        yield batch


def _document(row: Mapping[str, Any]) -> Document:
    """Return the document that a row of version 0 or 1 holds."""
    text, image = (
        None if row[column] is None else np.asarray(row[column], np.float32)
        for column in (TEXT_VECTOR, IMAGE_VECTOR)
    )
    return Document(
        id=row["id"],
        text=row["text"],
        picture=row["picture"],
        picture_mime=row["picture_mime"],
        metadata=json.loads(row["metadata"]),
        source=row["source"],
        created_at=row["created_at"].astimezone(UTC),
        text_vector=text,
        image_vector=image,
    )


MIGRATIONS: dict[int, Migration] = {
    1: _derive_columns,
    2: _derive_columns,
    3: _tell_namespaces_apart,
    4: _analyse_anew,
    5: _make_room_for_passages,
    6: _make_times_comparable,
}
"""Target version to the step that leads to it from the version before."""

"""The table of a namespace: its columns, and the name it goes by."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa
from lancedb.expr import Expr, col, lit
from lancedb.table import AsyncTable

from retrieval.filtering.fields import BOOLEAN, LIST, NUMBER, STRING, TIME

SCHEMA_VERSION = 6
"""Raise it together with a new entry in ``migrations``."""

SETTINGS_TABLE = "_brainwav"
SETTINGS_SCHEMA = pa.schema(
    [pa.field("key", pa.utf8(), nullable=False), pa.field("value", pa.utf8(), nullable=False)]
)
SETTINGS_KEY = "key"

TEXT_VECTOR: Final = "text_vector"
IMAGE_VECTOR: Final = "image_vector"
VECTOR_COLUMNS = (TEXT_VECTOR, IMAGE_VECTOR)

WORDS: Final = "words"
OLDER_WORDS: Final = "terms"
"""What words were searched in up to version 3: as they were written, cut up by Lance."""

PART: Final = "part"
"""0 for a document, from 1 on for its further passages: rows of the same id, with a vector each."""
PASSAGE: Final = "passage"
"""Where in a text the row's vector was made, see ``parts``; null where of all of it."""
SECTIONS: Final = "sections"

SAMPLE_KEY = "draw"
"""The column with a hash of the id; its name is older than the word and stays in the index."""
_PREFIX = "ns."
_FENCE = "w_"
_INCARNATION = b"namespace_id"
_VERSIONS_BEFORE = b"versions_before"
_READY = "ready_at"
_HAS_PARTS = "has_parts"
_HAS_TIMES = "has_times"
_SETTINGS = "settings"

WORDS_FIELD = pa.field(WORDS, pa.utf8())
"""Null only in a namespace whose texts are being analysed anew."""

PART_FIELDS = (
    pa.field(PART, pa.int32(), nullable=False),
    pa.field(PASSAGE, pa.utf8()),
    pa.field(SECTIONS, pa.utf8()),
)

KIND_TYPES: dict[str, pa.DataType] = {
    NUMBER: pa.float64(),
    STRING: pa.utf8(),
    BOOLEAN: pa.bool_(),
    LIST: pa.utf8(),
    TIME: pa.timestamp("us", tz="UTC"),
}


def table_of(namespace: str) -> str:
    """Return the table that holds a namespace."""
    return _PREFIX + namespace


def namespace_of(table: str) -> str | None:
    """Return the namespace that a table holds, or None for any other table."""
    return table.removeprefix(_PREFIX) if table.startswith(_PREFIX) else None


def fence_column(epoch: int, token: str) -> str:
    """Return the empty column that a table bears while one writer writes it; see ``fence``."""
    return f"{_FENCE}{epoch}_{token}"


def is_fence(column: str) -> bool:
    """Say whether a column names a writer."""
    return column.startswith(_FENCE)


def new_incarnation() -> str:
    """Return what tells a namespace from one of the same name that was dropped."""
    return uuid.uuid4().hex


def incarnation_of(schema: pa.Schema) -> str:
    """Return which of the namespaces that went by its name a table is; empty if it is older.

    Name and version do not tell: files that were removed by hand and made again count from 1.
    """
    return ((schema.field("id").metadata or {}).get(_INCARNATION) or b"").decode()


def incarnation_metadata(incarnation: str) -> dict[str, str]:
    """Return the metadata of the field ``id`` that ``incarnation_of`` reads."""
    return {_INCARNATION.decode(): incarnation}


def versions_before(schema: pa.Schema) -> int:
    """Return how many versions there were of namespaces that went by the name before.

    They are added to the table's own, so that the versions of a name never go back.
    """
    return int((schema.field("id").metadata or {}).get(_VERSIONS_BEFORE) or 0)


def words_ready_at(schema: pa.Schema) -> datetime | None:
    """Return when the words of a namespace of an older release were analysed anew; None before."""
    at = schema.get_field_index(WORDS)
    ready = None if at < 0 else (schema.field(at).metadata or {}).get(_READY.encode())
    return None if ready is None else datetime.fromisoformat(ready.decode())


def ready_metadata(now: datetime) -> dict[str, str]:
    """Return the metadata of the field ``words`` that ``words_ready_at`` reads."""
    return {_READY: now.isoformat()}


def words_column(schema: pa.Schema) -> str:
    """Return the column that words are searched in: the older one until the newer is ready."""
    is_older = OLDER_WORDS in schema.names and words_ready_at(schema) is None
    return OLDER_WORDS if is_older else WORDS


def has_parts(schema: pa.Schema) -> bool:
    """Say whether a namespace may hold passages in rows of their own.

    Where none does, rows are documents, and nothing costs more than it did before.
    """
    at = schema.get_field_index(PART)
    return at >= 0 and _HAS_PARTS.encode() in (schema.field(at).metadata or {})


def parts_metadata() -> dict[str, str]:
    """Return the metadata of the field ``part`` that ``has_parts`` reads."""
    return {_HAS_PARTS: "1"}


def has_times(schema: pa.Schema) -> bool:
    """Say whether strings that are times have their columns; of an older release they have none."""
    return _HAS_TIMES.encode() in (schema.field("fields").metadata or {})


def times_metadata() -> dict[str, str]:
    """Return the metadata of the field ``fields`` that ``has_times`` reads."""
    return {_HAS_TIMES: "1"}


def settings_stored(schema: pa.Schema) -> str:
    """Return a namespace's settings as they are stored, empty where it has none."""
    return ((schema.field("entry").metadata or {}).get(_SETTINGS.encode()) or b"").decode()


def settings_metadata(stored: str) -> dict[str, str]:
    """Return the metadata of the field ``entry`` that ``settings_stored`` reads.

    There, and in no table of their own: they have the version of what is searched by them, they
    are copied and dropped with it, and whoever reads its columns has them.
    """
    return {_SETTINGS: stored}


def only_documents(schema: pa.Schema) -> Expr | None:
    """Return what is true of documents and of no further passage; None where there are none."""
    return (col(PART) == lit(0)) if has_parts(schema) else None


async def count_documents(table: AsyncTable) -> int:
    """Return how many documents a table holds."""
    documents = only_documents(await table.schema())
    return await table.count_rows(None if documents is None else documents.to_sql())


def both(first: Expr | None, second: Expr | None) -> Expr | None:
    """Return what is true where both are; None takes all rows."""
    if first is None or second is None:
        return first if second is None else second
    return first & second


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of one namespace: what readers keep is kept under it.

    ``version`` is the one that callers know; it goes on counting when a name is used again.
    """

    incarnation: str
    version: int


async def edition_of(table: AsyncTable) -> tuple[Edition, pa.Schema]:
    """Return the edition and the columns that a handle is at."""
    schema = await table.schema()
    version = await table.version() + versions_before(schema)
    return Edition(incarnation_of(schema), version), schema


async def version_of(table: AsyncTable) -> int:
    """Return a namespace's version, counted over all tables that had its name."""
    return (await edition_of(table))[0].version


def document_schema(
    text_dimension: int,
    image_dimension: int,
    incarnation: str | None = None,
    versions_before: int = 0,
) -> pa.Schema:
    """Return the schema of an empty namespace; typed metadata columns join it later.

    ``words`` is the one column under the keyword leg: the terms of the text, of all
    metadata strings and of the id, as a catch-all field. One index is half the work of two,
    and BM25 over one field needs no guess about how to add the scores of several.
    ``entry`` is what a search shows beside id and text, see ``entries``; modality,
    source and creation time stand beside it as columns for filters to read.
    ``SAMPLE_KEY`` is a hash of the id: the rows with the smallest form the background
    sample, the same one in every replica.
    ``part`` tells a document from its further passages, see ``parts``.
    """
    named = None if incarnation is None else incarnation_metadata(incarnation)
    if named is not None and versions_before:
        named |= {_VERSIONS_BEFORE.decode(): str(versions_before)}
    return pa.schema(
        [
            pa.field("id", pa.utf8(), nullable=False, metadata=named),
            pa.field("text", pa.utf8()),
            WORDS_FIELD,
            pa.field("entry", pa.utf8(), nullable=False),
            pa.field("picture", pa.large_binary()),
            pa.field("modality", pa.utf8(), nullable=False),
            pa.field("source", pa.utf8(), nullable=False),
            pa.field("created_at", pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field("fields", pa.utf8(), nullable=False, metadata=times_metadata()),
            pa.field(SAMPLE_KEY, pa.int64(), nullable=False),
            pa.field(TEXT_VECTOR, pa.list_(pa.float32(), text_dimension)),
            pa.field(IMAGE_VECTOR, pa.list_(pa.float32(), image_dimension)),
            *PART_FIELDS,
        ]
    )


def field_of(column: str) -> pa.Field:
    """Return the schema field of a typed metadata column, such as ``n_price``."""
    return pa.field(column, KIND_TYPES[column[:2]])

"""Documents to Arrow rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from retrieval.documents import Document, Json, Vector
from retrieval.filtering.fields import join_tokens, numbers_in, strings_in, typed_columns
from retrieval.store.entries import packed, to_entry
from retrieval.store.parts import further, own_columns, part_rows, sections_in
from retrieval.store.schema import (
    IMAGE_VECTOR,
    OLDER_WORDS,
    SAMPLE_KEY,
    SECTIONS,
    TEXT_VECTOR,
    VECTOR_COLUMNS,
    WORDS,
)
from retrieval.words.terms import id_terms, index_terms

DRAW_BITS = 32

DOCUMENT_COLUMNS = [
    "id",
    "text",
    "entry",
    "picture",
    *VECTOR_COLUMNS,
    SECTIONS,
]
"""What a document is rebuilt from, but for its passages; the other columns are derived."""


def sample_key_of(document_id: str) -> int:
    """Return a number in 0..2**32 that looks random and depends on the id alone."""
    return int.from_bytes(blake2b(document_id.encode(), digest_size=DRAW_BITS // 8).digest(), "big")


def words_of(id: str, text: str | None, metadata: Mapping[str, Json]) -> str:
    """Return the terms that a document is found by, separated by spaces."""
    parts = [index_terms(text or "", *strings_in(metadata), *numbers_in(metadata)), id_terms(id)]
    return " ".join(part for part in parts if part)


def columns_needed(documents: Sequence[Document]) -> set[str]:
    """Return the typed columns that these documents' metadata fill."""
    return {column for document in documents for column in typed_columns(document.metadata)}


def to_table(documents: Sequence[Document], schema: pa.Schema) -> pa.Table:
    """Return documents as rows of ``schema``, which has every typed column they need.

    Analysing the words of long texts takes a while: not on an event loop.
    """
    rows = [row for document in documents for row in _rows(document)]
    arrays = [_column([row.get(field.name) for row in rows], field) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _rows(document: Document) -> list[dict[str, Any]]:
    typed = typed_columns(document.metadata)
    own = _row(document, typed)
    if not document.passages:
        return [own]
    filled = [column for column in _filled(document, typed) if column in typed]
    draws = [sample_key_of(f"{document.id}\x1f{at}") for at, _ in enumerate(further(document))]
    parts = part_rows(document, own, join_tokens([*filled, TEXT_VECTOR]), draws)
    return [own, *({**typed, **part} for part in parts)]


def _row(document: Document, typed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **typed,
        "id": document.id,
        "text": document.text,
        WORDS: words_of(document.id, document.text, document.metadata),
        OLDER_WORDS: "\n".join([document.text or "", *strings_in(document.metadata)]),
        "entry": packed(document),
        "picture": document.picture,
        "modality": document.modality,
        "source": document.source,
        "created_at": document.created_at.astimezone(UTC),
        "fields": join_tokens(_filled(document, typed)),
        SAMPLE_KEY: sample_key_of(document.id),
        TEXT_VECTOR: document.text_vector,
        IMAGE_VECTOR: document.image_vector,
        **own_columns(document),
    }


def _filled(document: Document, typed: Mapping[str, object]) -> list[str]:
    """Return the nullable columns that this document fills."""
    filled = [column for column, value in typed.items() if value is not None]
    nullable = ("text", *VECTOR_COLUMNS)
    return filled + [column for column in nullable if getattr(document, column) is not None]


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    if field.name in VECTOR_COLUMNS:
        return _vectors(values, field.type)
    return pa.array(values, field.type)


def _vectors(values: list[Vector | None], type_: pa.FixedSizeListType) -> pa.Array:
    """Return vectors as one Arrow array, without a Python object per number."""
    blank = np.zeros(type_.list_size, np.float32)
    flat = np.concatenate([blank if value is None else value for value in values] or [blank[:0]])
    missing = pa.array([value is None for value in values], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(
        pa.array(np.asarray(flat, np.float32)), type=type_, mask=missing
    )


def to_document(row: Mapping[str, Any]) -> Document:
    """Return the document that a row of ``DOCUMENT_COLUMNS`` holds."""
    entry = to_entry(row)
    return Document(
        id=entry.id,
        text=entry.text,
        picture=row["picture"],
        picture_mime=entry.picture_mime,
        metadata=entry.metadata,
        source=entry.source,
        created_at=entry.created_at,
        text_vector=_vector(row[TEXT_VECTOR]),
        image_vector=_vector(row[IMAGE_VECTOR]),
        sections=sections_in(row.get(SECTIONS)),
    )


def _vector(values: Sequence[float] | None) -> Vector | None:
    return None if values is None else np.asarray(values, np.float32)


def vectors_in(table: pa.Table, column: str) -> np.ndarray:
    """Return a column without nulls as an array of shape (n, d)."""
    chunked = table[column]
    size = chunked.type.list_size
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunked.chunks]
    return np.concatenate(parts or [np.empty(0, np.float32)]).reshape(-1, size)

"""What a search shows of a document, packed into one column.

A page of ten hits reads two columns instead of seven: each column of a table is
a read of its own, and half of a search's reading time went into five short ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from retrieval.documents import Document, Json, Modality, Source
from retrieval.filtering.fields import strings_in

ENTRY_COLUMNS = ["id", "text", "entry"]
"""The columns that ``to_entry`` reads."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it is listed: without picture and vectors."""

    id: str
    text: str | None
    modality: Modality
    source: Source
    metadata: dict[str, Json]
    created_at: datetime
    picture_mime: str | None


def packed(document: Document) -> str:
    """Return the ``entry`` column of a document: JSON without id and text."""
    # The standard library's: integers of any size come back as they were.
    return json.dumps(
        {
            "modality": document.modality,
            "source": document.source,
            "metadata": document.metadata,
            "created_at": document.created_at.astimezone(UTC).isoformat(),
            "picture_mime": document.picture_mime,
        },
        ensure_ascii=False,
    )


def to_entry(row: Mapping[str, Any]) -> Entry:
    """Return the entry that a row of ``ENTRY_COLUMNS`` holds."""
    parts = json.loads(row["entry"])
    created_at = datetime.fromisoformat(parts.pop("created_at"))
    return Entry(row["id"], row["text"], created_at=created_at, **parts)


def strings_of(entry: str) -> list[str]:
    """Return the strings in the metadata of an ``entry`` column; further passages have none."""
    return strings_in(json.loads(entry).get("metadata", {}))


def digest_of(document: Document) -> str:
    """Return what tells a stored document from any other that is written under its id."""
    digest = blake2b(digest_size=16)
    parts = (document.id, document.text or "", packed(document))
    for part in (*(part.encode() for part in parts), document.picture or b""):
        # Length first, so that no two parts can pass for others.
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()

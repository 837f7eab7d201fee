"""What a search shows of a document, packed into one column.

A page of ten hits reads two columns instead of seven: each column of a table is
a read of its own, and half of a search's reading time went into five short ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from retrieval.documents import Document, Json, Modality, Source

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

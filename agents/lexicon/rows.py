"""Rows of a vocabulary that pass a filter, decided as the store decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agents.lexicon.vocabulary import Vocabulary
from retrieval.documents import Json
from retrieval.filtering.parse import parse
from retrieval.filtering.python import matches

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Row:
    """As much of a document as a filter over metadata looks at."""

    id: str
    metadata: Mapping[str, Json]
    modality: str = "TEXT"
    source: str = "LTM"
    text: str | None = None
    created_at: datetime = _NEVER


def rows_where(
    vocabulary: Vocabulary, wanted: Mapping[str, Any] | None
) -> dict[str, Mapping[str, Json]]:
    """Return the rows that pass a filter over ids and metadata, by id and in their order."""
    if wanted is None:
        return dict(vocabulary.rows)
    node = parse(dict(wanted))
    return {
        id: row
        for id, row in vocabulary.rows.items()
        if matches(node, _Row(id, row))  # pyright: ignore[reportArgumentType]
    }

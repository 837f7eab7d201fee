"""A document out of its rows with all that was made of it, fit to be written again as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from lancedb.expr import col, lit
from lancedb.table import AsyncTable

from retrieval.documents import Document, Passage
from retrieval.store.parts import place_in
from retrieval.store.rows import DOCUMENT_COLUMNS, to_document
from retrieval.store.schema import PART, PASSAGE, TEXT_VECTOR


async def stored_document(table: AsyncTable, id: str, made_by: str) -> Document | None:
    """Return a document of a table, None if it is not there.

    Passages that no model could read are left out: no row holds them.

    Args:
        made_by: Tag of the models behind the index.
    """
    names = (await table.schema()).names
    wanted = [name for name in (*DOCUMENT_COLUMNS, PART, PASSAGE) if name in names]
    rows = await table.query().where(col("id") == lit(id)).select(wanted).to_list()
    rows.sort(key=lambda row: row.get(PART, 0))
    if not rows:
        return None
    return replace(to_document(rows[0]), made_by=made_by, passages=_passages(rows))


def _passages(rows: Sequence[Mapping[str, Any]]) -> tuple[Passage, ...]:
    found: list[Passage] = []
    for row in rows:
        place = place_in(row.get(PASSAGE), None)
        if place is not None and row[TEXT_VECTOR] is not None:
            vector = np.asarray(row[TEXT_VECTOR], np.float32)
            found.append(Passage(place.start, place.end, vector))
    return tuple(found)

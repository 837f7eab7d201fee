"""What a namespace's settings put first for a query, before everything that was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr, col

from retrieval.search.fusion import Scored, places_of
from retrieval.search.ranking import Ranking
from retrieval.search.request import SearchWarning
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.schema import both, only_documents


async def pinned_first(
    ranking: Ranking, work: SearchContext, schema: pa.Schema
) -> tuple[Ranking, list[SearchWarning]]:
    """Return the ranking behind what is pinned, and which pinned documents are not there.

    A pinned document that the filter does not take is not shown. One that was not found has no
    score, and stands there all the same.
    """
    ids = work.applied.pinned
    if not ids:
        return ranking, []
    documents = both(only_documents(schema), col("id").isin(list(ids)))
    there = await _rows(work, documents)
    shown = there if work.where is None else await _rows(work, both(documents, work.where))
    rows = np.array([shown[id] for id in ids if id in shown], np.int64)
    order = ranking.order
    at = places_of(order.ids, rows)
    scores = np.zeros(len(rows))
    if len(order):
        scores = np.where(at >= 0, order.scores[at], 0.0)
    rest = order[~np.isin(order.ids, rows)]
    first = Scored(np.concatenate([rows, rest.ids]), np.concatenate([scores, rest.scores]))
    return replace(ranking, order=first, pinned=rows), _told([id for id in ids if id not in there])


async def _rows(work: SearchContext, where: Expr | None) -> dict[str, int]:
    query = work.table.query() if where is None else work.table.query().where(where)
    found = await query.select(["id"]).with_row_id().to_arrow()
    return dict(zip(found["id"].to_pylist(), found["_rowid"].to_pylist(), strict=True))


def _told(gone: Sequence[str]) -> list[SearchWarning]:
    if not gone:
        return []
    names = ", ".join(repr(id) for id in gone)
    message = f"pinned for this query and not there: {names:.500}"
    return [SearchWarning("pinned_not_found", message, "query")]

"""The ways of searching one snapshot: by words, by text vectors, by picture vectors.

Each fetches row ids and scores only; texts and pictures are read for the final page.
"""

from __future__ import annotations

import numpy as np
from lancedb.expr import Expr
from lancedb.query import AsyncStandardQuery, MatchQuery
from lancedb.table import AsyncTable

from retrieval.documents import Vector
from retrieval.search.ranking import LegHits
from retrieval.search.request import CANDIDATES
from retrieval.store.indices import DISTANCE, TEXT_COLUMN


async def keyword_leg(
    table: AsyncTable, words: str, where: Expr | None, with_times: bool
) -> LegHits:
    """Return the best documents by BM25; none if ``words`` holds only stop words or signs.

    A ``MatchQuery`` has no syntax: quotes, AND and brackets are words or nothing.
    """
    if not words.strip():
        nothing = np.empty(0)
        return LegHits(np.empty(0, np.int64), nothing, nothing, np.empty(0, "datetime64[us]"))
    query = table.query().nearest_to_text(MatchQuery(words, TEXT_COLUMN))  # pyright: ignore[reportCallIssue]
    return await _run(query, where, with_times, "_score")


async def vector_leg(
    table: AsyncTable, column: str, vector: Vector, where: Expr | None, with_times: bool
) -> LegHits:
    """Return the documents nearest by cosine; rows without a vector are never among them.

    HNSW's ef, how many neighbours the walk keeps in sight, is the depth itself: its
    errors sit at the far end, and recall of the first ten stays above .99. The graph's own
    distances are of vectors in eight bits. Those found are therefore measured again by the vectors
    as they are stored (refined, by a factor of one), so that their order and cosines are exact.
    """
    query = table.query().nearest_to(vector).column(column).distance_type(DISTANCE)
    return await _run(query.ef(CANDIDATES).refine_factor(1), where, with_times, "_distance")


async def _run(
    query: AsyncStandardQuery, where: Expr | None, with_times: bool, measure: str
) -> LegHits:
    if where is not None:
        query = query.where(where)
    columns = [measure, *(["created_at"] if with_times else [])]
    found = await query.limit(CANDIDATES).select(columns).with_row_id().to_arrow()
    scores = found[measure].to_numpy().astype(np.float64)
    if measure == "_distance":
        scores = 1.0 - scores
    times = found["created_at"].to_numpy() if with_times else np.empty(0, "datetime64[us]")
    return LegHits(found["_rowid"].to_numpy().astype(np.int64), scores, scores, times)

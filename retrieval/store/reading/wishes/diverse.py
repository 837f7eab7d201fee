"""A search's list with what is unlike first, where that is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pyarrow as pa

from retrieval.documents import Vectors
from retrieval.search.diversity import DEEP, likeness_of, marginal_order
from retrieval.search.fusion import Ids, places_of
from retrieval.search.ranking import Ranking
from retrieval.search.request import SearchWarning
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.schema import VECTOR_COLUMNS


async def diverse(
    ranking: Ranking, diversity: float, work: SearchContext
) -> tuple[Ranking, list[SearchWarning]]:
    """Return the ranking with its best in another order, and what could not be compared.

    The vectors come from the table, one read for all: those of a page's candidates.
    """
    first = ranking.order[:DEEP]
    if len(first) < 2:
        return ranking, []
    query = work.table.take_row_ids(first.ids.tolist()).select(list(VECTOR_COLUMNS))
    found = await query.with_row_id().to_arrow()

    def ordered() -> tuple[Ids, int]:
        spaces = [_vectors(found, column, first.ids) for column in VECTOR_COLUMNS]
        known = np.unique(np.concatenate([at for at, _ in spaces]))
        likeness = likeness_of(spaces, len(first))
        return marginal_order(first.scores, likeness, diversity), len(first) - len(known)

    order, unknown = await asyncio.to_thread(ordered)
    ids = np.concatenate([first.ids[order], ranking.order.ids[DEEP:]])
    scores = np.concatenate([first.scores[order], ranking.order.scores[DEEP:]])
    moved = replace(ranking.order, ids=ids, scores=scores)
    return replace(ranking, order=moved), _told(unknown)


def _vectors(found: pa.Table, column: str, ids: Ids) -> tuple[Ids, Vectors]:
    """Return the hits that have a vector in a column, by their place in the list, and the vectors.

    Of a long text it is that of its first passage.
    """
    there = found.filter(found[column].is_valid())
    rows = there["_rowid"].to_numpy()
    flat = there[column].combine_chunks()
    if not len(rows):
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    values = flat.flatten().to_numpy(zero_copy_only=False)
    return places_of(ids, rows), values.reshape(len(rows), -1).astype(np.float32)


def _told(unknown: int) -> list[SearchWarning]:
    if not unknown:
        return []
    message = f"{unknown} results have no vector: they count as unlike all others"
    return [SearchWarning("diversity_in_part", message, "diversity")]

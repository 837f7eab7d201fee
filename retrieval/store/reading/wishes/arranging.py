"""The list that pages are cut from: ranked by score, cut by it, and sorted where that is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pyarrow as pa

from retrieval.search.fusion import Ids, Scored
from retrieval.search.order import ROW, SortKey, columns_of, in_order
from retrieval.search.ranking import LegResults, Ranking, rank
from retrieval.search.relevance import relevance_of
from retrieval.search.request import SearchRequest, SearchWarning
from retrieval.store.reading.columns import columns_of_rows, columns_taken
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.reading.wishes.diverse import diverse
from retrieval.store.reading.wishes.pinning import pinned_first

ALIKE = 1.0
"""The score of a document that a filter alone found."""
NOTHING = Scored(np.empty(0, np.int64), np.empty(0))
BY_ID = (SortKey("id"),)


async def arranged(
    request: SearchRequest,
    found: LegResults,
    now: np.datetime64 | None,
    work: SearchContext,
    schema: pa.Schema,
) -> tuple[Ranking, list[SearchWarning]]:
    """Return everything that was found in the order asked for, and what is said of the order.

    Raises:
        UnknownFilterField: It is to be sorted by a field that no document ever had.
        TypeMismatch: A field to sort by holds several types, or lists.
    """
    columns = [
        column
        for key in request.sort
        for column in columns_of(key.field, f"{key.where}.field", schema.names)
    ]
    if request.mode == "filter":
        documents = await columns_taken(work, schema, columns)
        ids, said = await _sorted(documents, request.sort or BY_ID)
        return Ranking(Scored(ids, np.full(len(ids), ALIKE)), NOTHING, NOTHING), said
    ranking = rank(request, found, now)
    if request.min_score is not None:
        kept = ranking.order.scores >= request.min_score
        ranking = replace(ranking, order=ranking.order[kept])
    if request.min_relevance is not None:
        less = relevance_of(ranking.order.ids, ranking) < request.min_relevance
        ranking = replace(ranking, order=ranking.order[~less])
    if request.sort:
        return await _by_fields(request, ranking, columns, work)
    said: list[SearchWarning] = []
    if request.diversity:
        ranking, said = await diverse(ranking, request.diversity, work)
    ranking, of_pins = await pinned_first(ranking, work, schema)
    return ranking, said + of_pins


async def _by_fields(
    request: SearchRequest, ranking: Ranking, columns: list[str], work: SearchContext
) -> tuple[Ranking, list[SearchWarning]]:
    if not len(ranking.order):
        return ranking, []
    documents = await columns_of_rows(work, ranking.order.ids, columns)
    ids, said = await _sorted(documents, request.sort)
    return replace(ranking, order=_reordered(ranking.order, ids)), said


async def _sorted(
    documents: pa.Table, keys: tuple[SortKey, ...]
) -> tuple[Ids, list[SearchWarning]]:
    ordered, said = await asyncio.to_thread(in_order, documents, keys)
    warnings = [SearchWarning("mixed_types", message, where) for where, message in said]
    return ordered[ROW].to_numpy().astype(np.int64), warnings


def _reordered(order: Scored, ids: Ids) -> Scored:
    by_id = np.argsort(order.ids)
    return order[by_id[np.searchsorted(order.ids, ids, sorter=by_id)]]

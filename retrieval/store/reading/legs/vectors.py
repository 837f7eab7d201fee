"""The legs by vectors, one for each vector column: nearest by cosine, calibrated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
from lancedb.table import AsyncTable

from retrieval.documents import Vector, check_vector
from retrieval.photograph_mark import are_photographs
from retrieval.search.calibration import calibrate
from retrieval.search.fusion import Ids
from retrieval.search.kinds import Kinds, are_mixed, calibrate_by_kind
from retrieval.search.ranking import LegHits, Side
from retrieval.search.recency import Times
from retrieval.search.request import CANDIDATES, SearchRequest
from retrieval.store.indices import DISTANCE
from retrieval.store.reading.background_sample import BackgroundSample
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.reading.legs.keyword import best, keyword_hits, words_of
from retrieval.store.reading.legs.leg import Search, SearchContext, rows
from retrieval.store.reading.legs.passages import passage_hits
from retrieval.store.rows import vectors_in
from retrieval.store.schema import IMAGE_VECTOR, TEXT_VECTOR

WORDS_OF_A_VECTOR = 4
"""Finding by a vector in memory takes about as long as by so many words."""


@dataclass(frozen=True, slots=True)
class VectorLeg:
    """Finds by one vector column, whose name it has."""

    name: str
    query: Callable[[SearchRequest], Vector | None]
    side: Side = "semantic"

    def search(self, request: SearchRequest, schema: pa.Schema) -> Search | None:
        """Return the search for the request's vector, which is checked in every mode."""
        given = self.query(request)
        if given is None:
            return None
        vector = check_vector(given, schema.field(self.name).type.list_size, self.name)
        if request.mode == "keyword":
            return None
        return partial(_hits, self.name, vector, _words_that_count(request), _columns(request))


TEXT = VectorLeg(TEXT_VECTOR, lambda request: request.text_query_vector)
IMAGE = VectorLeg(IMAGE_VECTOR, lambda request: request.image_query_vector)


def _columns(request: SearchRequest) -> list[str]:
    return [leg.name for leg in (TEXT, IMAGE) if leg.query(request) is not None]


def _words_that_count(request: SearchRequest) -> str | None:
    """Return the words whose best hits get exact cosines, None where scores are not added."""
    return words_of(request) if request.fusion.method == "weighted" else None


async def _hits(
    column: str, query: Vector, words: str | None, columns: list[str], work: SearchContext
) -> LegHits:
    if work.held is not None:
        leg, sample = await _in_memory(column, query, words, work.held, work)
    elif column == TEXT_VECTOR and work.has_parts:
        leg, sample = await passage_hits(query, words, work)
    else:
        leg, sample = await _in_table(column, query, words, columns, work)
    leg = replace(leg, population=sample.population)
    if work.marks_photographs and column == IMAGE_VECTOR and are_mixed(sample.vectors):
        by_kind = calibrate_by_kind(query, sample.vectors, sample.population)
        scores = by_kind.score(leg.raw, await _kinds(leg.row_ids, work))
        return replace(leg, calibrated=scores, floor=by_kind.floor)
    calibration = calibrate(query, sample.vectors, sample.population)
    return replace(leg, calibrated=calibration.score(leg.raw), floor=calibration.floor)


async def _kinds(row_ids: Ids, work: SearchContext) -> Kinds:
    """Return which rows are photographs."""
    if work.held is not None:
        return are_photographs(work.held.vectors_at(IMAGE_VECTOR, row_ids))
    found = work.table.take_row_ids(row_ids.tolist()).select([IMAGE_VECTOR]).with_row_id()
    read = await found.to_arrow()
    known = read["_rowid"].to_numpy().astype(np.int64)
    order = np.argsort(known)
    at = order[np.searchsorted(known, row_ids, sorter=order)]
    return are_photographs(vectors_in(read, IMAGE_VECTOR))[at]


async def _in_memory(
    column: str, query: Vector, words: str | None, held: HeldNamespace, work: SearchContext
) -> tuple[LegHits, BackgroundSample]:
    also = await _best_rows(words, work)
    start_s = time.perf_counter()
    leg = await work.at_once_or_beside(
        WORDS_OF_A_VECTOR, held.by_vector, column, query, also, work.passing, work.timed
    )
    work.took_s[column] = time.perf_counter() - start_s
    return leg, await work.sample(column)


async def _best_rows(words: str | None, work: SearchContext) -> Ids:
    if words is None:
        return np.empty(0, np.int64)
    return best(await keyword_hits(words, work))


async def _in_table(
    column: str, query: Vector, words: str | None, columns: list[str], work: SearchContext
) -> tuple[LegHits, BackgroundSample]:
    (keyword, stored), nearest, sample = await asyncio.gather(
        _stored(words, columns, work),
        work.clocked(column, _nearest(work.table, column, query, work)),
        work.sample(column),
    )
    return _with_exact(nearest, keyword, stored, column, query), sample


async def _nearest(table: AsyncTable, column: str, vector: Vector, work: SearchContext) -> LegHits:
    """Return the documents nearest by cosine; rows without a vector are never among them.

    HNSW's ef, how many neighbours the walk keeps in sight, is the depth itself: its
    errors sit at the far end, and recall of the first ten stays above .99. The graph's own
    distances are of vectors in eight bits. Those found are therefore measured again by the vectors
    as they are stored (refined, by a factor of one), so that their order and cosines are exact.
    """
    query = table.query().nearest_to(vector).column(column).distance_type(DISTANCE)
    exact = query.ef(CANDIDATES).refine_factor(1)
    return await rows(exact, work.where, work.timed, "_distance")


async def _stored(
    words: str | None, columns: list[str], work: SearchContext
) -> tuple[LegHits | None, pa.Table | None]:
    """Return the keyword leg, and the rows of its best hits with the vectors of ``columns``."""
    if words is None:
        return None, None
    leg = await keyword_hits(words, work)
    if not len(leg.row_ids):
        return leg, None
    return leg, await work.once("exact", lambda: _read(leg, columns, work))


async def _read(leg: LegHits, columns: list[str], work: SearchContext) -> pa.Table:
    found = work.table.take_row_ids(best(leg).tolist())
    return await found.select(columns).with_row_id().to_arrow()


def _with_exact(
    leg: LegHits, keyword: LegHits | None, stored: pa.Table | None, column: str, query: Vector
) -> LegHits:
    """Return a vector leg with the rows of ``stored`` that it missed added by exact cosine."""
    if keyword is None or stored is None:
        return leg
    filled = stored.filter(stored[column].is_valid())
    row_ids = filled["_rowid"].to_numpy().astype(np.int64)
    missed = ~np.isin(row_ids, leg.row_ids)
    cosines = (vectors_in(filled, column) @ query).astype(np.float64)
    return LegHits(
        np.concatenate([leg.row_ids, row_ids[missed]]),
        np.concatenate([leg.raw, cosines[missed]]),
        leg.calibrated,
        np.concatenate([leg.times, _times(keyword, row_ids[missed])]),
    )


def _times(leg: LegHits, row_ids: Ids) -> Times:
    """Return the times of rows that ``leg`` found, none if it was not asked for times."""
    if not len(leg.times):
        return leg.times
    order = np.argsort(leg.row_ids)
    return leg.times[order[np.searchsorted(leg.row_ids, row_ids, sorter=order)]]

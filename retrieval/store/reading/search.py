"""All legs of one search at once, over one snapshot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr
from lancedb.table import AsyncTable

from retrieval.documents import Vector
from retrieval.search.calibration import calibrate
from retrieval.search.fusion import Ids
from retrieval.search.ranking import Found, LegHits, LegName
from retrieval.search.recency import Times
from retrieval.search.request import SearchRequest
from retrieval.store.reading.background_sample import BackgroundSample
from retrieval.store.reading.legs import keyword_leg, vector_leg
from retrieval.store.rows import vectors_in

EXACT = 25
"""So many of the best keyword hits get their exact cosine though no vector leg found them.

Otherwise a document that BM25 puts first and the vector leg 201st would count as
if it had nothing to do with the query. On Vaswani this lifts the hybrid's
nDCG@10 from .495 to .503; more than 25 lift it no further and cost more reads.
"""

T = TypeVar("T")
Sample = Callable[[str], Awaitable[BackgroundSample]]


@dataclass(frozen=True, slots=True)
class Legwork:
    """What the legs of one search share: the snapshot, the filter, the samples."""

    table: AsyncTable
    where: Expr | None
    timed: bool
    sample: Sample
    in_memory: bool
    """Every sample holds all of its column, and no filter chooses among the rows."""
    took_s: dict[str, float] = field(default_factory=dict)
    """Filled in: what each leg took."""


async def find(request: SearchRequest, queries: dict[LegName, Vector], work: Legwork) -> Found:
    """Run the keyword leg and a vector leg per query vector, and calibrate the latter.

    Args:
        request: Decides which legs run.
        queries: Vector column to query vector, checked.
        work: The snapshot that all legs read.
    """
    words = request.query_text if request.mode != "semantic" else None
    vectors = queries if request.mode != "keyword" else {}
    exact = request.mode == "hybrid" and request.fusion.method == "weighted"
    search = _in_memory if work.in_memory else _in_table
    keyword, legs, samples = await search(words, vectors, exact, work)
    found: dict[LegName, LegHits] = {} if keyword is None else {"keyword": keyword}
    for column, query in vectors.items():
        found[column] = _calibrated(legs[column], query, samples[column])
    return found


Legs = dict[LegName, LegHits]
Samples = dict[LegName, BackgroundSample]
Raw = tuple[LegHits | None, Legs, Samples]
"""The keyword leg, the vector legs before calibration, and what to calibrate them by."""


async def _in_table(
    words: str | None, vectors: dict[LegName, Vector], exact: bool, work: Legwork
) -> Raw:
    (keyword, stored), nearest, samples = await asyncio.gather(
        _timed("keyword", _keyword(words, list(vectors) if exact else [], work), work),
        _all(
            _timed(c, vector_leg(work.table, c, v, work.where, work.timed), work)
            for c, v in vectors.items()
        ),
        _all(work.sample(column) for column in vectors),
    )
    legs: Legs = {
        column: _with_exact(leg, keyword, stored, column, query)
        for leg, (column, query) in zip(nearest, vectors.items(), strict=True)
    }
    return keyword, legs, dict(zip(vectors, samples, strict=True))


async def _in_memory(
    words: str | None, vectors: dict[LegName, Vector], exact: bool, work: Legwork
) -> Raw:
    (keyword, _), drawn = await asyncio.gather(
        _timed("keyword", _keyword(words, [], work), work),
        _all(work.sample(column) for column in vectors),
    )
    samples: Samples = dict(zip(vectors, drawn, strict=True))
    also = _best(keyword) if exact and keyword is not None else np.empty(0, np.int64)
    legs: Legs = {}
    for column, query in vectors.items():
        start_s = time.perf_counter()
        held = samples[column].held
        assert held is not None
        legs[column] = held.leg(query, also, work.timed)
        work.took_s[column] = time.perf_counter() - start_s
    return keyword, legs, samples


async def _timed(leg: str, job: Awaitable[T], work: Legwork) -> T:
    start_s = time.perf_counter()
    found = await job
    work.took_s[leg] = time.perf_counter() - start_s
    return found


async def _all(jobs: Iterable[Awaitable[T]]) -> list[T]:
    return await asyncio.gather(*jobs)


async def _keyword(
    words: str | None, exact: list[LegName], work: Legwork
) -> tuple[LegHits | None, pa.Table | None]:
    """Return the keyword leg, and the rows of its best hits with the vectors of ``exact``."""
    if words is None:
        return None, None
    leg = await keyword_leg(work.table, words, work.where, work.timed)
    if not len(leg.row_ids) or not exact:
        return leg, None
    rows = work.table.take_row_ids(_best(leg).tolist())
    return leg, await rows.select(list(exact)).with_row_id().to_arrow()


def _best(leg: LegHits) -> Ids:
    """Return the rows of the keyword leg's best hits, those whose exact cosine counts."""
    return leg.row_ids[np.lexsort((leg.row_ids, -leg.raw))[:EXACT]]


def _with_exact(
    leg: LegHits, keyword: LegHits | None, stored: pa.Table | None, column: str, query: Vector
) -> LegHits:
    """Return a vector leg with the rows of ``stored`` that it missed added by exact cosine."""
    if keyword is None or stored is None:
        return leg
    rows = stored.filter(stored[column].is_valid())
    row_ids = rows["_rowid"].to_numpy().astype(np.int64)
    missed = ~np.isin(row_ids, leg.row_ids)
    cosines = (vectors_in(rows, column) @ query).astype(np.float64)
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


def _calibrated(leg: LegHits, query: Vector, sample: BackgroundSample) -> LegHits:
    calibration = calibrate(query, sample.vectors, sample.population)
    return LegHits(leg.row_ids, leg.raw, calibration.score(leg.raw), leg.times)

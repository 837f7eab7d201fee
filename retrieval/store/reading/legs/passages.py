"""The text leg where long texts have several vectors: a document by its best passage.

Rows are asked for until as many documents were found as other legs find. One text of thousands of
passages may be all of the first rows, so each further round leaves out documents that are known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr, col, lit

from retrieval.documents import Vector
from retrieval.filtering.fields import SEPARATOR
from retrieval.search.fusion import Ids
from retrieval.search.ranking import LegHits
from retrieval.search.request import CANDIDATES
from retrieval.store.indices import DISTANCE
from retrieval.store.reading.background_sample import BackgroundSample
from retrieval.store.reading.legs.keyword import best, keyword_hits
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.rows import vectors_in
from retrieval.store.schema import PART, TEXT_VECTOR, both

DEPTHS = (CANDIDATES, 4 * CANDIDATES, 16 * CANDIDATES)
"""Rows asked for, round by round."""


@dataclass(frozen=True, slots=True)
class BestPassage:
    """Where a document's best passage lies, and how near it is."""

    row_id: int
    part: int
    cosine: float
    time: Any
    """When the document was made; None where nobody asked."""


Best = dict[str, BestPassage]
"""By document id, best first."""


async def passage_hits(
    query: Vector, words: str | None, work: SearchContext
) -> tuple[LegHits, BackgroundSample]:
    """Return the documents with the nearest passages, and those whose words were found best."""
    keyword, nearest, sample = await asyncio.gather(
        _best_rows(words, work),
        work.clocked(TEXT_VECTOR, _nearest(query, work)),
        work.sample(TEXT_VECTOR),
    )
    rows = await _own_rows(nearest, work)
    missed = keyword[~np.isin(keyword, list(rows.values()))]
    if len(missed):
        further, owned = await _exact(query, missed, work)
        nearest, rows = nearest | further, rows | owned
    return _as_leg(nearest, rows), sample


async def _best_rows(words: str | None, work: SearchContext) -> Ids:
    if words is None:
        return np.empty(0, np.int64)
    return best(await keyword_hits(words, work))


async def _nearest(query: Vector, work: SearchContext) -> Best:
    found: Best = {}
    for depth in DEPTHS:
        known = ~col("id").isin(list(found)) if found else None
        rows = await _nearest_rows(query, depth, both(work.where_passages, known), work)
        for id, passage in _passages(rows, 1.0 - rows["_distance"].to_numpy().astype(np.float64)):
            found.setdefault(id, passage)
        if len(rows) < depth or len(found) >= CANDIDATES:
            break
    return dict(list(found.items())[:CANDIDATES])


async def _nearest_rows(
    query: Vector, depth: int, where: Expr | None, work: SearchContext
) -> pa.Table:
    # As for any vector leg, see ``vectors``: a walk as deep as what is asked, measured exactly.
    nearest = work.table.query().nearest_to(query).column(TEXT_VECTOR).distance_type(DISTANCE)
    asked = nearest.ef(depth).refine_factor(1).limit(depth)
    if where is not None:
        asked = asked.where(where)
    return await asked.select(["_distance", *_columns(work)]).with_row_id().to_arrow()


def _columns(work: SearchContext) -> list[str]:
    return ["id", PART, *(["created_at"] if work.timed else [])]


def _passages(rows: pa.Table, cosines: np.ndarray) -> Iterator[tuple[str, BestPassage]]:
    """Yield rows with their documents' ids, nearest first, of equal ones the first row."""
    row_ids = rows["_rowid"].to_numpy()
    ids, parts = rows["id"].to_pylist(), rows[PART].to_pylist()
    times = rows["created_at"].to_numpy() if "created_at" in rows.column_names else None
    for at in np.lexsort((row_ids, -cosines)).tolist():
        time = None if times is None else times[at]
        yield ids[at], BestPassage(int(row_ids[at]), parts[at], float(cosines[at]), time)


async def _own_rows(found: Best, work: SearchContext) -> dict[str, int]:
    """Return the row of each document itself, by id; one that lost it is left out."""
    rows = {id: passage.row_id for id, passage in found.items() if not passage.part}
    further = [id for id, passage in found.items() if passage.part]
    if further:
        own = col("id").isin(further) & (col(PART) == lit(0))
        read = await work.table.query().where(own).select(["id"]).with_row_id().to_arrow()
        rows |= zip(read["id"].to_pylist(), read["_rowid"].to_pylist(), strict=True)
    return rows


async def _exact(query: Vector, rows: Ids, work: SearchContext) -> tuple[Best, dict[str, int]]:
    """Return the best passages of documents by their rows, however far away they are."""
    own = work.table.take_row_ids(rows.tolist()).select(["id"]).with_row_id()
    read = await own.to_arrow()
    owned = dict(zip(read["id"].to_pylist(), read["_rowid"].to_pylist(), strict=True))
    filled = col("fields").contains(SEPARATOR + TEXT_VECTOR + SEPARATOR)
    theirs = work.table.query().where(col("id").isin(list(owned)) & filled)
    found = await theirs.select([TEXT_VECTOR, *_columns(work)]).with_row_id().to_arrow()
    nearest: Best = {}
    cosines = (vectors_in(found, TEXT_VECTOR) @ query).astype(np.float64)
    for id, passage in _passages(found, cosines):
        nearest.setdefault(id, passage)
    return nearest, owned


def _as_leg(found: Best, rows: dict[str, int]) -> LegHits:
    placed = [(rows[id], passage) for id, passage in found.items() if id in rows]
    raw = np.array([passage.cosine for _, passage in placed], np.float64)
    times = [passage.time for _, passage in placed if passage.time is not None]
    return LegHits(
        np.array([row for row, _ in placed], np.int64),
        raw,
        raw,
        np.array(times, "datetime64[us]"),
        passages=np.array([passage.row_id for _, passage in placed], np.int64),
    )

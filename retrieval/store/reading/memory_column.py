"""A column of few vectors, all of it in memory: searching it reads nothing.

A query of the table costs about a millisecond however few rows it has, and a hybrid search asks
three: two vector legs, and the vectors of the best keyword hits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lancedb.expr import Expr
from lancedb.table import AsyncTable

from retrieval.documents import Vector, Vectors
from retrieval.search.fusion import Ids
from retrieval.search.ranking import LegHits
from retrieval.search.recency import Times
from retrieval.search.request import CANDIDATES
from retrieval.store.rows import vectors_in
from retrieval.store.schema import SAMPLE_KEY

HELD_ROWS = 2048
"""A namespace of at most so many documents is searched in memory; 512 numbers each are 4 MiB."""


@dataclass(frozen=True, slots=True)
class InMemoryColumn:
    """All vectors of a column at one version, smallest ``SAMPLE_KEY`` first."""

    row_ids: Ids
    vectors: Vectors
    """Shape (n, d), L2-normalised."""
    times: Times

    @property
    def nbytes(self) -> int:
        """Return what it takes in memory."""
        return self.row_ids.nbytes + self.vectors.nbytes + self.times.nbytes

    def leg(self, query: Vector, also: Ids, with_times: bool) -> LegHits:
        """Return the documents nearest by cosine, and those of ``also`` that have a vector.

        Args:
            query: Shape (d,), L2-normalised.
            also: Rows that count however far away they are; others' are left out.
            with_times: Fill in when they were created.
        """
        cosines = self.vectors @ query
        at = np.arange(len(cosines))
        if len(cosines) > CANDIDATES:
            nearest = np.argpartition(-cosines, CANDIDATES)[:CANDIDATES]
            at = np.union1d(nearest, np.flatnonzero(np.isin(self.row_ids, also)))
        raw = cosines[at].astype(np.float64)
        times = self.times[at] if with_times else np.empty(0, "datetime64[us]")
        return LegHits(self.row_ids[at], raw, raw, times)


async def read_column(table: AsyncTable, column: str, filled: Expr) -> InMemoryColumn:
    """Read all of a column at the table's version.

    Args:
        filled: True for the rows with a vector in it.
    """
    wanted = table.query().where(filled).select([SAMPLE_KEY, "created_at", column])
    rows = await wanted.with_row_id().to_arrow()
    order = np.lexsort((rows["_rowid"].to_numpy(), rows[SAMPLE_KEY].to_numpy()))
    return InMemoryColumn(
        rows["_rowid"].to_numpy().astype(np.int64)[order],
        vectors_in(rows, column)[order],
        rows["created_at"].to_numpy()[order],
    )

"""A column of few vectors, all of it in memory: searching it reads nothing.

A query of the table costs about a millisecond however few rows it has, and a hybrid search asks
three: two vector legs, and the vectors of the best keyword hits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr
from lancedb.table import AsyncTable

from retrieval.documents import Vector, Vectors
from retrieval.search.fusion import Ids
from retrieval.search.ranking import LegHits
from retrieval.search.recency import Times
from retrieval.search.request import CANDIDATES
from retrieval.store.rows import vectors_in
from retrieval.store.schema import PART, SAMPLE_KEY, TEXT_VECTOR, has_parts

HELD_ROWS = 2048
"""A namespace of at most so many rows is searched in memory; 512 numbers each are 4 MiB."""


@dataclass(frozen=True, slots=True)
class InMemoryColumn:
    """All vectors of a column at one version, smallest ``SAMPLE_KEY`` first."""

    row_ids: Ids
    vectors: Vectors
    """Shape (n, d), L2-normalised."""
    times: Times
    documents: Ids | None = None
    """The row of each vector's document, where some are of further passages."""

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
        at = self._best_of_each(cosines)
        documents = self.row_ids if self.documents is None else self.documents
        if len(at) > CANDIDATES:
            nearest = at[np.argpartition(-cosines[at], CANDIDATES)[:CANDIDATES]]
            at = np.union1d(nearest, at[np.isin(documents[at], also)])
        raw = cosines[at].astype(np.float64)
        times = self.times[at] if with_times else np.empty(0, "datetime64[us]")
        hits = LegHits(documents[at], raw, raw, times)
        return hits if self.documents is None else replace(hits, passages=self.row_ids[at])

    def _best_of_each(self, cosines: Vector) -> Ids:
        """Return where each document's best passage stands, of equal ones the first row."""
        if self.documents is None:
            return np.arange(len(cosines))
        order = np.lexsort((self.row_ids, -cosines))
        _, first = np.unique(self.documents[order], return_index=True)
        return order[first]


async def read_column(table: AsyncTable, column: str, filled: Expr) -> InMemoryColumn:
    """Read all of a column at the table's version.

    Args:
        filled: True for the rows with a vector in it.
    """
    in_parts = column == TEXT_VECTOR and has_parts(await table.schema())
    columns = [SAMPLE_KEY, "created_at", column, *(["id", PART] if in_parts else [])]
    rows = await table.query().where(filled).select(columns).with_row_id().to_arrow()
    order = np.lexsort((rows["_rowid"].to_numpy(), rows[SAMPLE_KEY].to_numpy()))
    documents = _documents(rows) if in_parts else None
    return InMemoryColumn(
        rows["_rowid"].to_numpy().astype(np.int64)[order],
        vectors_in(rows, column)[order],
        rows["created_at"].to_numpy()[order],
        None if documents is None else documents[order],
    )


def _documents(rows: pa.Table) -> Ids:
    """Return the row of each row's document: the first part has a vector where any has one."""
    ids, parts = rows["id"].to_pylist(), rows[PART].to_pylist()
    row_ids = rows["_rowid"].to_pylist()
    own = {id: row for id, part, row in zip(ids, parts, row_ids, strict=True) if not part}
    return np.array([own[id] for id in ids], np.int64)

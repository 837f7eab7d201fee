"""The background sample of a vector column: the same rows in every replica.

The rows with the smallest ``draw``, a hash of the id, are a uniform sample that
depends on nothing but the documents. Replicas that read the same version thus
calibrate alike, and one more document changes the sample by one row at most.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
from lancedb.expr import Expr, col, lit
from lancedb.table import AsyncTable

from retrieval.calibration import SAMPLE_ROWS
from retrieval.documents import Vectors
from retrieval.fields import SEPARATOR
from retrieval.store.rows import DRAW_BITS, vectors_in
from retrieval.store.upkeep import count_vectors

MARGIN = 1.5
"""Ask for this many times the sample, so that chance leaves enough rows."""


@dataclass(frozen=True, slots=True)
class BackgroundSample:
    """Vectors of a column, shape (n, d), and how many the column holds."""

    vectors: Vectors
    population: int


class SampleCache:
    """Holds the latest version's sample of each column, drawn once however many wait."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], tuple[int, asyncio.Task[BackgroundSample]]] = {}

    async def sample(
        self, table: AsyncTable, namespace: str, version: int, column: str
    ) -> BackgroundSample:
        """Return the sample of ``column`` at ``version``, which is the table's."""
        key = (namespace, column)
        if key not in self._held or self._is_stale(*self._held[key], version):
            self._held[key] = (version, asyncio.ensure_future(draw_sample(table, column)))
        # Shielded: one caller that gives up must not take it from the others.
        return await asyncio.shield(self._held[key][1])

    @staticmethod
    def _is_stale(held: int, task: asyncio.Task[BackgroundSample], version: int) -> bool:
        failed = task.done() and (task.cancelled() or task.exception() is not None)
        return failed or held != version


async def draw_sample(table: AsyncTable, column: str) -> BackgroundSample:
    """Return the sample of ``column`` at the table's version."""
    population = await count_vectors(table, column)
    drawn = (
        await table.query()
        .where(_below(threshold(population)) & _filled(column))
        .select(["draw", column])
        .to_arrow()
    )
    smallest = np.argsort(drawn["draw"].to_numpy(), kind="stable")[:SAMPLE_ROWS]
    return BackgroundSample(vectors_in(drawn, column)[smallest], population)


def threshold(population: int) -> int:
    """Return the draw below which about 1.5 times the sample lies, at most all."""
    share = min(1.0, MARGIN * SAMPLE_ROWS / max(population, 1))
    return int(share * 2**DRAW_BITS)


def _below(limit: int) -> Expr:
    return col("draw") < lit(limit)


def _filled(column: str) -> Expr:
    return col("fields").contains(SEPARATOR + column + SEPARATOR)

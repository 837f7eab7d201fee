"""The background sample of a vector column: the same rows in every replica.

The rows with the smallest ``SAMPLE_KEY``, a hash of the id, are a uniform sample that
depends on nothing but the documents. Replicas that read the same version thus
calibrate alike, and one more document changes the sample by one row at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from lancedb.expr import Expr, col, lit
from lancedb.table import AsyncTable

from retrieval.documents import Vectors
from retrieval.filtering.fields import SEPARATOR
from retrieval.search.calibration import SAMPLE_ROWS
from retrieval.store.rows import DRAW_BITS, vectors_in
from retrieval.store.schema import SAMPLE_KEY, Edition
from retrieval.store.writing.maintenance_run import count_vectors

MARGIN = 1.5
"""Ask for this many times the sample, so that chance leaves enough rows."""


MOST_BYTES = 256 * 2**20
"""Of all samples together; beyond, the one that was not used for longest goes."""


@dataclass(frozen=True, slots=True)
class BackgroundSample:
    """Vectors of a column, shape (n, d), and how many the column holds."""

    vectors: Vectors
    population: int

    @property
    def nbytes(self) -> int:
        """Return what it takes in memory."""
        return self.vectors.nbytes


class SampleCache:
    """Holds the latest edition's sample of each column, drawn once however many wait."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[tuple[str, str], tuple[Edition, asyncio.Task[BackgroundSample]]]
        self._held = OrderedDict()
        self._used_s: dict[tuple[str, str], float] = {}

    async def sample(
        self, table: AsyncTable, namespace: str, edition: Edition, column: str
    ) -> BackgroundSample:
        """Return the sample of ``column`` at ``edition``, which is the table's."""
        key = (namespace, column)
        if key not in self._held or self._is_stale(*self._held[key], edition):
            draw = draw_sample(table, column)
            self._held[key] = (edition, asyncio.ensure_future(draw))
            self._shrink()
        self._held.move_to_end(key)
        self._used_s[key] = time.monotonic()
        # Shielded: one caller that gives up must not take it from the others.
        return await asyncio.shield(self._held[key][1])

    def forget_unused(self, before_s: float) -> None:
        """Forget what was last used before: vectors of deleted documents may be among it.

        Whatever is used is drawn anew for every version.
        """
        for key in [key for key, used_s in self._used_s.items() if used_s < before_s]:
            del self._used_s[key]
            self._held.pop(key, None)

    def _shrink(self) -> None:
        """Forget what was not used for longest; what is being drawn is not counted yet."""
        sizes = {key: _size(task) for key, (_, task) in self._held.items()}
        total = sum(sizes.values())
        for key, size in sizes.items():
            if total <= self._most_bytes:
                return
            if size:
                del self._held[key]
                total -= size

    @staticmethod
    def _is_stale(held: Edition, task: asyncio.Task[BackgroundSample], edition: Edition) -> bool:
        return _failed(task) or held != edition


def _failed(task: asyncio.Task[BackgroundSample]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _size(task: asyncio.Task[BackgroundSample]) -> int:
    return task.result().nbytes if task.done() and not _failed(task) else 0


async def draw_sample(table: AsyncTable, column: str) -> BackgroundSample:
    """Return the sample of ``column`` at the table's version."""
    population = await count_vectors(table, column)
    drawn = (
        await table.query()
        .where(_below(threshold(population)) & _filled(column))
        .select([SAMPLE_KEY, column])
        .to_arrow()
    )
    smallest = np.argsort(drawn[SAMPLE_KEY].to_numpy(), kind="stable")[:SAMPLE_ROWS]
    return BackgroundSample(vectors_in(drawn, column)[smallest], population)


def threshold(population: int) -> int:
    """Return the draw below which about 1.5 times the sample lies, at most all."""
    share = min(1.0, MARGIN * SAMPLE_ROWS / max(population, 1))
    return int(share * 2**DRAW_BITS)


def _below(limit: int) -> Expr:
    return col(SAMPLE_KEY) < lit(limit)


def _filled(column: str) -> Expr:
    return col("fields").contains(SEPARATOR + column + SEPARATOR)

"""Which upkeep a namespace is due; a pure function of its figures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

VECTOR_INDEX_ROWS = 5_000
"""Below this many vectors an exact scan is fast enough and finds everything.

25,000 vectors of 256 dimensions: exact 14 ms (p95 50 ms), indexed 3 ms.
"""

SMALL_FRAGMENTS = 8
SPARED_INDEX_ROWS = 50_000
"""The same while a bulk job is writing: an index built now would be outgrown at once."""

UNINDEXED_ROWS = 500
"""Rows outside the keyword index are tokenised by every query, 17 microseconds each."""

REST = 3.0
"""Tidying rests for so many times what it took, since it rewrites the whole table: at a steady
rate of writing, tidying every few seconds would cost the square of the rows."""

SPARED_REST = 30.0
"""The same while a bulk job is writing."""

SWEEP_REST = 60.0
"""Looking for columns that nobody fills rests for so many times what it took: it reads all rows."""

OLD_VERSIONS = 50
SEGMENTS = 32
"""Every ``optimize`` adds a graph of the new rows, and a query walks all graphs."""

RETRAIN_GROWTH = 3.0
"""Partitions and quantisation bounds were chosen for the rows at training time."""


class Upkeep(StrEnum):
    """One kind of work."""

    ANALYSE_TEXT = "analyse_text"
    INDEX_TEXT = "index_text"
    INDEX_IDS = "index_ids"
    DROP_COLUMNS = "drop_columns"
    OPTIMIZE = "optimize"
    INDEX_VECTORS = "index_vectors"


@dataclass(frozen=True, slots=True)
class Action:
    """Work on a column; ``OPTIMIZE`` and ``DROP_COLUMNS`` work on the whole table."""

    upkeep: Upkeep
    column: str | None = None


@dataclass(frozen=True, slots=True)
class VectorStats:
    """Figures of one vector column. ``trained_rows`` is None without an index."""

    rows: int
    trained_rows: int | None
    segments: int = 1


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of one namespace."""

    rows: int
    small_fragments: int
    versions: int
    has_text_index: bool
    has_id_index: bool
    unindexed_rows: int
    vectors: dict[str, VectorStats] = field(default_factory=dict)
    has_older_words: bool = False
    """Texts were analysed by an older release, or what is left of that may go."""
    rested: float = math.inf
    """How long ago the table was tidied, in times of what that took."""
    thinned: bool = False
    """Documents were deleted or replaced since unused columns were last looked for."""
    swept_rested: float = math.inf
    """How long ago that was, in times of what it took."""


def due(stats: Stats, spared: bool = False) -> list[Action]:
    """Return what to do, in order: find by word, by id, drop columns, tidy up, find by vector.

    Args:
        spared: A bulk job is writing and asked for costly builds to be put off.
    """
    actions: list[Action] = []
    if stats.has_older_words and not spared:
        actions.append(Action(Upkeep.ANALYSE_TEXT, "words"))
    if not stats.has_text_index:
        actions.append(Action(Upkeep.INDEX_TEXT, "words"))
    if not stats.has_id_index and stats.rows:
        actions.append(Action(Upkeep.INDEX_IDS, "id"))
    if stats.thinned and not spared and stats.swept_rested >= SWEEP_REST:
        actions.append(Action(Upkeep.DROP_COLUMNS))
    if _is_untidy(stats) and stats.rested >= (SPARED_REST if spared else REST):
        actions.append(Action(Upkeep.OPTIMIZE))
    for column, vectors in stats.vectors.items():
        if _needs_training(vectors, spared):
            actions.append(Action(Upkeep.INDEX_VECTORS, column))
    return actions


def _is_untidy(stats: Stats) -> bool:
    return (
        stats.small_fragments >= SMALL_FRAGMENTS
        or stats.unindexed_rows > UNINDEXED_ROWS
        or stats.versions >= OLD_VERSIONS
    )


def _needs_training(vectors: VectorStats, spared: bool) -> bool:
    if vectors.trained_rows is None:
        return vectors.rows >= (SPARED_INDEX_ROWS if spared else VECTOR_INDEX_ROWS)
    outgrown = vectors.rows >= RETRAIN_GROWTH * vectors.trained_rows
    return outgrown or vectors.segments >= SEGMENTS

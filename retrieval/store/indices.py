"""The indices of a namespace: words, ids, vectors, and how they are built."""

from __future__ import annotations

from dataclasses import dataclass

from lancedb.index import FTS, BTree, HnswSq
from lancedb.table import AsyncTable

from retrieval.store.schema import VECTOR_COLUMNS, WORDS

TEXT_INDEX = FTS(
    base_tokenizer="whitespace",
    lower_case=False,
    stem=False,
    remove_stop_words=False,
    ascii_folding=False,
    max_token_length=None,
    with_position=False,
)
"""Texts and queries come analysed (``words.terms``): Lance only cuts at the spaces."""

DISTANCE = "dot"
"""Vectors are L2-normalised: the dot product is the cosine, and cheaper."""

PARTITION_ROWS = 1 << 20
"""One graph holds up to a million vectors; more graphs build in less memory and search slower."""

EDGES = 20
CONSTRUCTION_CANDIDATES = 200


def vector_index(rows: int) -> HnswSq:
    """Return the index to build over ``rows`` vectors."""
    return HnswSq(
        distance_type=DISTANCE,
        num_partitions=-(-rows // PARTITION_ROWS),
        m=EDGES,
        ef_construction=CONSTRUCTION_CANDIDATES,
    )


async def index_text(table: AsyncTable) -> None:
    """Build the keyword index; rows that come later are found by scanning until ``optimize``."""
    await table.create_index(WORDS, config=TEXT_INDEX, replace=True)


async def index_ids(table: AsyncTable) -> None:
    """Build the index that upserts, deletes and reads by id use."""
    await table.create_index("id", config=BTree(), replace=True)


async def index_vectors(table: AsyncTable, column: str, rows: int) -> None:
    """Train and build the index of a vector column, replacing an older one."""
    assert column in VECTOR_COLUMNS
    await table.create_index(column, config=vector_index(rows), replace=True)


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index of one column: rows outside it, and the parts it consists of."""

    unindexed_rows: int
    segments: int


async def indexed_columns(table: AsyncTable) -> dict[str, Indexed]:
    """Return the columns that have an index, with its figures."""
    return {
        index.columns[0]: Indexed(index.num_unindexed_rows or 0, index.num_segments or 1)
        for index in await table.list_indices()
    }

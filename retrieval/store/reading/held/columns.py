"""Documents of a namespace in memory as an Arrow table: ids and fields, as its table has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retrieval.search.fusion import Ids
from retrieval.store.reading.held.metadata import ABSENT, FilterColumn, HeldTexts, HeldValues
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.reading.held.vectors import Passing

ReadRows = Callable[[Ids], pa.Array | pa.ChunkedArray]


def documents_among(held: HeldNamespace, passing: Passing | None) -> Ids:
    """Return the rows that count and are documents, no further passages."""
    rows = np.flatnonzero(held.alive if passing is None else passing)
    return rows[held.rows.documents.values[rows] == rows] if held.has_parts else rows


def reader_of(held: HeldNamespace, columns: Sequence[str]) -> Callable[[Ids], pa.Table]:
    """Return what reads rows of these columns; it may be called in any thread.

    A column that is not held has no value in any row.
    """
    readers: dict[str, ReadRows] = {name: _reader(held, name) for name in columns}
    ids, addresses = held.rows.ids, held.rows.addresses.values

    def read(rows: Ids) -> pa.Table:
        found = {"_rowid": pa.array(addresses[rows]), "id": _ids(ids, rows)}
        return pa.table(found | {name: reader(rows) for name, reader in readers.items()})

    return read


def _reader(held: HeldNamespace, name: str) -> ReadRows:
    if name == "id":
        return partial(_ids, held.rows.ids)
    if name == "created_at":
        return partial(_values, held.rows.times.values)
    column: FilterColumn | None = held.columns.get(name)
    if isinstance(column, HeldTexts):
        # Made an array here: threads must not make it twice.
        return partial(_texts, column.arrays()[0], column.codes.values)
    if isinstance(column, HeldValues):
        return partial(_values, column.values.values)
    return lambda rows: pa.nulls(len(rows), pa.float64())


def _ids(ids: list[str], rows: Ids) -> pa.Array:
    return pa.array([ids[row] for row in rows.tolist()], pa.large_utf8())


def _texts(texts: pa.ChunkedArray, codes: NDArray[np.int32], rows: Ids) -> pa.Array:
    wanted = codes[rows]
    if not len(texts):
        return pa.nulls(len(rows), pa.large_utf8())
    return texts.take(pa.array(wanted, mask=wanted == ABSENT))


def _values(values: NDArray[Any], rows: Ids) -> pa.Array:
    wanted = values[rows]
    if wanted.dtype == np.int8:
        return pa.array(wanted == 1, mask=wanted == ABSENT)
    # NaN and NaT stand where there is no value.
    return pa.array(wanted, from_pandas=True)

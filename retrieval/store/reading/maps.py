"""Maps of namespaces: a sample of the vectors that depends on the documents alone, in a plane."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from lancedb.expr import Expr, col, lit
from lancedb.table import AsyncTable

from retrieval.errors import NotFound
from retrieval.filtering.fields import BOOLEAN, NUMBER, SEPARATOR, STRING, column_of
from retrieval.namespaces.map import (
    MappedVectors,
    MapPoint,
    MapRequest,
    NamespaceMap,
    Plane,
    projected,
)
from retrieval.store.reading.background_sample import MARGIN
from retrieval.store.reading.latest_only import LatestOnly
from retrieval.store.reading.reader import IndexReader
from retrieval.store.rows import DRAW_BITS, vectors_in
from retrieval.store.schema import (
    IMAGE_VECTOR,
    SAMPLE_KEY,
    TEXT_VECTOR,
    both,
    count_documents,
    edition_of,
    only_documents,
)

_Value: TypeAlias = str | float | bool | None
COLUMNS: dict[MappedVectors, str] = {"pictures": IMAGE_VECTOR, "texts": TEXT_VECTOR}
MOST_KNOWN = 64
"""Maps that are remembered: ids and places."""
SPARE = 20
"""So many more rows are asked for: of few, chance would leave none."""
MOST_CHARACTERS = 80
"""Of a value that is told."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The places of documents, in the order of their draw."""

    vectors: MappedVectors
    documents: int
    with_vector: int
    ids: list[str]
    pictured: list[bool]
    plane: Plane
    explained: float


class NamespaceMaps:
    """Draws the map of each version of a namespace once, one map at a time."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader
        self._known: LatestOnly[_Drawn] = LatestOnly(MOST_KNOWN)
        self._drawing = asyncio.Lock()

    async def of(self, request: MapRequest) -> NamespaceMap:
        """Return a namespace's map.

        Raises:
            NotFound: No such namespace.
        """
        key = f"{request.namespace} {request.vectors} {request.limit}"

        async def read(table: AsyncTable) -> NamespaceMap:
            edition = (await edition_of(table))[0]
            drawn = await self._known.get(key, edition, lambda: _draw(table, request))
            values = await _values(table, request.field, drawn)
            return _told(drawn, edition.version, values)

        async with self._drawing:
            found = await self._reader.read(request.namespace, read)
        if found is None:
            raise NotFound(f"no namespace {request.namespace!r}", "namespace")
        return found


async def _draw(table: AsyncTable, request: MapRequest) -> _Drawn:
    documents = await count_documents(table)
    counts = {name: await _count(table, name) for name in COLUMNS}
    vectors = request.vectors
    if vectors is None:
        vectors = "pictures" if counts["pictures"] >= counts["texts"] else "texts"
    column = COLUMNS[vectors]
    having = await _having(table, vectors)
    share = min(1.0, (MARGIN * request.limit + SPARE) / max(counts[vectors], 1))
    drawn = (
        await table.query()
        .where(having & (col(SAMPLE_KEY) < lit(int(share * 2**DRAW_BITS))))
        .select(["id", "modality", SAMPLE_KEY, column])
        .to_arrow()
    )
    order = np.argsort(drawn[SAMPLE_KEY].to_numpy(), kind="stable")[: request.limit]
    rows = drawn.take(order)
    plane, explained = await asyncio.to_thread(projected, vectors_in(drawn, column)[order])
    ids = rows["id"].to_pylist()
    pictured = [modality == "IMAGE" for modality in rows["modality"].to_pylist()]
    return _Drawn(vectors, documents, counts[vectors], ids, pictured, plane, explained)


async def _count(table: AsyncTable, vectors: MappedVectors) -> int:
    return await table.count_rows((await _having(table, vectors)).to_sql())


async def _having(table: AsyncTable, vectors: MappedVectors) -> Expr:
    filled = col("fields").contains(SEPARATOR + COLUMNS[vectors] + SEPARATOR)
    having = both(filled, only_documents(await table.schema()))
    assert having is not None
    return having


async def _values(table: AsyncTable, field: str | None, drawn: _Drawn) -> dict[str, _Value]:
    """Return the field's values by id; lists are left out."""
    if field is None:
        return {}
    schema = await table.schema()
    typed = [column_of(kind, field) for kind in (NUMBER, STRING, BOOLEAN)]
    columns = [column for column in typed if column in schema.names]
    if not (columns and drawn.ids):
        return {}
    documents = both(col("id").isin(drawn.ids), only_documents(schema))
    assert documents is not None
    rows = await table.query().where(documents).select(["id", *columns]).to_list()
    return {row["id"]: _cut([row[column] for column in columns]) for row in rows}


def _cut(values: list[_Value]) -> _Value:
    """Return the one value that is there."""
    value = next((value for value in values if value is not None), None)
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return value[:MOST_CHARACTERS] + "…"
    return value


def _told(drawn: _Drawn, version: int, values: dict[str, _Value]) -> NamespaceMap:
    points = [
        MapPoint(id, pictured, round(x, 4), round(y, 4), values.get(id))
        for id, pictured, (x, y) in zip(
            drawn.ids, drawn.pictured, drawn.plane.tolist(), strict=True
        )
    ]
    return NamespaceMap(
        version, drawn.vectors, drawn.documents, drawn.with_vector, points, drawn.explained
    )

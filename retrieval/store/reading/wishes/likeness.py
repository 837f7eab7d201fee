"""A search for what is like some documents and unlike others: their vectors become the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from lancedb.table import AsyncTable

from retrieval.documents import Vector, is_text
from retrieval.errors import InvalidSearch, shown
from retrieval.filtering.parse import And, Condition, Filter, Not
from retrieval.search.request import SearchRequest, SearchWarning
from retrieval.store.reading.documents import rows_of
from retrieval.store.schema import IMAGE_VECTOR, TEXT_VECTOR, VECTOR_COLUMNS

KINDS = {TEXT_VECTOR: "text", IMAGE_VECTOR: "picture"}
LEAST_NORM = 1e-6

NamedRows = Mapping[str, Mapping[str, Any]]
"""By document id."""


async def by_likeness(
    table: AsyncTable, request: SearchRequest
) -> tuple[SearchRequest, list[SearchWarning]]:
    """Return a search by vectors, without the documents that were named, and what is said of it.

    A request that names none comes back as it is. Of a long text its first passage counts.

    Raises:
        InvalidSearch: A document is not there, they have no modality in common, or they cancel out.
    """
    if not request.like:
        return request, []
    named = (*request.like, *request.unlike)
    # Half a surrogate pair is no id, and nothing that a table could be asked for.
    asked = [id for id in dict.fromkeys(named) if is_text(id)]
    found = await rows_of(table, asked, ["id", *VECTOR_COLUMNS])
    rows = {row["id"]: row for row in found}
    _check_there(request, rows)
    shared = [column for column in KINDS if _lacking(request, rows, column) is None]
    if not shared:
        where, id = _lacking(request, rows, TEXT_VECTOR) or ("like", "")
        raise InvalidSearch(
            f"the documents have neither all a text nor all a picture that was encoded: {id!r} "
            "has no text",
            where,
        )
    vectors = {column: _direction(request, rows, column) for column in shared}
    searched = replace(
        request,
        text_query_vector=vectors.get(TEXT_VECTOR),
        image_query_vector=vectors.get(IMAGE_VECTOR),
        filter=_others(request.filter, named),
    )
    return searched, _left_out(request, rows)


def _check_there(request: SearchRequest, rows: NamedRows) -> None:
    for where, id in _places(request):
        if id not in rows:
            raise InvalidSearch(
                f"no document {shown(id)} in namespace {request.namespace!r}", where
            )


def _places(request: SearchRequest) -> list[tuple[str, str]]:
    liked = [(f"like.{at}", id) for at, id in enumerate(request.like)]
    return liked + [(f"unlike.{at}", id) for at, id in enumerate(request.unlike)]


def _lacking(request: SearchRequest, rows: NamedRows, column: str) -> tuple[str, str] | None:
    """Return the first document without a vector in a column, with its place."""
    lacking = (item for item in _places(request) if rows[item[1]][column] is None)
    return next(lacking, None)


def _direction(request: SearchRequest, rows: NamedRows, column: str) -> Vector:
    """Return the mean of the liked less the mean of the others, of length 1."""
    total = _mean(request.like, rows, column)
    if request.unlike:
        total = total - _mean(request.unlike, rows, column)
    norm = float(np.linalg.norm(total))
    if norm < LEAST_NORM:
        raise InvalidSearch("the documents in like and in unlike cancel each other out", "unlike")
    return (total / norm).astype(np.float32)


def _mean(ids: Sequence[str], rows: NamedRows, column: str) -> np.ndarray:
    return np.mean([np.asarray(rows[id][column], np.float64) for id in ids], axis=0)


def _others(node: Filter | None, named: Sequence[str]) -> Filter:
    unnamed = Not(Condition("id", "in", tuple(dict.fromkeys(named)), "like"))
    return unnamed if node is None else And((node, unnamed))


def _left_out(request: SearchRequest, rows: NamedRows) -> list[SearchWarning]:
    """Return what is said where some of the documents have a modality that others lack."""
    said: list[SearchWarning] = []
    for column, kind in KINDS.items():
        lacking = _lacking(request, rows, column)
        if lacking is not None and any(rows[id][column] is not None for _, id in _places(request)):
            where, id = lacking
            told = f"{id!r} has no {kind}: {kind}s were not compared"
            said.append(SearchWarning("likeness_in_part", told, where))
    return said

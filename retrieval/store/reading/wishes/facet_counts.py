"""Facets of the documents that a search's filter takes, in memory or by the table."""

from __future__ import annotations

import asyncio

import pyarrow as pa

from retrieval.filtering.lance import compile_filter
from retrieval.filtering.parse import Filter
from retrieval.search.facets import FacetCounts, FacetOrder, facet, without_field
from retrieval.search.order import columns_of
from retrieval.search.request import SearchRequest, SearchWarning
from retrieval.store.reading.columns import columns_taken
from retrieval.store.reading.legs.leg import SearchContext

_CUT = "{!r} has {} different values, of which the {} of most documents are shown"
_NOT_APART = (
    "the filter speaks of {!r} together with other fields; it was counted as the filter stands"
)


async def facets_of(
    request: SearchRequest, searched: Filter | None, work: SearchContext, schema: pa.Schema
) -> tuple[tuple[FacetCounts, ...], list[SearchWarning]]:
    """Return the facets that a request asks for, and what is said of them.

    Args:
        request: As it was sent.
        searched: The filter of ``work``, which may leave out more than the request's.
        work: The snapshot that was searched.
        schema: Of the table.

    Raises:
        UnknownFilterField: A facet names a field that no document ever had.
        TypeMismatch: Ranges are asked of a field that holds nothing to compare with.
    """
    wanted = {
        order.where: columns_of(order.field, f"{order.where}.field", schema.names)
        for order in request.facets
    }
    within: dict[Filter | None, list[FacetOrder]] = {}
    said: list[SearchWarning] = []
    for order in request.facets:
        node, apart = without_field(request.filter, order.field)
        if order.disjunctive and not apart:
            told = _NOT_APART.format(order.field)
            said.append(SearchWarning("facet_not_disjunctive", told, order.where))
        within.setdefault(node if order.disjunctive and apart else request.filter, []).append(order)
    found: dict[str, FacetCounts] = {}
    for node, orders in within.items():
        columns = sorted({name for order in orders for name in wanted[order.where]})
        documents = await columns_taken(_filtered(work, searched, node, schema), schema, columns)
        for order in orders:
            found[order.where] = await asyncio.to_thread(facet, documents, order)
    facets = tuple(found[order.where] for order in request.facets)
    return facets, [*said, *_cuts(request, facets)]


def _filtered(
    work: SearchContext, searched: Filter | None, node: Filter | None, schema: pa.Schema
) -> SearchContext:
    """Return the same snapshot under another filter, whose fields ``searched`` has too."""
    if node == searched:
        return work
    where = None if node is None else compile_filter(node, schema.names)
    passing = None if work.held is None else work.held.passing(node)
    return SearchContext(
        work.table, where, False, work.sample, work.words_column, work.held, passing, work.has_parts
    )


def _cuts(request: SearchRequest, facets: tuple[FacetCounts, ...]) -> list[SearchWarning]:
    return [
        SearchWarning(
            "facet_cut", _CUT.format(one.field, one.distinct, len(one.values)), order.where
        )
        for order, one in zip(request.facets, facets, strict=True)
        if one.distinct > len(one.values)
    ]

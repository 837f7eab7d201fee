"""A search's list with the first of each group alone, where that is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pyarrow as pa

from retrieval.search.groups import first_of_each
from retrieval.search.order import columns_of
from retrieval.search.ranking import Ranking
from retrieval.search.request import SearchRequest
from retrieval.store.reading.columns import columns_of_rows, columns_taken
from retrieval.store.reading.legs.leg import SearchContext


async def in_groups(
    request: SearchRequest, ranking: Ranking, work: SearchContext, schema: pa.Schema
) -> Ranking:
    """Return the ranking, cut to so many of each group as are asked for.

    Raises:
        UnknownFilterField: No document ever had the field.
        TypeMismatch: It holds lists.
    """
    group = request.group_by
    if group is None:
        return ranking
    columns = columns_of(group.field, "group_by.field", schema.names)
    ids = ranking.order.ids
    if request.mode == "filter":
        documents = await columns_taken(work, schema, columns)
    else:
        documents = await columns_of_rows(work, ids, columns)
    kept = await asyncio.to_thread(first_of_each, documents, ids, group)
    return replace(ranking, order=ranking.order[kept])

"""All legs of one search at once, over one snapshot."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pyarrow as pa

from retrieval.search.ranking import LegResults
from retrieval.search.request import SearchRequest
from retrieval.store.reading.legs.keyword import KEYWORD
from retrieval.store.reading.legs.leg import Leg, SearchContext
from retrieval.store.reading.legs.vectors import IMAGE, TEXT

LEGS: tuple[Leg, ...] = (KEYWORD, TEXT, IMAGE)
"""Names, sides, explanations and metrics follow from these."""


async def find(request: SearchRequest, schema: pa.Schema, work: SearchContext) -> LegResults:
    """Return what each leg found that the request asks something of.

    Args:
        request: Decides which legs run.
        schema: Of the table, to check query vectors by.
        work: The snapshot that all legs read.

    Raises:
        WrongDimension, NonFiniteVector: A query vector does not fit the index.
    """
    asked = [(leg, leg.search(request, schema)) for leg in LEGS]
    searches = [(leg, search) for leg, search in asked if search is not None]
    hits = await asyncio.gather(*(search(work) for _, search in searches))
    return {
        leg.name: replace(found, side=leg.side)
        for (leg, _), found in zip(searches, hits, strict=True)
    }

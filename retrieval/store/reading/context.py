"""What the legs of one search share: a namespace in memory where that answers, else its table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pyarrow as pa
from lancedb.expr import Expr
from lancedb.table import AsyncTable

from retrieval.search.request import SearchRequest
from retrieval.store.reading.background_sample import BackgroundSample
from retrieval.store.reading.found import passages_where
from retrieval.store.reading.held.chosen import NotHeld
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.reading.held.query_words import spelling_in, taken_as_written, with_synonyms
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.schema import WORDS, has_parts, settings_stored, words_column
from retrieval.words.settings import AppliedSettings, applied

DrawSample = Callable[[str], Awaitable[BackgroundSample]]


async def context_of(
    table: AsyncTable,
    request: SearchRequest,
    schema: pa.Schema,
    where: Expr | None,
    held: HeldNamespace | None,
    sample: DrawSample,
    marks_photographs: bool,
) -> SearchContext:
    """Return the context of a search.

    Args:
        table: At one version.
        request: What is asked.
        schema: Of the table.
        where: The request's filter, None where there is none.
        held: The namespace in memory, None where it is not.
        sample: Draws the background sample of a column of the table.
        marks_photographs: Vectors of pictures say whether they are of photographs.
    """
    work = await _context(table, request, schema, where, held, sample, marks_photographs)
    done = applied(settings_stored(schema), request.query_text)
    # By meaning alone no words are searched: what stands first does all the same.
    by_words = request.mode != "semantic"
    work.applied = done if by_words else AppliedSettings(pinned=done.pinned)
    work.spelling = with_synonyms(work.spelling, work.applied.others)
    return work


async def _context(
    table: AsyncTable,
    request: SearchRequest,
    schema: pa.Schema,
    where: Expr | None,
    held: HeldNamespace | None,
    sample: DrawSample,
    marks_photographs: bool,
) -> SearchContext:
    if held is not None:
        try:
            return await _in_memory(table, request, where, held, marks_photographs)
        except NotHeld:
            pass
    return SearchContext(
        table,
        where,
        request.prefer_recent,
        sample,
        words_column(schema),
        has_parts=has_parts(schema),
        where_passages=await passages_where(table, request.filter, where, schema),
        marks_photographs=marks_photographs,
        spelling=taken_as_written(request),
    )


async def _in_memory(
    table: AsyncTable,
    request: SearchRequest,
    where: Expr | None,
    held: HeldNamespace,
    marks_photographs: bool,
) -> SearchContext:
    async def sample(column: str) -> BackgroundSample:
        return held.sample(column)

    passing = held.passing(request.filter)
    return SearchContext(
        table,
        where,
        request.prefer_recent,
        sample,
        WORDS,
        held,
        passing,
        held.has_parts,
        marks_photographs=marks_photographs,
        spelling=await spelling_in(request, held),
    )

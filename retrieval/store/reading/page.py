"""The hits of one page: what is shown of the documents that were ranked."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

import pyarrow as pa
from lancedb.table import AsyncTable

from retrieval.search.ranking import LegResults, Ranking
from retrieval.search.relevance import relevance_of
from retrieval.search.request import SearchHit, SearchRequest
from retrieval.store.entries import Entry
from retrieval.store.reading import documents
from retrieval.store.reading.found import found_passages, passages_by_words
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.reading.hits import search_hits
from retrieval.words.terms import query_terms


async def hits_of_page(
    table: AsyncTable,
    request: SearchRequest,
    ranking: Ranking,
    found: LegResults,
    schema: pa.Schema,
    held: HeldNamespace | None,
    also: Sequence[str] = (),
) -> list[SearchHit]:
    """Return the hits that a request asks for.

    Args:
        table: Of the version that was searched.
        request: Which of the ranked, and whether their words are shown.
        ranking: Of all that was found.
        found: By each leg.
        schema: Of the table.
        held: What was searched in memory, None where the table was.
        also: Terms that were searched beside those of the query.
    """
    wanted = ranking.order[request.offset : request.offset + request.limit]
    if held is None:
        entries, passages = await asyncio.gather(
            documents.entries_at(table, wanted.ids),
            found_passages(table, wanted.ids, found, schema, None),
        )
    else:
        # Nothing waits in memory, and two tasks would cost more than what they do.
        entries = held.entries_at(wanted.ids)
        passages = await found_passages(table, wanted.ids, found, schema, held)
    entries = [_with_fields(entry, request.fields) for entry in entries]
    terms = (*query_terms(request.query_text or ""), *also) if request.highlight else ()
    texts = dict(zip(wanted.ids.tolist(), entries, strict=True))
    by_words = {row: entry for row, entry in texts.items() if row not in passages}
    passages |= await passages_by_words(table, by_words, terms)
    chances = relevance_of(wanted.ids, ranking)
    return search_hits(wanted, chances, entries, passages, ranking, found, terms)


def _with_fields(entry: Entry, fields: Collection[str] | None) -> Entry:
    if fields is None:
        return entry
    kept = {key: value for key, value in entry.metadata.items() if key in fields}
    return replace(entry, metadata=kept)

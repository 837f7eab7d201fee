"""What one namespace has for a query: encoded once, and again where words of it are misspelt."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from api.dependencies import Context
from api.middleware.metering import record_work
from api.schemas.members.query_parts import QueryPartIn
from api.schemas.search import SearchIn
from api.searching.comparing import Compared, legs_of
from api.searching.query_parts import Said, encoded
from api.searching.requests import search_request
from api.searching.weighted_parts import encoded_parts
from retrieval.search.query_vectors import QueryVectors
from retrieval.search.request import SearchResult
from retrieval.words.corrected import with_corrections

Corrections = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A query's vectors, what is said of its parts, and what encoding took."""

    vectors: QueryVectors
    said: list[Said]
    took_s: float
    compared: Compared = field(default_factory=dict)


async def encoded_query(request: SearchIn, ctx: Context) -> EncodedQuery:
    """Encode whatever a query is made of."""
    start_s = time.perf_counter()
    if request.queries and request.mode != "keyword":
        vectors, said, compared = await encoded_parts(request, ctx)
    else:
        vectors, said = await encoded(request, ctx)
        compared = {_place(request): legs_of(vectors)}
    return EncodedQuery(vectors, said, time.perf_counter() - start_s, compared)


def _place(request: SearchIn) -> str:
    if request.vector is not None:
        return "vector"
    return "query" if request.image_base64 is None else "image_base64"


async def found_in(
    request: SearchIn, query: EncodedQuery, ctx: Context
) -> tuple[SearchResult, EncodedQuery]:
    """Search ``request.namespace``; return what was found and the query that found it.

    Which words are misspelt is known where they are looked for: a query that is spelt right is
    encoded and searched once, others a second time by the meaning of what was meant.
    """
    result = await ctx.backend.search(search_request(request, query.vectors))
    meant = meant_by(request, result.corrected)
    if meant is None:
        return result, query
    again = await encoded_query(meant, ctx)
    found = await ctx.backend.search(search_request(request, again.vectors))
    record_work("query", 2)
    took_s = query.took_s + again.took_s
    return replace(found, took_ms=result.took_ms + found.took_ms), replace(again, took_s=took_s)


def meant_by(request: SearchIn, corrected: Corrections) -> SearchIn | None:
    """Return the search whose meaning counts, None where it is the one that was made."""
    if not corrected or request.vector is not None or request.mode == "keyword":
        return None
    if request.queries:
        parts = [_put_right(part, corrected) for part in request.queries]
        return None if parts == request.queries else _changed(request, queries=parts)
    if request.query is None:
        return None
    query = with_corrections(request.query, corrected)
    return None if query == request.query else _changed(request, query=query)


def _put_right(part: QueryPartIn, corrected: Corrections) -> QueryPartIn:
    # What leads away was not looked for by its words, and nobody knows whether they are misspelt.
    if part.text is None or part.weight <= 0:
        return part
    return part.model_copy(update={"text": with_corrections(part.text, corrected)})


def _changed(request: SearchIn, **members: Any) -> SearchIn:
    return request.model_copy(update=members)

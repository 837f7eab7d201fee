"""The answer of one search: what was found, and what is said of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from api.dependencies import Context
from api.middleware.metering import record_work
from api.schemas.members.query_parts import QueryPartIn
from api.schemas.search import SearchIn
from api.searching.facets import facet_body
from api.searching.found import hit_body
from api.searching.query_parts import Said, check, encoded
from api.searching.requests import absent_fields, search_request, unused, weights_of_words
from api.searching.weighted_parts import encoded_parts
from retrieval.search.query_vectors import QueryVectors, retry_on_model_change
from retrieval.search.request import SearchResult
from retrieval.words.corrected import with_corrections

Corrections = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What ``SearchOut`` says, and what its parts took in seconds."""

    body: dict[str, Any]
    took_s: Mapping[str, float]


async def answer_of(request: SearchIn, ctx: Context) -> SearchAnswer:
    """Search, and return the answer.

    Raises:
        ApiError, RetrievalError: The search is refused, or cannot be made.
    """
    check(request, ctx)
    ctx.client.check_namespace(request.namespace)
    result, warnings, encode_s = await retry_on_model_change(lambda: _found(request, ctx))
    most = ctx.limits.max_text_characters
    hits = [hit_body(hit, request.namespace, request.explain, most) for hit in result.hits]
    absent = absent_fields(request, [hit.metadata for hit in result.hits])
    about = [*unused(request), *weights_of_words(request)]
    counted = zip(request.facets, result.facets, strict=True)
    facets = [facet_body(wanted, found) for wanted, found in counted]
    body = {
        "results": hits,
        "total_candidates": result.total_candidates,
        "took_ms": round(result.took_ms, 3),
        "index_version": result.index_version,
        "corrected": result.corrected,
        "warnings": [*warnings, *about, *map(asdict, result.warnings), *absent],
    } | ({"facets": facets} if facets else {})
    took_s = {"encode": encode_s, "search": result.took_ms / 1000} | result.legs_s
    return SearchAnswer(body, took_s)


async def _found(request: SearchIn, ctx: Context) -> tuple[SearchResult, list[Said], float]:
    start_s = time.perf_counter()
    vectors, warnings = await _encoded(request, ctx)
    encode_s = time.perf_counter() - start_s
    result = await ctx.backend.search(search_request(request, vectors))
    meant = _meant(request, result)
    if meant is None:
        return result, warnings, encode_s
    # Which words are misspelt is known where they are looked for: a query that is spelt right is
    # encoded and searched once, others a second time by the meaning of what was meant.
    start_s = time.perf_counter()
    vectors, warnings = await _encoded(meant, ctx)
    encode_s += time.perf_counter() - start_s
    again = await ctx.backend.search(search_request(request, vectors))
    record_work("query", 2)
    return replace(again, took_ms=result.took_ms + again.took_ms), warnings, encode_s


async def _encoded(request: SearchIn, ctx: Context) -> tuple[QueryVectors, list[Said]]:
    if request.queries and request.mode != "keyword":
        return await encoded_parts(request, ctx)
    return await encoded(request, ctx)


def _meant(request: SearchIn, result: SearchResult) -> SearchIn | None:
    """Return the search whose meaning counts, None where it is the one that was made."""
    if not result.corrected or request.vector is not None or request.mode == "keyword":
        return None
    if request.queries:
        parts = [_put_right(part, result.corrected) for part in request.queries]
        return None if parts == request.queries else _changed(request, queries=parts)
    if request.query is None:
        return None
    query = with_corrections(request.query, result.corrected)
    return None if query == request.query else _changed(request, query=query)


def _put_right(part: QueryPartIn, corrected: Corrections) -> QueryPartIn:
    # What leads away was not looked for by its words, and nobody knows whether they are misspelt.
    if part.text is None or part.weight <= 0:
        return part
    return part.model_copy(update={"text": with_corrections(part.text, corrected)})


def _changed(request: SearchIn, **members: Any) -> SearchIn:
    return request.model_copy(update=members)

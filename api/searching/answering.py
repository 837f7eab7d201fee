"""The answer of one search: what was found, and what is said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from api.dependencies import Context
from api.schemas.search import SearchIn
from api.searching.comparing import uncompared
from api.searching.facets import facet_body
from api.searching.finding import EncodedQuery, encoded_query, found_in
from api.searching.found import hit_body
from api.searching.query_parts import check
from api.searching.requests import absent_fields, unused, weights_of_words
from api.searching.several import check_several, found_in_several
from retrieval.search.query_vectors import retry_on_model_change
from retrieval.search.request import SearchResult
from retrieval.search.several import NamespaceHit
from retrieval.words.settings import NOTHING_APPLIED, AppliedSettings


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
    if request.namespaces:
        check_several(request, ctx)
        return _answer(request, await retry_on_model_change(lambda: _in_several(request, ctx)), ctx)
    ctx.client.check_namespace(request.namespace)
    return _answer(request, await retry_on_model_change(lambda: _in_one(request, ctx)), ctx)


@dataclass(frozen=True, slots=True)
class _Answered:
    result: SearchResult
    hits: Sequence[NamespaceHit]
    query: EncodedQuery
    versions: Mapping[str, int] | None = None


async def _in_one(request: SearchIn, ctx: Context) -> _Answered:
    result, query = await found_in(request, await encoded_query(request, ctx), ctx)
    said = uncompared(query.compared, {request.namespace: result.lacking})
    result = replace(result, warnings=(*result.warnings, *said))
    return _Answered(result, [(request.namespace, hit) for hit in result.hits], query)


async def _in_several(request: SearchIn, ctx: Context) -> _Answered:
    result, hits, query, versions = await found_in_several(request, ctx)
    return _Answered(result, hits, query, versions)


def _answer(request: SearchIn, answered: _Answered, ctx: Context) -> SearchAnswer:
    result, most = answered.result, ctx.limits.max_text_characters
    hits = [hit_body(hit, name, request.explain, most) for name, hit in answered.hits]
    absent = absent_fields(request, [hit.metadata for _, hit in answered.hits])
    about = [*unused(request), *weights_of_words(request)]
    counted = zip(request.facets, result.facets, strict=True)
    facets = [facet_body(wanted, found) for wanted, found in counted]
    body = {
        "results": hits,
        "total_candidates": result.total_candidates,
        "took_ms": round(result.took_ms, 3),
        "index_version": result.index_version,
        "corrected": result.corrected,
        "warnings": [*answered.query.said, *about, *map(asdict, result.warnings), *absent],
    } | ({"facets": facets} if facets else {})
    if result.applied != NOTHING_APPLIED:
        body["settings_applied"] = _applied(result.applied)
    if answered.versions is not None:
        body["index_versions"] = answered.versions
    took_s = {"encode": answered.query.took_s, "search": result.took_ms / 1000} | result.legs_s
    return SearchAnswer(body, took_s)


def _applied(applied: AppliedSettings) -> dict[str, Any]:
    return {
        "synonyms": applied.synonyms,
        "stop_words": applied.left_out,
        "pinned": applied.pinned,
    }

"""A search of several namespaces: one question, asked of each, fused to one list."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from api.answers.item_refusals import known_refusal
from api.dependencies import Context
from api.errors import ApiError, BadRequest, Forbidden
from api.middleware.metering import record_work
from api.schemas.search import SearchIn
from api.searching.comparing import uncompared
from api.searching.finding import EncodedQuery, encoded_query, meant_by
from api.searching.requests import fusion_of, mode_of, search_request
from api.searching.told_of_several import corrections, told, words_known
from retrieval.documents import check_namespace
from retrieval.errors import RetrievalError
from retrieval.search.request import MAX_LIMIT, SearchResult, SearchWarning
from retrieval.search.several import NamespaceHit, fused_hits

SEARCHED_AT_ONCE = 4
"""Namespaces of a request: it is one caller among others."""
SeveralFound = tuple[SearchResult, Sequence[NamespaceHit], EncodedQuery, Mapping[str, int]]


def check_several(request: SearchIn, ctx: Context) -> None:
    """Refuse namespaces that are not the caller's, and names that none can have.

    Raises:
        Forbidden, InvalidNamespace: The first of them, by its place.
    """
    for at, name in enumerate(request.namespaces):
        place = f"namespaces.{at}"
        try:
            ctx.client.check_namespace(name)
        except Forbidden as error:
            raise Forbidden(error.message, error.code, {"where": place}) from None
        check_namespace(name, place)


async def found_in_several(request: SearchIn, ctx: Context) -> SeveralFound:
    """Return what all namespaces have together, the page's hits, the query, and their versions.

    A word that one of them has is no mistake in the others, and what a misspelt word is taken for
    is one meaning, which all are asked for: hits of different questions are not comparable.

    Raises:
        ApiError, RetrievalError: One of them refuses; the first in the order of the request.
    """
    start_s = time.perf_counter()
    query = await encoded_query(request, ctx)
    asked, known = request, ()
    results = await _searched(asked, query, known, ctx)
    searches = len(results)
    mistaken = words_known(results)
    meant = meant_by(request, corrections(results, mistaken))
    if mistaken or meant is not None:
        known = tuple(sorted(mistaken))
        if meant is not None:
            first_s = query.took_s
            query = await encoded_query(meant, ctx)
            query = replace(query, took_s=first_s + query.took_s)
        results = await _searched(asked, query, known, ctx)
        searches += len(results)
    _record(request, searches)
    named = dict(zip(request.namespaces, results, strict=True))
    hits = fused_hits(
        [(name, result.hits, result.floor) for name, result in named.items()],
        mode_of(request),
        fusion_of(request),
    )
    if request.min_score is not None:
        hits = [each for each in hits if each[1].score >= request.min_score]
    lacking = {name: result.lacking for name, result in named.items()}
    whole = SearchResult(
        [],
        len(hits),
        max(result.index_version for result in results),
        (time.perf_counter() - start_s - query.took_s) * 1000,
        _legs(results),
        (
            *told(named, request.min_relevance is not None),
            *uncompared(query.compared, lacking),
            *_about_pins(results),
        ),
        corrections(results),
    )
    page = hits[request.offset : request.offset + request.limit]
    return whole, page, query, {name: result.index_version for name, result in named.items()}


async def _searched(
    request: SearchIn, query: EncodedQuery, known: tuple[str, ...], ctx: Context
) -> list[SearchResult]:
    free = asyncio.Semaphore(SEARCHED_AT_ONCE)

    async def one(name: str) -> SearchResult:
        # All candidates: which of them come first is known when both sides are scaled over all.
        update = {"namespace": name, "offset": 0, "limit": MAX_LIMIT, "min_score": None}
        alone = search_request(request.model_copy(update=update), query.vectors)
        async with free:
            return await ctx.backend.search(replace(alone, known=known))

    names = request.namespaces
    done = await asyncio.gather(*map(one, names), return_exceptions=True)
    for at, result in enumerate(done):
        if isinstance(result, BaseException):
            raise _in_place(result, names[at], at)
    return [result for result in done if isinstance(result, SearchResult)]


def _in_place(error: BaseException, name: str, at: int) -> BaseException:
    """Return an error that says of which namespace it is, where it is about the request."""
    if isinstance(error, BadRequest) and error.details.get("where") == "namespace":
        details = error.details | {"where": f"namespaces.{at}"}
        return BadRequest(error.message, error.code, details, error.status)
    if not isinstance(error, RetrievalError) or isinstance(error, ApiError):
        return error
    refusal = known_refusal(error)
    if refusal.status != 422 or not error.of_input:
        return error
    message = f"in namespace {name!r}: {refusal.message}"
    return BadRequest(message, refusal.code, dict(refusal.details), refusal.status)


def _record(request: SearchIn, searches: int) -> None:
    pictures = request.image_base64 or any(part.image_base64 for part in request.queries)
    if request.mode == "keyword":
        record_work("keyword", searches)
    else:
        record_work("picture" if pictures else "query", max(searches, len(request.queries)))


def _legs(results: Iterable[SearchResult]) -> dict[str, float]:
    took_s: dict[str, float] = {}
    for result in results:
        for leg, seconds in result.legs_s.items():
            took_s[leg] = took_s.get(leg, 0.0) + seconds
    return took_s


def _about_pins(results: Sequence[SearchResult]) -> tuple[SearchWarning, ...]:
    if not any(result.applied.pinned for result in results):
        return ()
    message = "what a namespace pins for this query stands first in that namespace alone"
    return (SearchWarning("pins_not_applied", message, "namespaces"),)

"""A search of several namespaces: encoded once, searched side by side, fused to one list."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from api.dependencies import Context
from api.schemas.search import SearchIn
from api.searching.finding import EncodedQuery, encoded_query, found_in
from api.searching.requests import fusion_of, mode_of
from retrieval.search.request import CANDIDATES, SearchResult, SearchWarning
from retrieval.search.several import NamespaceHit, fused_hits

SeveralFound = tuple[SearchResult, Sequence[NamespaceHit], EncodedQuery, Mapping[str, int]]


async def found_in_several(request: SearchIn, ctx: Context) -> SeveralFound:
    """Return what all namespaces have together, the page's hits, the query, and their versions.

    Raises:
        ApiError, RetrievalError: One of them refuses; the first in the order of the request.
    """
    query = await encoded_query(request, ctx)
    asked = [_asked_of(request, name) for name in request.namespaces]
    done = await asyncio.gather(
        *(found_in(each, query, ctx) for each in asked), return_exceptions=True
    )
    found: list[tuple[SearchResult, EncodedQuery]] = []
    for one in done:
        if isinstance(one, BaseException):
            raise one
        found.append(one)
    results = [result for result, _ in found]
    named = list(zip(request.namespaces, results, strict=True))
    hits = fused_hits(
        [(name, result.hits, result.floor) for name, result in named],
        mode_of(request),
        fusion_of(request),
    )
    if request.min_score is not None:
        hits = [each for each in hits if each[1].score >= request.min_score]
    whole = SearchResult(
        [],
        sum(result.total_candidates for result in results),
        max(result.index_version for result in results),
        sum(result.took_ms for result in results),
        _legs(results),
        tuple(_told(named)),
        _corrected(results),
    )
    said = replace(query, said=_said(query, [each for _, each in found]))
    page = hits[request.offset : request.offset + request.limit]
    return whole, page, said, {name: result.index_version for name, result in named}


def _asked_of(request: SearchIn, namespace: str) -> SearchIn:
    # As deep for every page: scores are scaled over all that is fused, and pages are of one list.
    return request.model_copy(
        update={
            "namespace": namespace,
            "offset": 0,
            "limit": CANDIDATES,
            "min_score": None,
        }
    )


def _legs(results: Sequence[SearchResult]) -> dict[str, float]:
    took_s: dict[str, float] = defaultdict(float)
    for result in results:
        for leg, seconds in result.legs_s.items():
            took_s[leg] += seconds
    return dict(took_s)


def _told(named: Sequence[tuple[str, SearchResult]]) -> list[SearchWarning]:
    """Return the warnings of all namespaces; what all of them say is said once."""
    by_code: dict[SearchWarning, list[str]] = defaultdict(list)
    for name, result in named:
        for warning in result.warnings:
            by_code[warning].append(name)
    return [
        warning
        if len(names) == len(named)
        else replace(warning, message=f"{', '.join(names)}: {warning.message}")
        for warning, names in by_code.items()
    ]


def _corrected(results: Sequence[SearchResult]) -> dict[str, list[str]]:
    """Return what words were taken for, in any namespace: the first of each namespace first."""
    words = [word for result in results for word in result.corrected]
    return {
        word: list(
            dict.fromkeys(taken for result in results for taken in result.corrected.get(word, ()))
        )
        for word in dict.fromkeys(words)
    }


def _said(query: EncodedQuery, used: Sequence[EncodedQuery]) -> list[dict[str, str]]:
    every = [*query.said, *(said for each in used for said in each.said)]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(said.items()) for said in every)]

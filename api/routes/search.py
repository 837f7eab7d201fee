"""`POST /search`: keyword and semantic search over one namespace, and documents by a filter."""

import time
from dataclasses import asdict

from fastapi import APIRouter

from api.answers.responses import JsonResponse, refusals
from api.answers.server_timing import server_timing
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Context, Ctx
from api.schemas.search import SearchIn, SearchOut
from api.searching.facets import facet_body
from api.searching.found import hit_body
from api.searching.query_parts import Said, check, encoded
from api.searching.requests import absent_fields, search_request, unused
from retrieval.search.query_vectors import retry_on_model_change
from retrieval.search.request import SearchResult

router = APIRouter(tags=["search"], route_class=BodyRoute)


@router.post("/search", response_model=SearchOut, responses=refusals(404, 409, 415))
async def search(request: SearchIn, ctx: Ctx) -> JsonResponse:
    """Search by text, picture, vector, or text and picture together; or list what a filter takes.

    Without a query there must be a filter, a sort or facets.
    """
    check(request, ctx)
    ctx.client.check_namespace(request.namespace)
    result, warnings, encode_s = await retry_on_model_change(lambda: _found(request, ctx))
    most = ctx.limits.max_text_characters
    hits = [hit_body(hit, request.namespace, request.explain, most) for hit in result.hits]
    absent = absent_fields(request, [hit.metadata for hit in result.hits])
    said = [*warnings, *unused(request), *map(asdict, result.warnings), *absent]
    counted = zip(request.facets, result.facets, strict=True)
    facets = [facet_body(wanted, found) for wanted, found in counted]
    return JsonResponse(
        {
            "results": hits,
            "total_candidates": result.total_candidates,
            "took_ms": round(result.took_ms, 3),
            "index_version": result.index_version,
            "corrected": result.corrected,
            "warnings": said,
        }
        | ({"facets": facets} if facets else {}),
        headers=server_timing(
            {"encode": encode_s, "search": result.took_ms / 1000} | result.legs_s
        ),
    )


async def _found(request: SearchIn, ctx: Context) -> tuple[SearchResult, list[Said], float]:
    start_s = time.perf_counter()
    vectors, warnings = await encoded(request, ctx)
    encode_s = time.perf_counter() - start_s
    return await ctx.backend.search(search_request(request, vectors)), warnings, encode_s

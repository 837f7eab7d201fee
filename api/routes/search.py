"""`POST /search` and `/search/batch`: by words and by meaning, and documents by a filter."""

import time

from fastapi import APIRouter

from api.answers.responses import JsonResponse, refusals
from api.answers.server_timing import server_timing
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Ctx
from api.middleware.metering import record_work
from api.schemas.members.search_batch import SearchBatchIn, SearchBatchOut
from api.schemas.search import SearchIn
from api.schemas.search_answers import SearchOut
from api.searching.answering import answer_of
from api.searching.batch import answers_of
from api.searching.costs import cost_of

router = APIRouter(tags=["search"], route_class=BodyRoute)


@router.post("/search", response_model=SearchOut, responses=refusals(404, 409, 415))
async def search(request: SearchIn, ctx: Ctx) -> JsonResponse:
    """Search by text, picture, vector, or text and picture together; or list what a filter takes.

    Without a query there must be a filter, a sort or facets.
    """
    await ctx.charge(cost_of({"queries": request.queries, "namespaces": request.namespaces}))
    answer = await answer_of(request, ctx)
    return JsonResponse(answer.body, headers=server_timing(answer.took_s))


@router.post("/search/batch", response_model=SearchBatchOut, responses=refusals(413, 415))
async def search_batch(request: SearchBatchIn, ctx: Ctx) -> JsonResponse:
    """Make several searches; one that is refused fails alone. Each costs as one of its own."""
    await ctx.charge(sum(map(cost_of, request.searches)))
    begun_s = time.perf_counter()
    answers = await answers_of(request.searches, ctx)
    record_work("query", len(answers))
    failed = sum(answer["error"] is not None for answer in answers)
    took_s = {"searches": time.perf_counter() - begun_s}
    return JsonResponse({"answers": answers, "failed": failed}, headers=server_timing(took_s))

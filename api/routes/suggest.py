"""`GET /suggest`: what a query that is being typed may become."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from api.answers.responses import JsonResponse, refusals
from api.bodies.strict_route import StrictRoute
from api.dependencies import Ctx
from api.schemas.addresses import NamespaceParameter
from api.schemas.namespaces import SuggestOut
from retrieval.documents import check_namespace
from retrieval.search.suggestion import MOST_SUGGESTED, Suggestions

MOST_CHARACTERS = 256
"""Of a query that is being typed: nobody waits for suggestions to a text."""
NOT_HELD = (
    "nothing was looked for: the namespace is not in memory; ask again shortly, unless it does not "
    "fit there"
)
CUT = "metadata have more different values than are looked through; the last fields were left out"

router = APIRouter(tags=["search"], route_class=StrictRoute)


@router.get("/suggest", response_model=SuggestOut, responses=refusals(404, 409))
async def suggest(
    ctx: Ctx,
    query: Annotated[str, Query(min_length=1, max_length=MOST_CHARACTERS, examples=["str"])],
    namespace: NamespaceParameter = "default",
    limit: Annotated[int, Query(ge=1, le=MOST_SUGGESTED)] = 5,
) -> JsonResponse:
    """Complete a query from the words and the values of a namespace, as it is typed."""
    check_namespace(namespace)
    found = await ctx.backend.suggest(namespace, query, limit)
    return JsonResponse(
        {
            "suggestions": list(map(asdict, found.found)),
            "index_version": found.version,
            "warnings": _said(found),
        }
    )


def _said(found: Suggestions) -> list[dict[str, str]]:
    if not found.is_held:
        return [{"code": "nothing_looked_for", "message": NOT_HELD, "where": "namespace"}]
    if found.is_cut:
        return [{"code": "values_cut", "message": CUT, "where": "namespace"}]
    return []

"""The vectors of a query in weighted parts: one for each space, of what was given in it."""

import asyncio
from collections.abc import Sequence

from api.dependencies import Context
from api.errors import BadRequest, at
from api.middleware.metering import record_work
from api.schemas.members.query_parts import QueryPartIn
from api.schemas.search import SearchIn
from api.searching.comparing import Compared, legs_of
from api.searching.query_parts import QueryPart, Said, encoded_one
from retrieval.errors import OtherModel
from retrieval.search.query_vectors import QueryVectors, weighted_sum


async def encoded_parts(
    request: SearchIn, ctx: Context
) -> tuple[QueryVectors, list[Said], Compared]:
    """Return the parts' vectors as one query, what is said of each, and which legs it is for.

    Raises:
        OtherModel: Parts were encoded by different models.
    """
    used = [(number, part) for number, part in enumerate(request.queries) if part.weight != 0]
    has_picture = any(part.image_base64 for _, part in used)
    record_work("picture" if has_picture else "query", len(used))
    # All of them, whichever ends first: what is refused is told of the first that is.
    done = await asyncio.gather(
        *(encoded_one(_part(part), f"queries.{number}.", ctx) for number, part in used),
        return_exceptions=True,
    )
    vectors, said = [], []
    for one in done:
        if isinstance(one, BaseException):
            raise one
        vectors.append(one[0])
        said += one[1]
    places = [f"queries.{number}" for number, _ in used]
    compared = dict(zip(places, map(legs_of, vectors), strict=True))
    return _summed([part for _, part in used], vectors), said, compared


def _part(part: QueryPartIn) -> QueryPart:
    return QueryPart(part.text, part.image_base64, part.vector, part.vector_space)


def _summed(parts: Sequence[QueryPartIn], vectors: Sequence[QueryVectors]) -> QueryVectors:
    tags = {each.made_by for each in vectors}
    if len(tags) > 1:
        raise OtherModel("the models are being changed; try again shortly")
    weights = [part.weight for part in parts]
    summed = QueryVectors(
        weighted_sum([each.text for each in vectors], weights),
        weighted_sum([each.joint for each in vectors], weights),
        tags.pop(),
    )
    readable = [each for each in vectors if each.text is not None or each.joint is not None]
    if readable and summed.text is None and summed.joint is None:
        raise BadRequest("the parts cancel each other out", "parts_cancel_out", at("queries"))
    return summed

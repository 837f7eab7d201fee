"""A query's words, picture or vector, checked and encoded for the legs that they search."""

import numpy as np

from api.bodies.decoding import read_picture, refuse_picture
from api.dependencies import Context
from api.errors import BadRequest, at
from api.input_checks import (
    about_pictures,
    check_picture,
    raise_item_error,
    truncated,
    unreadable,
)
from api.middleware.metering import record_work
from api.schemas.search import SearchIn
from retrieval.encoding import EncoderInfo
from retrieval.search.query_encoding import QueryRequest
from retrieval.search.query_vectors import QueryVectors

_SO = "its meaning is left out of the search"
Said = dict[str, str]
"""As ``schemas.Warned``."""


def check(request: SearchIn, ctx: Context) -> None:
    """Refuse a page or a query that is too large, and a picture where words belong."""
    limits = ctx.limits
    if request.limit > limits.max_page:
        raise BadRequest(
            f"limit is {request.limit}, at most {limits.max_page}", None, at("limit", request.limit)
        )
    if request.query is not None and len(request.query) > limits.max_query_characters:
        raise BadRequest(
            f"query has {len(request.query)} characters, at most {limits.max_query_characters}",
            "text_too_long",
            at("query", len(request.query)),
            413,
        )
    if request.query is not None:
        refuse_picture(request.query, "query", "send it as `image_base64`")


async def encoded(request: SearchIn, ctx: Context) -> tuple[QueryVectors, list[Said]]:
    """Return a query's vectors, and what is said of its parts."""
    if request.mode == "keyword" or request.like or not request.has_query:
        record_work("keyword", 1)
        return QueryVectors(None, None), []
    record_work("picture" if request.image_base64 is not None else "query", 1)
    if request.vector is not None:
        return _given(request, await ctx.backend.encoder_info()), []
    data = None
    if request.image_base64 is not None:
        most = ctx.limits.max_picture_bytes
        data = await read_picture(request.image_base64, "image_base64", most)
        check_picture(data, "image_base64", ctx.limits.max_picture_bytes)
    query = QueryRequest(request.query, data)
    reply = await ctx.backend.encode_query(query)
    places = ["query" if isinstance(item, str) else "image_base64" for item in query.items]
    for place, report in zip(places, reply.reports, strict=True):
        raise_item_error(report, place)
    warned = any(report.unreadable for report in reply.reports)
    about_words = [unreadable("query", _SO)] if warned else []
    if any(report.truncated for report in reply.reports):
        about_words.append(truncated("query", "its meaning is that of its beginning"))
    return reply.vectors, about_words + about_pictures(places, reply.reports)


def _given(request: SearchIn, info: EncoderInfo) -> QueryVectors:
    dimension = info.dimension(request.vector_space)
    vector = np.asarray(request.vector, np.float64)
    if len(vector) != dimension:
        raise BadRequest(
            f"vector has {len(vector)} numbers, the {request.vector_space} space has {dimension}",
            "wrong_dimension",
            at("vector", len(vector)),
        )
    norm = float(np.linalg.norm(vector))
    if not np.isfinite(norm) or norm == 0.0:
        raise BadRequest("vector is not finite or zero", "non_finite_vector", at("vector"))
    unit = (vector / norm).astype(np.float32)
    in_text = info.one_space or request.vector_space == "text"
    in_joint = info.one_space or request.vector_space == "joint"
    return QueryVectors(unit if in_text else None, unit if in_joint else None, info.tag)

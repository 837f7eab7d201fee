"""A query's words, picture or vector, checked and encoded for the legs that they search."""

from collections.abc import Sequence
from typing import NamedTuple

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
from retrieval.encoding import EncoderInfo, Space
from retrieval.search.query_encoding import QueryRequest
from retrieval.search.query_vectors import QueryVectors

_SO = "its meaning is left out of the search"
Said = dict[str, str]
"""As ``schemas.Warned``."""


class QueryPart(NamedTuple):
    """What is encoded together: words, a picture, both, or a vector instead."""

    text: str | None
    image_base64: str | None
    vector: Sequence[float] | None
    vector_space: Space


def check(request: SearchIn, ctx: Context) -> None:
    """Refuse a page or a query that is too large, and a picture where words belong."""
    limits = ctx.limits
    if request.limit > limits.max_page:
        raise BadRequest(
            f"limit is {request.limit}, at most {limits.max_page}", None, at("limit", request.limit)
        )
    if request.query is not None:
        _check_words(request.query, "query", limits.max_query_characters)
    for number, part in enumerate(request.queries):
        if part.text is not None:
            _check_words(part.text, f"queries.{number}.text", limits.max_query_characters)


def _check_words(text: str, place: str, most: int) -> None:
    if len(text) > most:
        raise BadRequest(
            f"{place} has {len(text)} characters, at most {most}",
            "text_too_long",
            at(place, len(text)),
            413,
        )
    refuse_picture(text, place, "send it as `image_base64`")


async def encoded(request: SearchIn, ctx: Context) -> tuple[QueryVectors, list[Said]]:
    """Return a query's vectors, and what is said of its parts."""
    if request.mode == "keyword" or request.like or not request.has_query:
        record_work("keyword", 1)
        return QueryVectors(None, None), []
    record_work("picture" if request.image_base64 is not None else "query", 1)
    asked = QueryPart(request.query, request.image_base64, request.vector, request.vector_space)
    return await encoded_one(asked, "", ctx, words_at="query")


async def encoded_one(
    part: QueryPart, within: str, ctx: Context, words_at: str = "text"
) -> tuple[QueryVectors, list[Said]]:
    """Return the vectors of words, of a picture, of both, or of a vector as it was given.

    Args:
        within: What comes before the names of its members, in places.
        words_at: The member that has the words.
    """
    if part.vector is not None:
        return _given(part, await ctx.backend.encoder_info(), within), []
    data, place = None, f"{within}image_base64"
    if part.image_base64 is not None:
        most = ctx.limits.max_picture_bytes
        data = await read_picture(part.image_base64, place, most)
        check_picture(data, place, ctx.limits.max_picture_bytes)
    query = QueryRequest(part.text, data)
    reply = await ctx.backend.encode_query(query)
    words = f"{within}{words_at}"
    places = [words if isinstance(item, str) else place for item in query.items]
    for where, report in zip(places, reply.reports, strict=True):
        raise_item_error(report, where)
    warned = any(report.unreadable for report in reply.reports)
    about_words = [unreadable(words, _SO)] if warned else []
    if any(report.truncated for report in reply.reports):
        about_words.append(truncated(words, "its meaning is that of its beginning"))
    return reply.vectors, about_words + about_pictures(places, reply.reports)


def _given(part: QueryPart, info: EncoderInfo, within: str) -> QueryVectors:
    dimension = info.dimension(part.vector_space)
    vector, place = np.asarray(part.vector, np.float64), f"{within}vector"
    if len(vector) != dimension:
        raise BadRequest(
            f"{place} has {len(vector)} numbers, the {part.vector_space} space has {dimension}",
            "wrong_dimension",
            at(place, len(vector)),
        )
    norm = float(np.linalg.norm(vector))
    if not np.isfinite(norm) or norm == 0.0:
        raise BadRequest(f"{place} is not finite or zero", "non_finite_vector", at(place))
    unit = (vector / norm).astype(np.float32)
    in_text = info.one_space or part.vector_space == "text"
    in_joint = info.one_space or part.vector_space == "joint"
    return QueryVectors(unit if in_text else None, unit if in_joint else None, info.tag)

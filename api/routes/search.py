"""`POST /search`: keyword and semantic search over one namespace."""

from dataclasses import asdict
from typing import Any

import numpy as np
from fastapi import APIRouter

from api.answers.links import image_url
from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.bodies.decoding import read_picture, refuse_picture
from api.dependencies import Context, Ctx
from api.errors import BadRequest, at
from api.input_checks import (
    about_pictures,
    check_picture,
    raise_item_error,
    shown_text,
    truncated,
    unreadable,
)
from api.middleware.metering import record_work
from api.schemas.search import SearchIn, SearchOut
from retrieval.encoding import EncoderInfo
from retrieval.filtering.parse import parse
from retrieval.search.fusion import Fusion
from retrieval.search.query_encoding import QueryRequest
from retrieval.search.query_vectors import QueryVectors, retry_on_model_change
from retrieval.search.request import SearchHit, SearchRequest, SearchResult

_SO = "its meaning is left out of the search"
Said = dict[str, str]
"""As ``schemas.Warned``."""

router = APIRouter(tags=["search"], route_class=BodyRoute)


@router.post("/search", response_model=SearchOut, responses=refusals(404, 409, 415))
async def search(request: SearchIn, ctx: Ctx) -> JsonResponse:
    """Search by text, picture, vector, or text and picture together."""
    _check(request, ctx)
    ctx.client.check_namespace(request.namespace)
    result, warnings = await retry_on_model_change(lambda: _found(request, ctx))
    most = ctx.limits.max_text_characters
    hits = [_hit(hit, request.namespace, request.explain, most) for hit in result.hits]
    return JsonResponse(
        {
            "results": hits,
            "total_candidates": result.total_candidates,
            "took_ms": round(result.took_ms, 3),
            "index_version": result.index_version,
            "warnings": [*warnings, *map(asdict, result.warnings)],
        }
    )


async def _found(request: SearchIn, ctx: Context) -> tuple[SearchResult, list[Said]]:
    vectors, warnings = await _vectors(request, ctx)
    found = await ctx.backend.search(
        SearchRequest(
            namespace=request.namespace,
            query_text=request.query,
            text_query_vector=vectors.text,
            image_query_vector=vectors.joint,
            mode=request.mode,
            limit=request.limit,
            offset=request.offset,
            fusion=Fusion(
                method=request.fusion.method,
                semantic_weight=request.fusion.semantic_weight,
                keyword_weight=request.fusion.keyword_weight,
            ),
            filter=None if request.filter is None else parse(request.filter),
            prefer_recent=request.prefer_recent,
            recency_half_life_s=request.recency_half_life_s,
            made_by=vectors.made_by,
            highlight=True,
        )
    )
    return found, warnings


def _check(request: SearchIn, ctx: Context) -> None:
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


async def _vectors(request: SearchIn, ctx: Context) -> tuple[QueryVectors, list[Said]]:
    if request.mode == "keyword":
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


def _passage(hit: SearchHit) -> dict[str, Any] | None:
    passage = hit.passage
    if passage is None or hit.text is None:
        return None
    content: dict[str, Any] = {
        "text": hit.text[passage.start : passage.end],
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
    }
    known = {"page": passage.page, "heading": passage.heading}
    return content | {name: value for name, value in known.items() if value is not None}


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


def _hit(hit: SearchHit, namespace: str, explain: bool, most: int) -> dict[str, Any]:
    """Return a hit as it is answered, with ``most`` characters of its text."""
    text, cut = shown_text(hit.text, most)
    content = {
        "id": hit.id,
        "score": hit.score,
        "semantic_score": hit.semantic_score,
        "keyword_score": hit.keyword_score,
        "semantic_rank": hit.semantic_rank,
        "keyword_rank": hit.keyword_rank,
        "text": text,
        "truncated": cut,
        "passage": _passage(hit),
        "highlights": [{"start": start, "end": end} for start, end in hit.highlights],
        "modality": hit.modality,
        "source": hit.source,
        "metadata": hit.metadata,
        "created_at": hit.created_at,
        "image_url": image_url(namespace, hit.id) if hit.modality == "IMAGE" else None,
    }
    if explain:
        content["explain"] = {leg: asdict(score) for leg, score in hit.explain.items()}
    return content

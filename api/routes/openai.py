"""`POST /v1/embeddings` and `GET /v1/models`: the official OpenAI client works unchanged."""

import base64
from collections.abc import Sequence

import numpy as np
from fastapi import APIRouter

from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.bodies.decoding import read_picture
from api.dependencies import Context, Ctx
from api.errors import BadRequest, at
from api.input_checks import check_count, check_picture, check_text, raise_item_error
from api.middleware.metering import worked
from api.schemas.embed import ModelList, OpenAIRequest, OpenAIResponse
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, Space
from retrieval.search.query_vectors import made_by, of_one_model

router = APIRouter(prefix="/v1", tags=["openai"], route_class=BodyRoute)


@router.get("/models", response_model=ModelList)
async def models(ctx: Ctx) -> JsonResponse:
    """List the names that `model` may take; each stands for one space."""
    info = await ctx.backend.encoder_info()
    names = dict.fromkeys((info.joint_model, info.text_model))
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "brainwav"} for name in names]
    return JsonResponse({"object": "list", "data": data})


@router.post("/embeddings", response_model=OpenAIResponse, responses=refusals(404, 415))
async def embeddings(request: OpenAIRequest, ctx: Ctx) -> JsonResponse:
    """Embed texts, or pictures as data URIs with `modality: image`."""
    _space(request, await ctx.backend.encoder_info())
    items = await _items(request, ctx)
    await ctx.charge(len(items))
    worked("picture" if request.modality == "image" else "text", len(items))
    reply = await of_one_model(lambda: _encoded(request, items, ctx))
    for index, report in enumerate(reply.reports):
        raise_item_error(report, f"input.{index}")
    tokens = sum(report.tokens for report in reply.reports)
    encode = _base64 if request.encoding_format == "base64" else _same
    data = [
        {"object": "embedding", "index": index, "embedding": encode(vector)}
        for index, vector in enumerate(reply.vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return JsonResponse({"object": "list", "data": data, "model": request.model, "usage": usage})


async def _encoded(
    request: OpenAIRequest, items: Sequence[str | bytes], ctx: Context
) -> EncodeReply:
    """Encode by the model that was asked for: a service may be changing to another."""
    info = await ctx.backend.encoder_info()
    encode = EncodeRequest(items, _space(request, info), may_be_cheap=True)
    return await made_by(info.tag, lambda: ctx.backend.encode(encode))


def _space(request: OpenAIRequest, info: EncoderInfo) -> Space:
    spaces: dict[str, Space] = {info.text_model: "text", info.joint_model: "joint"}
    if request.model not in spaces:
        raise BadRequest(
            f"model {request.model!r:.100} is not served; served: {', '.join(sorted(spaces))}",
            "model_not_found",
            at("model", request.model),
            404,
        )
    space = spaces[request.model]
    dimension = info.dimension(space)
    if request.dimensions not in (None, dimension):
        raise BadRequest(
            f"dimensions is {request.dimensions}, {request.model} has {dimension}",
            "wrong_dimension",
            at("dimensions", request.dimensions),
        )
    return space


async def _items(request: OpenAIRequest, ctx: Context) -> list[str | bytes]:
    inputs = [request.input] if isinstance(request.input, str) else request.input
    limits = ctx.limits
    check_count(len(inputs), limits.max_embed_items, "input")
    if request.modality == "text":
        return [
            check_text(text, f"input.{i}", limits.max_text_characters)
            for i, text in enumerate(inputs)
        ]
    return [
        check_picture(
            await read_picture(uri, f"input.{i}", limits.max_picture_bytes),
            f"input.{i}",
            limits.max_picture_bytes,
        )
        for i, uri in enumerate(inputs)
    ]


def _base64(vector: np.ndarray) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def _same(vector: np.ndarray) -> np.ndarray:
    return vector

"""`POST /v1/embeddings` and `GET /v1/models`: clients made for OpenAI work unchanged."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, HTTPException, Path
from starlette.responses import Response

from api.access.route_rules import EMBED
from api.answers.responses import JsonResponse, refusals
from api.answers.warnings import HEADER, WarningTexts, warnings_header
from api.bodies.bounded_route import BodyRoute
from api.bodies.decoding import read_picture, refuse_picture
from api.bodies.turns import Turns
from api.dependencies import Context, Ctx
from api.embedding.inputs import texts_of
from api.embedding.parts import encoded
from api.embedding.served_models import served_models, space_of
from api.embedding.vector_lists import with_list
from api.errors import BadRequest, at
from api.input_checks import (
    about_input_type,
    about_pictures,
    check_picture,
    check_text,
    raise_item_error,
    unreadable,
)
from api.middleware.metering import record_work
from api.schemas.openai import ModelList, ModelOut, OpenAIRequest, OpenAIResponse
from retrieval.encoding import EncodeRequest, EncoderInfo, ItemReport, Space

router = APIRouter(prefix="/v1", tags=["openai"], route_class=BodyRoute)

PICTURE_REMEDY = "send it with `modality: image`"
WARNED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            HEADER: {
                "description": "What was cut or ignored: a JSON list of `{code, message, where}`",
                "schema": {"type": "string"},
            }
        }
    }
}


@router.get("/models", response_model=ModelList)
async def models(ctx: Ctx) -> JsonResponse:
    """List the names that `model` may take; each stands for one space."""
    info = await ctx.backend.encoder_info()
    served = served_models(info, ctx.model_aliases)
    data = [_described(name, space, info) for name, space in served.items()]
    return JsonResponse({"object": "list", "data": data})


@router.get("/models/{model_id:path}", response_model=ModelOut, responses=refusals(404))
async def model(model_id: Annotated[str, Path(examples=["text"])], ctx: Ctx) -> JsonResponse:
    """Describe one name that `model` may take."""
    if not model_id:
        raise HTTPException(404)
    info = await ctx.backend.encoder_info()
    space = space_of(model_id, info, ctx.model_aliases)
    return JsonResponse(_described(model_id, space, info))


@router.post(
    "/embeddings", response_model=OpenAIResponse, responses={**WARNED, **refusals(404, 415)}
)
async def embeddings(request: OpenAIRequest, ctx: Ctx) -> Response:
    """Embed texts, or pictures as data URIs with `modality: image`."""
    _space(request, await ctx.backend.encoder_info(), ctx)
    is_picture = request.modality == "image"
    inputs, places = texts_of(request.input, ctx.limits.max_embed_items)
    await ctx.charge(len(inputs) * (EMBED.picture_items if is_picture else 1))
    record_work("picture" if is_picture else "text", len(inputs))
    items = await _items(is_picture, inputs, places, ctx)

    def asked(info: EncoderInfo) -> EncodeRequest:
        space, input_type = _space(request, info, ctx), request.input_type or "passage"
        return EncodeRequest(items, space, may_be_cheap=True, input_type=input_type)

    reply, info = await encoded(asked, ctx)
    for place, report in zip(places, reply.reports, strict=True):
        raise_item_error(report, place)
    content = {
        "object": "list",
        "model": info.model(_space(request, info, ctx)),
        "usage": _usage(reply.reports, is_picture),
    }
    told = _base64 if request.encoding_format == "base64" else _numbers
    is_told = not is_picture and _space(request, info, ctx) in info.query_spaces
    about = about_input_type(request.input_type, is_told)
    headers = warnings_header([*about, *_warnings(places, reply.reports)])
    return await with_list(content, "data", reply.vectors, told, headers)


def _space(request: OpenAIRequest, info: EncoderInfo, ctx: Context) -> Space:
    """Return where the request is answered; raises ``BadRequest`` where it cannot be."""
    space = space_of(request.model, info, ctx.model_aliases)
    dimension = info.dimension(space)
    if request.dimensions not in (None, dimension):
        raise BadRequest(
            f"dimensions is {request.dimensions}: {info.model(space)} gives {dimension} numbers "
            "and cannot be cut; leave dimensions out",
            "wrong_dimension",
            at("dimensions", request.dimensions),
        )
    if request.modality == "image" and space == "text" and not info.one_space:
        raise BadRequest(
            f"{info.model(space)} embeds texts; for pictures name {info.joint_model}",
            "wrong_space",
            at("model", request.model),
        )
    return space


async def _items(
    is_picture: bool, inputs: Sequence[str], places: Sequence[str], ctx: Context
) -> list[str | bytes]:
    limits, turns = ctx.limits, Turns()
    items: list[str | bytes] = []
    for text, place in zip(inputs, places, strict=True):
        await turns.step()
        if is_picture:
            data = await read_picture(text, place, limits.max_picture_bytes)
            items.append(check_picture(data, place, limits.max_picture_bytes))
        else:
            refuse_picture(text, place, PICTURE_REMEDY)
            items.append(check_text(text, place, limits.max_text_characters))
    return items


def _described(name: str, space: Space, info: EncoderInfo) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "brainwav",
        "root": info.model(space),
    }


def _usage(reports: Sequence[ItemReport], is_picture: bool) -> dict[str, int]:
    tokens = sum(report.tokens for report in reports)
    pictures = {"pictures": len(reports)} if is_picture else {}
    return {"prompt_tokens": tokens, "total_tokens": tokens} | pictures


def _warnings(places: Sequence[str], reports: Sequence[ItemReport]) -> list[WarningTexts]:
    warnings: list[WarningTexts] = [
        {
            "code": "truncated",
            "message": f"{place} is longer than the model reads; its end was left out",
            "where": place,
        }
        for place, report in zip(places, reports, strict=True)
        if report.truncated
    ]
    warnings += [
        unreadable(place, "its vector says little")
        for place, report in zip(places, reports, strict=True)
        if report.unreadable
    ]
    return [*warnings, *about_pictures(places, reports)]


def _numbers(index: int, vector: np.ndarray) -> dict[str, Any]:
    return {"object": "embedding", "index": index, "embedding": vector}


def _base64(index: int, vector: np.ndarray) -> dict[str, Any]:
    text = base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    return {"object": "embedding", "index": index, "embedding": text}

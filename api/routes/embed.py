"""`POST /embed` and `POST /embed/multimodal`: texts and pictures to vectors."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.bodies.decoding import refuse_picture
from api.bodies.limits import RequestLimits
from api.bodies.turns import Turns
from api.dependencies import Ctx
from api.embedding.items import cost_of, item_warnings, kind_of, payload, place_of
from api.embedding.parts import encoded
from api.embedding.vector_lists import with_list
from api.errors import STATUS_BY_CODE, ApiError, BadRequest, at
from api.input_checks import (
    about_input_type,
    check_count,
    check_picture,
    check_text,
    decode_text_file,
    raise_item_error,
)
from api.middleware.metering import estimated, record_work
from api.schemas.embed import (
    EmbedItem,
    EmbedRequest,
    EmbedResponse,
    ItemFailure,
    MultimodalResponse,
)
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, ItemError, ItemReport
from retrieval.picture_type import picture_mime

router = APIRouter(tags=["embed"], route_class=BodyRoute)

UNSUPPORTED = ("AUDIO", "VIDEO")
MODALITY = {"pattern": "^([Ii][Mm][Aa][Gg][Ee]|[Tt][Ee][Xx][Tt])$"}


@router.post("/embed", response_model=EmbedResponse, responses=refusals(415))
async def embed(request: EmbedRequest, ctx: Ctx) -> Response:
    """Embed texts and pictures; an item that fails carries its own error, the others succeed."""
    check_count(len(request.inputs), ctx.limits.max_embed_items, "inputs")
    await ctx.charge(sum(cost_of(item) for item in request.inputs))
    early: dict[int, ItemFailure] = {}
    items: list[str | bytes] = []
    kept: list[int] = []
    turns = Turns()
    for index, item in enumerate(request.inputs):
        await turns.step()
        place = place_of("inputs", index, item)
        try:
            items.append(await payload(item, place, ctx))
            kept.append(index)
        except ApiError as error:
            early[index] = ItemFailure(
                index=index, code=error.code, message=error.message, where=place
            )
    reply = None
    if items:
        record_work(kind_of(items), len(items))
        encode = EncodeRequest(
            items,
            request.space,
            request.normalize,
            may_be_cheap=True,
            input_type=request.input_type or "passage",
        )
        reply, info = await encoded(lambda _: encode, ctx)
    else:
        info = await ctx.backend.encoder_info()
    vectors, content = _embed_body(request.inputs, kept, items, reply, early)
    refuse_if_all_failed(content["errors"], len(request.inputs))
    places = [place_of("inputs", index, request.inputs[index]) for index in kept]
    about = about_input_type(request.input_type, _has_told_texts(request, info))
    content["warnings"] = about + ([] if reply is None else item_warnings(reply.reports, places))
    content |= {"dimension": info.dimension(request.space), "model": info.model(request.space)}
    return await with_list(content, "embeddings", vectors, lambda _, vector: vector)


@router.post("/embed/multimodal", response_model=MultimodalResponse, responses=refusals(415))
async def embed_multimodal(
    ctx: Ctx,
    file: Annotated[UploadFile, File(description="A picture, or a text in UTF-8")],
    modality: Annotated[
        str, Form(description="IMAGE or TEXT, any case", json_schema_extra=MODALITY)
    ],
    normalize: Annotated[bool, Form()] = True,
) -> JsonResponse:
    """Embed one uploaded picture or text."""
    start_s = time.perf_counter()
    data = await file.read()
    kind = parse_modality(modality)
    item = _file_item(data, kind, ctx.limits)
    mime = picture_mime(data) if isinstance(item, bytes) else "text/plain"
    record_work(kind_of([item]), 1)
    encode = EncodeRequest([item], "joint", normalize, may_be_cheap=True)
    reply, info = await encoded(lambda _: encode, ctx)
    raise_item_error(reply.reports[0], "file")
    return JsonResponse(
        {
            "embedding": reply.vectors[0],
            "dimension": info.joint_dimension,
            "model": info.joint_model,
            "modality": kind,
            "mime_type": mime,
            "size": len(data),
            "truncated": reply.reports[0].truncated,
            "processing_time_ms": round((time.perf_counter() - start_s) * 1000, 3),
            "energy": estimated(),
            "message": _message(reply.reports[0]),
            "warnings": item_warnings(reply.reports, ["file"]),
        }
    )


def parse_modality(value: str) -> str:
    """Return ``IMAGE`` or ``TEXT``.

    Raises:
        BadRequest: Another word; ``unsupported_modality`` for audio and video.
    """
    modality = value.strip().upper()
    if modality in ("IMAGE", "TEXT"):
        return modality
    code = "unsupported_modality" if modality in UNSUPPORTED else "invalid_request"
    raise BadRequest(f"modality is IMAGE or TEXT, not {value!r:.40}", code, at("modality", value))


def refuse_if_all_failed(errors: Sequence[dict[str, Any]], count: int) -> None:
    """Answer 4xx where nothing at all succeeded, instead of an empty success."""
    if len(errors) < count:
        return
    first = errors[0]
    raise BadRequest(
        first["message"],
        first["code"],
        at(first["where"]) | {"errors": list(errors)},
        STATUS_BY_CODE.get(first["code"], 422),
    )


def _has_told_texts(request: EmbedRequest, info: EncoderInfo) -> bool:
    """Whether a text is among the inputs whose vector depends on what it is for."""
    has_texts = any(item.text is not None for item in request.inputs)
    return has_texts and request.space in info.query_spaces


def _file_item(data: bytes, modality: str, limits: RequestLimits) -> str | bytes:
    if modality == "IMAGE":
        return check_picture(data, "file", limits.max_picture_bytes)
    text = check_text(decode_text_file(data, "file"), "file", limits.max_text_characters)
    refuse_picture(text, "file", "send the picture itself, with modality IMAGE")
    return text


def _embed_body(
    inputs: Sequence[EmbedItem],
    kept: Sequence[int],
    items: Sequence[str | bytes],
    reply: EncodeReply | None,
    early: dict[int, ItemFailure],
) -> tuple[list[Any], dict[str, Any]]:
    """Return each input's vector, and what is told beside them."""
    vectors: list[Any] = [None] * len(inputs)
    truncated = [False] * len(inputs)
    errors, tokens, pictures = dict(early), 0, 0
    for row, index in enumerate(kept):
        assert reply is not None
        report = reply.reports[row]
        if report.error is not None:
            errors[index] = _late(index, place_of("inputs", index, inputs[index]), report.error)
            continue
        vectors[index] = reply.vectors[row]
        truncated[index] = report.truncated
        tokens += report.tokens
        pictures += isinstance(items[row], bytes)
    return vectors, {
        "errors": [error.model_dump() for _, error in sorted(errors.items())],
        "truncated": truncated,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens, "pictures": pictures},
    }


def _late(index: int, place: str, error: ItemError) -> ItemFailure:
    message = f"{place}: {error.message}"
    return ItemFailure(index=index, code=error.code, message=message, where=place)


def _message(report: ItemReport) -> str:
    if report.truncated:
        return "brAInwav: embedded; the text was longer than the context and its end was left out"
    return "brAInwav: embedded"

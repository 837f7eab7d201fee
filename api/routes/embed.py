"""`POST /embed` and `POST /embed/multimodal`: texts and pictures to vectors."""

import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.bodies.decoding import read_picture
from api.bodies.limits import RequestLimits
from api.bodies.turns import Turns
from api.dependencies import Context, Ctx
from api.errors import STATUS_BY_CODE, ApiError, BadRequest, at
from api.input_checks import (
    check_count,
    check_picture,
    check_text,
    decode_text_file,
    raise_item_error,
)
from api.middleware.metering import estimated, worked
from api.schemas.embed import EmbedItem, EmbedRequest, EmbedResponse, MultimodalResponse
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, ItemError, ItemReport
from retrieval.picture_type import picture_mime
from retrieval.search.query_vectors import made_by, of_one_model

router = APIRouter(tags=["embed"], route_class=BodyRoute)

UNSUPPORTED = ("AUDIO", "VIDEO")
MODALITY = {"pattern": "^([Ii][Mm][Aa][Gg][Ee]|[Tt][Ee][Xx][Tt])$"}


@router.post("/embed", response_model=EmbedResponse, responses=refusals(415))
async def embed(request: EmbedRequest, ctx: Ctx) -> JsonResponse:
    """Embed texts and pictures; an item that fails carries its own error, the others succeed."""
    check_count(len(request.inputs), ctx.limits.max_embed_items, "inputs")
    await ctx.charge(len(request.inputs))
    early: dict[int, ItemError] = {}
    items: list[str | bytes] = []
    kept: list[int] = []
    turns = Turns()
    for index, item in enumerate(request.inputs):
        await turns.step()
        try:
            items.append(await _payload(item, f"inputs.{index}", ctx))
            kept.append(index)
        except ApiError as error:
            early[index] = ItemError(error.code, error.message)
    reply = None
    if items:
        worked(_kind(items), len(items))
        encode = EncodeRequest(items, request.space, request.normalize, may_be_cheap=True)
        reply, info = await encoded(encode, ctx)
    else:
        info = await ctx.backend.encoder_info()
    content = _embed_body(len(request.inputs), kept, reply, early)
    refuse_if_all_failed(content["errors"], len(request.inputs), "inputs")
    content |= {"dimension": info.dimension(request.space), "model": info.model(request.space)}
    return JsonResponse(content)


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
    worked(_kind([item]), 1)
    encode = EncodeRequest([item], "joint", normalize, may_be_cheap=True)
    reply, info = await encoded(encode, ctx)
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
        }
    )


async def encoded(request: EncodeRequest, ctx: Context) -> tuple[EncodeReply, EncoderInfo]:
    """Return the items encoded, and by what: both of the same model."""

    async def ask() -> tuple[EncodeReply, EncoderInfo]:
        info = await ctx.backend.encoder_info()
        return await made_by(info.tag, lambda: ctx.backend.encode(request)), info

    return await of_one_model(ask)


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


def refuse_if_all_failed(errors: Sequence[dict], count: int, place: str) -> None:
    """Answer 4xx where nothing at all succeeded, instead of an empty success."""
    if len(errors) < count:
        return
    first = errors[0]
    raise BadRequest(
        f"{place}.{first['index']}: {first['message']}",
        first["code"],
        at(f"{place}.{first['index']}") | {"errors": list(errors)},
        STATUS_BY_CODE.get(first["code"], 422),
    )


async def _payload(item: EmbedItem, place: str, ctx: Context) -> str | bytes:
    limits = ctx.limits
    if item.image_url is not None:
        where = f"{place}.image_url"
        data = await ctx.fetch_picture(item.image_url, where)
        return check_picture(data, where, limits.max_picture_bytes)
    if item.text is not None:
        return check_text(item.text, f"{place}.text", limits.max_text_characters)
    where = f"{place}.image_base64"
    data = await read_picture(item.image_base64 or "", where, limits.max_picture_bytes)
    return check_picture(data, where, limits.max_picture_bytes)


def _kind(items: Sequence[str | bytes]) -> str:
    """Return what an estimate of energy goes by: both kinds cost very differently."""
    pictures = sum(isinstance(item, bytes) for item in items)
    return "text" if not pictures else "picture" if pictures == len(items) else "mixed"


def _file_item(data: bytes, modality: str, limits: RequestLimits) -> str | bytes:
    if modality == "IMAGE":
        return check_picture(data, "file", limits.max_picture_bytes)
    return check_text(decode_text_file(data, "file"), "file", limits.max_text_characters)


def _embed_body(
    count: int, kept: Sequence[int], reply: EncodeReply | None, early: dict[int, ItemError]
) -> dict:
    vectors: list = [None] * count
    truncated = [False] * count
    errors, tokens, pictures = dict(early), 0, 0
    for row, index in enumerate(kept):
        assert reply is not None
        report = reply.reports[row]
        if report.error is not None:
            errors[index] = report.error
            continue
        vectors[index] = reply.vectors[row]
        truncated[index] = report.truncated
        tokens += report.tokens
        pictures += report.tokens == 0
    return {
        "embeddings": vectors,
        "errors": [
            {"index": i, "code": e.code, "message": e.message} for i, e in sorted(errors.items())
        ],
        "truncated": truncated,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens, "pictures": pictures},
    }


def _message(report: ItemReport) -> str:
    if report.truncated:
        return "brAInwav: embedded; the text was longer than the context and its end was left out"
    return "brAInwav: embedded"

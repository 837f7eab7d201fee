"""A document's picture: as it was stored, a part of it, or small."""

from hashlib import blake2b
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.answers.byte_ranges import NoSuchRange, wanted_range
from api.answers.entity_tags import OF_READER, entity_tag, is_known
from api.answers.errors import response
from api.answers.responses import refusals
from api.answers.thumbnails import ThumbnailCache
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Context, Ctx
from api.errors import BadRequest, at
from api.middleware.metering import record_work
from api.schemas.addresses import DocumentId, NamespaceParameter, check_address
from retrieval.encoding import THUMBNAIL_WIDTHS_PX, ThumbnailRequest
from retrieval.picture_type import SIGNATURES

router = APIRouter(tags=["documents"], route_class=BodyRoute)

PICTURE_CONTENT = {
    mime: {"schema": {"type": "string", "format": "binary"}}
    for mime in (*(mime for _, mime in SIGNATURES), "image/webp", "image/avif", "image/heic")
}
SAFE_HEADERS = {
    # The content was checked to be a picture; no browser shall think otherwise.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    **OF_READER,
}
PICTURE_HEADERS = {"Accept-Ranges": "bytes", **SAFE_HEADERS}
WidthParameter = Annotated[
    int | None,
    Query(
        description="At most so many pixels wide, as a JPEG, never enlarged, and at most four "
        "times as high; `Range` is not heeded then",
        json_schema_extra={"enum": list(THUMBNAIL_WIDTHS_PX), "example": 256},
    ),
]


@router.get(
    "/documents/{document_id}/image",
    response_class=Response,
    responses={
        **refusals(404, 409, 413, 415, 416),
        200: {"content": PICTURE_CONTENT},
        206: {"content": PICTURE_CONTENT, "description": "The part that `Range` asked for"},
        304: {"description": "`If-None-Match` named what is stored"},
    },
)
async def get_image(
    http: Request,
    document_id: DocumentId,
    ctx: Ctx,
    namespace: NamespaceParameter = "default",
    width: WidthParameter = None,
) -> Response:
    """Read a document's picture as it was stored, the part that `Range` asks for, or small."""
    check_address(namespace, document_id)
    if width is not None and width not in THUMBNAIL_WIDTHS_PX:
        widths = ", ".join(map(str, THUMBNAIL_WIDTHS_PX))
        raise BadRequest(f"width is one of {widths}: {width}", None, at("query.width", width))
    data, mime = await ctx.backend.picture(namespace, document_id)
    digest = blake2b(data, digest_size=16).hexdigest()
    if width is None:
        return _whole(http, data, mime, digest)
    return await _small(http, ctx, data, digest, width)


def _whole(http: Request, data: bytes, mime: str, digest: str) -> Response:
    tag = entity_tag(digest)
    headers = PICTURE_HEADERS | {"ETag": tag}
    if is_known(http.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    try:
        part = wanted_range(http.headers.get("range"), http.headers.get("if-range"), tag, len(data))
    except NoSuchRange as error:
        answer = response(http, BadRequest(str(error), "no_such_range", at("header.range"), 416))
        answer.headers["Content-Range"] = f"bytes */{len(data)}"
        return answer
    if part is None:
        return Response(data, media_type=mime, headers=headers)
    headers |= {"Content-Range": part.told(len(data))}
    return Response(data[part.start : part.end], 206, headers, media_type=mime)


async def _small(http: Request, ctx: Context, data: bytes, digest: str, width: int) -> Response:
    tag = entity_tag(f"{digest}-{width}")
    # Weak: another release may make another file of the same picture.
    headers: dict[str, Any] = SAFE_HEADERS | {"ETag": f"W/{tag}"}
    if is_known(http.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    key = ThumbnailCache.key(ctx.client.name, digest, width)
    small = ctx.thumbnails.get(key)
    if small is None:
        record_work("thumbnail", 1)
        small = await ctx.backend.thumbnail(ThumbnailRequest(data, width))
        ctx.thumbnails.put(key, small)
    return Response(small, media_type="image/jpeg", headers=headers)

"""Documents: write, upload, read, list and delete, by namespace."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from pydantic import ValidationError
from starlette.responses import Response

from api.answers.links import image_url
from api.answers.responses import JsonResponse, refusals
from api.backend import Written
from api.bodies.bounded_route import BodyRoute, refusal
from api.bodies.decoding import read_picture
from api.bodies.json_body import parsed_text
from api.bodies.json_shape import JsonShape, ShapeError
from api.bodies.limits import RequestLimits
from api.bodies.turns import Turns
from api.dependencies import Context, Ctx
from api.errors import (
    MESSAGE_CHARACTERS,
    STATUS_BY_CODE,
    ApiError,
    BadRequest,
    at,
    bounded,
    place_of,
)
from api.idempotency import IdempotencyKey, Ids, body_digest, form_digest, once
from api.input_checks import (
    check_count,
    check_picture,
    check_text,
    decode_text_file,
)
from api.middleware.metering import worked
from api.schemas.documents_and_search import (
    DOCUMENT_ID,
    MOST_OFFSET,
    NAMESPACE,
    DeleteResponse,
    DocumentIn,
    DocumentOut,
    DocumentPage,
    Namespaces,
    PutDocuments,
    WriteResponse,
)
from retrieval.clip.errors import ClipError
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.documents import (
    Document,
    Vector,
    check_id,
    check_known_id,
    check_metadata,
    check_namespace,
)
from retrieval.encoding import EncodeRequest, ItemError
from retrieval.errors import RetrievalError, TooManyFields, shown
from retrieval.picture_type import SIGNATURES, picture_mime
from retrieval.search.query_vectors import made_by, of_one_model
from retrieval.times import is_finer, utc_time

router = APIRouter(tags=["documents"], route_class=BodyRoute)

Namespace = Annotated[
    str, Query(description="1-63 of a-z, 0-9, _ and -", json_schema_extra=NAMESPACE)
]
DocumentId = Annotated[str, Path(json_schema_extra=DOCUMENT_ID)]
PICTURE_CONTENT = {
    mime: {"schema": {"type": "string", "format": "binary"}} for _, mime in SIGNATURES
} | {"image/webp": {"schema": {"type": "string", "format": "binary"}}}
ENCODE_CHUNK = 64
"""Documents encoded by one call, so that a large write shares the encoder with others."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked document before it is encoded."""

    index: int
    id: str
    text: str | None
    picture: bytes | None
    metadata: dict[str, Any]
    source: Any
    created_at: datetime
    warnings: tuple[dict[str, str], ...] = ()


@router.put("/documents", response_model=WriteResponse, responses=refusals(409, 415, 507))
async def put_documents(
    request: PutDocuments, http: Request, ctx: Ctx, idempotency_key: IdempotencyKey = None
) -> Response:
    """Write documents by id; the rotten ones are listed under `failed`, the rest are written."""
    check_namespace(request.namespace)
    # Before any work: the write itself is checked again.
    ctx.client.check_namespace(request.namespace)
    return await once(http, ctx, body_digest(http), lambda ids: _put(request, ctx, ids))


async def _put(request: PutDocuments, ctx: Context, ids: Ids) -> JsonResponse:
    check_count(len(request.documents), ctx.limits.max_documents, "documents")
    await ctx.charge(len(request.documents))
    worked("document", len(request.documents))
    drafts, failed, turns = [], {}, Turns()
    for index, raw in enumerate(request.documents):
        await turns.step()
        try:
            drafts.append(await _draft(index, raw, ctx, ids))
        except (ApiError, RetrievalError) as error:
            failed[index] = _failure(error)
    return await _write(request.namespace, drafts, failed, len(request.documents), ctx)


@router.post("/documents/upload", response_model=WriteResponse, responses=refusals(409, 415, 507))
async def upload_documents(
    ctx: Ctx,
    http: Request,
    file: Annotated[
        list[UploadFile],
        File(description="Pictures, or texts in UTF-8", json_schema_extra={"minItems": 1}),
    ],
    namespace: Annotated[str, Form(json_schema_extra=NAMESPACE)] = "default",
    metadata: Annotated[str, Form(description="A JSON object, for every file")] = "{}",
    text: Annotated[str | None, Form(description="A text to go with the pictures")] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Write one document for each file; the content decides whether it is a picture."""
    check_namespace(namespace)
    ctx.client.check_namespace(namespace)
    check_count(len(file), ctx.limits.max_documents, "file")

    async def content() -> bytes:
        # Not the body as it was sent: every client draws another boundary each time.
        fields = (namespace, metadata, "" if text is None else f"={text}")
        return await form_digest(fields, file)

    async def serve(ids: Ids) -> JsonResponse:
        await ctx.charge(len(file))
        worked("document", len(file))
        shared = await _metadata_form(metadata, ctx.limits)
        drafts, failed = [], {}
        for index, upload in enumerate(file):
            try:
                data = await upload.read()
                draft = _upload_draft(
                    index, ids.draw(index), upload, data, text, shared, ctx.limits
                )
                drafts.append(draft)
            except (ApiError, RetrievalError) as error:
                failed[index] = _failure(error)
        return await _write(namespace, drafts, failed, len(file), ctx)

    return await once(http, ctx, content(), serve)


@router.get("/documents", response_model=DocumentPage, responses=refusals(409))
async def list_documents(
    ctx: Ctx,
    namespace: Namespace = "default",
    limit: Annotated[int, Query(ge=1)] = 50,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
) -> JsonResponse:
    """List documents in the order of their ids."""
    check_namespace(namespace)
    if limit > ctx.limits.max_page:
        raise BadRequest(
            f"limit is {limit}, at most {ctx.limits.max_page}", None, at("limit", limit)
        )
    page = await ctx.backend.page(namespace, limit, offset)
    return JsonResponse(
        {
            "documents": [_out(document, namespace) for document in page.documents],
            "total": page.total,
            "limit": limit,
            "offset": offset,
            "version": page.version,
        }
    )


@router.get("/namespaces", response_model=Namespaces)
async def list_namespaces(ctx: Ctx) -> JsonResponse:
    """Name the namespaces that hold documents."""
    return JsonResponse({"namespaces": list(await ctx.backend.namespaces())})


@router.get("/documents/{document_id}", response_model=DocumentOut, responses=refusals(404, 409))
async def get_document(
    document_id: DocumentId, ctx: Ctx, namespace: Namespace = "default"
) -> JsonResponse:
    """Read one document."""
    _check_address(namespace, document_id)
    return JsonResponse(_out(await ctx.backend.document(namespace, document_id), namespace))


@router.get(
    "/documents/{document_id}/image",
    response_class=Response,
    responses={**refusals(404, 409), 200: {"content": PICTURE_CONTENT}},
)
async def get_image(
    document_id: DocumentId, ctx: Ctx, namespace: Namespace = "default"
) -> Response:
    """Read a document's picture as it was stored."""
    _check_address(namespace, document_id)
    data, mime = await ctx.backend.picture(namespace, document_id)
    # The content was checked to be a picture; no browser shall think otherwise.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return Response(data, media_type=mime, headers=headers)


@router.delete(
    "/documents/{document_id}", response_model=DeleteResponse, responses=refusals(404, 409, 507)
)
async def delete_document(
    document_id: DocumentId, ctx: Ctx, namespace: Namespace = "default"
) -> JsonResponse:
    """Delete one document; 404 if there is none of that id."""
    _check_address(namespace, document_id)
    written = await ctx.backend.delete(namespace, [document_id])
    if written.changed == 0:
        raise BadRequest(
            f"no document {document_id!r:.100} in {namespace}",
            "not_found",
            at("document_id", document_id),
            404,
        )
    return JsonResponse({"deleted": written.changed, "version": written.version})


def _check_address(namespace: str, document_id: str) -> None:
    check_namespace(namespace)
    check_known_id(document_id, "document_id")


async def _draft(index: int, raw: Any, ctx: Context, ids: Ids) -> Draft:
    place, limits = f"documents.{index}", ctx.limits
    try:
        document = DocumentIn.model_validate(raw)
    except ValidationError as error:
        problem = error.errors()[0]
        where = place_of([place, *problem["loc"]])
        raise BadRequest(f"{where}: {problem['msg']}", None, at(where)) from None
    picture = None
    if document.image_url is not None:
        where = f"{place}.image_url"
        if document.image_base64 is not None:
            raise BadRequest(f"{place} has image_base64 and image_url", None, at(where))
        data = await ctx.fetch_picture(document.image_url, where)
        picture = check_picture(data, where, limits.max_picture_bytes)
    if document.image_base64 is not None:
        where = f"{place}.image_base64"
        picture = check_picture(
            await read_picture(document.image_base64, where, limits.max_picture_bytes),
            where,
            limits.max_picture_bytes,
        )
    text = document.text
    if text is not None:
        text = check_text(text, f"{place}.text", limits.max_text_characters)
    if text is None and picture is None:
        raise BadRequest(f"{place} needs a text, a picture or both", "empty_input", at(place))
    return Draft(
        index,
        ids.draw(index) if document.id is None else check_id(document.id, f"{place}.id"),
        text,
        picture,
        check_metadata(document.metadata, f"{place}.metadata"),
        document.source,
        _time(document.created_at, f"{place}.created_at"),
        _cut(document.created_at, f"{place}.created_at"),
    )


def _upload_draft(
    index: int,
    id: str,
    upload: UploadFile,
    data: bytes,
    text: str | None,
    metadata: dict[str, Any],
    limits: RequestLimits,
) -> Draft:
    place = f"file.{index}"
    declared_text = (upload.content_type or "").startswith("text/")
    is_picture = picture_mime(data).startswith("image/") and not declared_text
    content, picture = text, None
    if is_picture or not declared_text:
        picture = check_picture(data, place, limits.max_picture_bytes)
    else:
        content = decode_text_file(data, place)
    if content is not None:
        content = check_text(content, place, limits.max_text_characters)
    named = metadata if not upload.filename else {"filename": upload.filename[-255:]} | metadata
    checked = check_metadata(named)
    return Draft(index, id, content, picture, checked, "LTM", datetime.now(UTC))


async def _metadata_form(value: str, limits: RequestLimits) -> dict[str, Any]:
    try:
        parsed = await parsed_text(value, "metadata", JsonShape(limits.shape("small")))
    except ShapeError as error:
        raise refusal(error, "metadata") from None
    if not isinstance(parsed, dict):
        raise BadRequest("metadata is not a JSON object", None, at("metadata", value))
    return check_metadata(parsed)


async def _write(
    namespace: str, drafts: Sequence[Draft], failed: dict[int, dict], count: int, ctx: Context
) -> JsonResponse:
    documents: list[Document] = []
    for chunk in _chunks(drafts, ENCODE_CHUNK):
        for draft, result in await of_one_model(lambda chunk=chunk: _encoded(chunk, ctx)):
            if isinstance(result, ItemError):
                failed[draft.index] = {
                    "code": result.code,
                    "message": f"brAInwav: documents.{draft.index}: {result.message}",
                    "details": at(f"documents.{draft.index}"),
                }
            else:
                documents.append(result)
    _refuse_if_nothing_left(documents, failed)
    written = await _committed(namespace, documents, drafts, failed, ctx)
    ids: list[str | None] = [None] * count
    for draft in drafts:
        if draft.index not in failed:
            ids[draft.index] = draft.id
    failures = [{"index": index, "error": error} for index, error in sorted(failed.items())]
    return JsonResponse(
        {
            "upserted": written.changed,
            "failed": failures,
            "ids": ids,
            "version": written.version,
            "warnings": [
                warning
                for draft in drafts
                if draft.index not in failed
                for warning in draft.warnings
            ],
        }
    )


async def _committed(
    namespace: str,
    documents: Sequence[Document],
    drafts: Sequence[Draft],
    failed: dict[int, dict],
    ctx: Context,
) -> Written:
    """Write documents; those for whose fields there is no room fail alone."""
    try:
        return await ctx.backend.upsert(namespace, documents)
    except TooManyFields as error:
        rest = [document for document in documents if document.id not in error.refused]
        if not rest or len(rest) == len(documents):
            raise
        for draft in drafts:
            if draft.id in error.refused and draft.index not in failed:
                place = f"documents.{draft.index}.metadata"
                failed[draft.index] = _failure(TooManyFields(error.refused[draft.id], place))
        return await ctx.backend.upsert(namespace, rest)


async def _encoded(
    drafts: Sequence[Draft], ctx: Context
) -> list[tuple[Draft, Document | ItemError]]:
    texts = [draft.text for draft in drafts if draft.text is not None]
    pictures = [draft.picture for draft in drafts if draft.picture is not None]
    tag = (await ctx.backend.encoder_info()).tag
    by_text, by_picture = await asyncio.gather(
        _vectors(texts, "text", tag, ctx), _vectors(pictures, "joint", tag, ctx)
    )
    text_results, picture_results = iter(by_text), iter(by_picture)
    pairs: list[tuple[Draft, Document | ItemError]] = []
    for draft in drafts:
        text = next(text_results) if draft.text is not None else None
        picture = next(picture_results) if draft.picture is not None else None
        errors = [result for result in (text, picture) if isinstance(result, ItemError)]
        result = errors[0] if errors else await _stored(draft, text, picture)
        if isinstance(result, Document):
            result = replace(result, made_by=tag)
        pairs.append((draft, result))
    return pairs


async def _vectors(
    items: Sequence[Any], space: Any, tag: str, ctx: Context
) -> list[Vector | ItemError]:
    """Return the items' vectors by the models of ``tag``."""
    if not items:
        return []
    reply = await made_by(tag, lambda: ctx.backend.encode(EncodeRequest(items, space)))
    return [
        vector if report.error is None else report.error
        for vector, report in zip(reply.vectors, reply.reports, strict=True)
    ]


async def _stored(draft: Draft, text: Any, picture: Any) -> Document | ItemError:
    if draft.picture is None:
        return _document(draft, text, picture)
    try:
        # On a thread: a large picture takes milliseconds that others wait for.
        stripped = await asyncio.to_thread(without_metadata, draft.picture)
    except ClipError as error:
        return ItemError(error.code, str(error))
    return _document(replace(draft, picture=stripped), text, picture)


def _document(draft: Draft, text: Any, picture: Any) -> Document:
    return Document(
        id=draft.id,
        text=draft.text,
        picture=draft.picture,
        picture_mime=None if draft.picture is None else picture_mime(draft.picture),
        metadata=draft.metadata,
        source=draft.source,
        created_at=draft.created_at,
        text_vector=text,
        image_vector=picture,
    )


def _failure(error: ApiError | RetrievalError) -> dict[str, Any]:
    if isinstance(error, ApiError):
        details: dict[str, Any] = error.details
    else:
        details = {"where": error.where} if error.where else {}
    message = str(error)[:MESSAGE_CHARACTERS]
    return {"code": error.code, "message": f"brAInwav: {message}", "details": bounded(details)}


def _refuse_if_nothing_left(documents: Sequence[Document], failed: dict[int, dict]) -> None:
    if documents:
        return
    _, first = min(failed.items())
    raise BadRequest(
        first["message"].removeprefix("brAInwav: "),
        first["code"],
        {**first["details"], "failed": [{"index": i, "error": e} for i, e in failed.items()]},
        STATUS_BY_CODE.get(first["code"], 422),
    )


def _out(document: Document, namespace: str) -> dict[str, Any]:
    has_picture = document.modality == "IMAGE"
    return {
        "id": document.id,
        "text": document.text,
        "modality": document.modality,
        "metadata": document.metadata,
        "source": document.source,
        "created_at": document.created_at,
        "image_url": image_url(namespace, document.id) if has_picture else None,
    }


def _time(value: str | None, where: str) -> datetime:
    return datetime.now(UTC) if value is None else utc_time(value, where)


def _cut(value: str | None, where: str) -> tuple[dict[str, str], ...]:
    if not is_finer(value):
        return ()
    message = f"{where} is kept to the microsecond: {shown(value)}"
    return ({"code": "time_cut", "message": message, "where": where},)


def _chunks(items: Sequence[Draft], size: int) -> Iterable[Sequence[Draft]]:
    return (items[start : start + size] for start in range(0, len(items), size))

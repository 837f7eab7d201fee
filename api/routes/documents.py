"""Documents: write, upload, read, list and delete."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from api.answers.entity_tags import ETAG_HEADER, OF_READER, entity_tag, is_known
from api.answers.links import image_url
from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.bodies.turns import Turns
from api.dependencies import Context, Ctx
from api.errors import ApiError, BadRequest, at
from api.idempotency import DocumentIds, IdempotencyKey, body_digest, form_digest, once
from api.input_checks import (
    check_count,
    shown_text,
)
from api.jobs.job_orders import WriteRequest, written_or_accepted
from api.jobs.preference import PreferHeader
from api.middleware.metering import record_work
from api.schemas.addresses import DocumentId, NamespaceParameter, check_address
from api.schemas.base import MOST_OFFSET, NAMESPACE
from api.schemas.documents import (
    DeleteResponse,
    DocumentOut,
    DocumentPage,
    PutDocuments,
    WriteResponse,
)
from api.schemas.jobs import JOB_HEADERS, JobAccepted
from api.uploads.reading_share import ReadingShare
from api.writing.document_drafts import draft_of, metadata_form, upload_draft
from api.writing.document_writer import DocumentWriter
from retrieval.documents import (
    Document,
    check_namespace,
)
from retrieval.errors import RetrievalError

router = APIRouter(tags=["documents"], route_class=BodyRoute)

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": JobAccepted, "description": "It became a job", "headers": JOB_HEADERS}
}


@router.put(
    "/documents", response_model=WriteResponse, responses={**ACCEPTED, **refusals(409, 415, 507)}
)
async def put_documents(
    request: PutDocuments,
    http: Request,
    ctx: Ctx,
    idempotency_key: IdempotencyKey = None,
    prefer: PreferHeader = None,
) -> Response:
    """Write documents by id; the rotten ones are listed under `failed`, the rest are written.

    A write that would take long becomes a job: 202, and `GET /jobs/{id}` tells how far it is.
    """
    check_namespace(request.namespace)
    # Before any work: the write itself is checked again.
    ctx.client.check_namespace(request.namespace)
    return await once(http, ctx, body_digest(http), lambda ids: _put(request, http, ctx, ids))


async def _put(request: PutDocuments, http: Request, ctx: Context, ids: DocumentIds) -> Response:
    check_count(len(request.documents), ctx.limits.max_documents, "documents")
    await ctx.charge(len(request.documents))
    record_work("document", len(request.documents))
    writer = DocumentWriter(ctx.backend, request.namespace, len(request.documents))
    turns = Turns()
    for index, raw in enumerate(request.documents):
        await turns.step()
        try:
            writer.add(await draft_of(index, raw, ids.draw(index), ctx))
        except (ApiError, RetrievalError) as error:
            writer.fail(index, error)
    return await written_or_accepted(WriteRequest(http, ctx, writer, ids))


@router.post(
    "/documents/upload",
    response_model=WriteResponse,
    responses={**ACCEPTED, **refusals(409, 415, 507)},
)
async def upload_documents(
    ctx: Ctx,
    http: Request,
    file: Annotated[
        list[UploadFile],
        File(
            description="Pictures, texts, Markdown, HTML, PDF or DOCX, told by their content",
            json_schema_extra={"minItems": 1},
        ),
    ],
    namespace: Annotated[str, Form(json_schema_extra=NAMESPACE)] = "default",
    metadata: Annotated[str, Form(description="A JSON object, for every file")] = "{}",
    text: Annotated[str | None, Form(description="A text to go with the pictures")] = None,
    idempotency_key: IdempotencyKey = None,
    prefer: PreferHeader = None,
) -> Response:
    """Write one document for each file; the content decides what it is, each fails by itself."""
    check_namespace(namespace)
    ctx.client.check_namespace(namespace)
    check_count(len(file), ctx.limits.max_documents, "file")

    async def content() -> bytes:
        # Not the body as it was sent: every client draws another boundary each time.
        fields = (namespace, metadata, "" if text is None else f"={text}")
        return await form_digest(fields, file)

    async def serve(ids: DocumentIds) -> Response:
        await ctx.charge(len(file))
        record_work("document", len(file))
        shared = await metadata_form(metadata, ctx.limits)
        writer = DocumentWriter(ctx.backend, namespace, len(file))
        share = ReadingShare()
        for index, upload in enumerate(file):
            try:
                share.check(f"file.{index}")
                writer.add(await upload_draft(index, ids.draw(index), upload, text, shared, ctx))
            except (ApiError, RetrievalError) as error:
                writer.fail(index, error)
        return await written_or_accepted(WriteRequest(http, ctx, writer, ids))

    return await once(http, ctx, content(), serve)


@router.get("/documents", response_model=DocumentPage, responses=refusals(404, 409))
async def list_documents(
    ctx: Ctx,
    namespace: NamespaceParameter = "default",
    limit: Annotated[int, Query(ge=1)] = 50,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
) -> JsonResponse:
    """List documents in the order of their ids."""
    check_namespace(namespace)
    if limit > ctx.limits.max_page:
        raise BadRequest(
            f"limit is {limit}, at most {ctx.limits.max_page}", None, at("query.limit", limit)
        )
    page = await ctx.backend.page(namespace, limit, offset)
    return JsonResponse(
        {
            "documents": [
                _out(document, namespace, ctx.limits.max_text_characters)
                for document in page.documents
            ],
            "total": page.total,
            "limit": limit,
            "offset": offset,
            "version": page.version,
        }
    )


@router.get(
    "/documents/{document_id}",
    response_model=DocumentOut,
    responses={
        **refusals(404, 409),
        200: {"headers": ETAG_HEADER},
        304: {"description": "`If-None-Match` named what is stored"},
    },
)
async def get_document(
    http: Request, document_id: DocumentId, ctx: Ctx, namespace: NamespaceParameter = "default"
) -> Response:
    """Read one document; its `ETag` is for `If-Match` of `PATCH`."""
    check_address(namespace, document_id)
    document = await ctx.backend.document(namespace, document_id)
    headers = OF_READER | {"ETag": entity_tag(document.digest)}
    if is_known(http.headers.getlist("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return JsonResponse(_out(document, namespace), headers=headers)


@router.delete(
    "/documents/{document_id}", response_model=DeleteResponse, responses=refusals(404, 409, 507)
)
async def delete_document(
    document_id: DocumentId, ctx: Ctx, namespace: NamespaceParameter = "default"
) -> JsonResponse:
    """Delete one document; 404 if there is none of that id."""
    check_address(namespace, document_id)
    written = await ctx.backend.delete(namespace, [document_id])
    if written.changed == 0:
        raise BadRequest(
            f"no document {document_id!r:.100} in {namespace}",
            "not_found",
            at("document_id", document_id),
            404,
        )
    return JsonResponse({"deleted": written.changed, "version": written.version})


def _out(document: Document, namespace: str, most: int | None = None) -> dict[str, Any]:
    """Return a document as it is answered, with ``most`` characters of its text."""
    has_picture = document.modality == "IMAGE"
    text, cut = (document.text, False) if most is None else shown_text(document.text, most)
    return {
        "id": document.id,
        "text": text,
        "truncated": cut,
        "modality": document.modality,
        "metadata": document.metadata,
        "source": document.source,
        "created_at": document.created_at,
        "image_url": image_url(namespace, document.id) if has_picture else None,
    }

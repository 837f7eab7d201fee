"""Documents changed and deleted where they stand: in part, and by filter."""

from dataclasses import asdict
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api.answers.entity_tags import ETAG_HEADER, digests_wanted, entity_tag
from api.answers.responses import JsonResponse, refusals
from api.audit import told
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Ctx
from api.idempotency import DocumentIds, IdempotencyKey, body_digest, once
from api.schemas.addresses import (
    DocumentId,
    NamespaceParameter,
    check_address,
)
from api.schemas.changes import (
    DeletedDocuments,
    DeleteDocuments,
    PatchDocument,
    PatchedDocument,
)
from retrieval.documents import check_namespace
from retrieval.filtering.parse import parse
from retrieval.merge_patch import check_patch

router = APIRouter(tags=["documents"], route_class=BodyRoute)

MOST_TOLD = 1000
"""Characters of a filter in the audit log."""
IfMatch = Annotated[
    str | None,
    Header(
        description="An `ETag` of the document, or several: it is changed only while it has one of "
        "them, else 412. `*`, or nothing: whatever it holds"
    ),
]


@router.patch(
    "/documents/{document_id}",
    response_model=PatchedDocument,
    responses={**refusals(404, 409, 412, 507), 200: {"headers": ETAG_HEADER}},
)
async def patch_document(
    document_id: DocumentId,
    request: PatchDocument,
    http: Request,
    ctx: Ctx,
    namespace: NamespaceParameter = "default",
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Change a document's metadata in part; nothing is encoded anew."""
    check_address(namespace, document_id)
    ctx.client.check_namespace(namespace)
    patch = check_patch(request.metadata)
    conditions = http.headers.getlist("if-match")

    async def content() -> bytes:
        # Beside the body: what else tells one change from another.
        beside = "\x00".join((namespace, *conditions)).encode()
        return sha256(beside + b"\x00" + await body_digest(http)).digest()

    async def serve(_ids: DocumentIds) -> Response:
        wanted = digests_wanted(conditions)
        changed = await ctx.backend.patch(namespace, document_id, patch, wanted)
        etag = entity_tag(changed.digest)
        told_of = {"id": document_id, "metadata": changed.metadata}
        answer = {**told_of, "etag": etag, "version": changed.version}
        return JsonResponse(answer, headers={"ETag": etag})

    return await once(http, ctx, content(), serve)


@router.post(
    "/documents/delete", response_model=DeletedDocuments, responses=refusals(404, 409, 507)
)
async def delete_documents(request: DeleteDocuments, http: Request, ctx: Ctx) -> JsonResponse:
    """Delete what a filter takes; without `dry_run: false` only say what that is."""
    check_namespace(request.namespace)
    ctx.client.check_namespace(request.namespace)
    wanted = None if request.all else parse(request.filter)
    asked = "all" if request.all else str(request.filter)[:MOST_TOLD]
    told(
        http.scope,
        namespace=request.namespace,
        filter=asked,
        dry_run=str(request.dry_run).lower(),
    )
    removed = await ctx.backend.delete_matching(request.namespace, wanted, request.dry_run)
    told(http.scope, deleted=str(removed.deleted))
    return JsonResponse(
        {
            "dry_run": request.dry_run,
            "matched": removed.matched,
            "deleted": removed.deleted,
            "sample_ids": list(removed.sample),
            "version": removed.version,
            "warnings": [asdict(warning) for warning in removed.warnings],
        }
    )

"""`GET` and `PUT /namespaces/{namespace}/settings`: how a namespace is searched by words."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Request

from api.answers.entity_tags import digests_wanted, entity_tag
from api.answers.responses import JsonResponse, refusals
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Ctx
from api.schemas.addresses import NamespacePath
from api.schemas.namespace_settings import SettingsIn, SettingsOut, SettingsWritten
from retrieval.documents import check_namespace
from retrieval.words.settings import NamespaceSettings, PinnedQuery

router = APIRouter(tags=["documents"], route_class=BodyRoute)

IfSettingsMatch = Annotated[
    str | None,
    Header(description="An `ETag` of the settings: they are set only while they have it, else 412"),
]
ETAG = {"ETag": {"description": "Of the settings", "schema": {"type": "string"}}}


@router.get(
    "/namespaces/{namespace}/settings",
    response_model=SettingsOut,
    responses={**refusals(404, 409), 200: {"headers": ETAG}},
)
async def get_settings(namespace: NamespacePath, ctx: Ctx) -> JsonResponse:
    """Say how a namespace is searched: synonyms, stop words, pinned results."""
    check_namespace(namespace)
    settings = await ctx.backend.settings(namespace)
    etag = entity_tag(settings.digest)
    body = {"namespace": namespace, **asdict(settings), "etag": etag}
    return JsonResponse(body, headers={"ETag": etag})


@router.put(
    "/namespaces/{namespace}/settings",
    response_model=SettingsWritten,
    responses={**refusals(404, 409, 412, 507), 200: {"headers": ETAG}},
)
async def put_settings(
    namespace: NamespacePath,
    request: SettingsIn,
    http: Request,
    ctx: Ctx,
    if_match: IfSettingsMatch = None,
) -> JsonResponse:
    """Set how a namespace is searched, as a whole; the next search goes by it."""
    check_namespace(namespace)
    ctx.client.check_namespace(namespace)
    settings = NamespaceSettings(
        tuple(tuple(group) for group in request.synonyms),
        {word: tuple(others) for word, others in request.one_way_synonyms.items()},
        tuple(request.stop_words),
        tuple(PinnedQuery(pin.query, tuple(pin.ids)) for pin in request.pins),
    )
    wanted = digests_wanted(http.headers.getlist("if-match"))
    version = await ctx.backend.set_settings(namespace, settings, wanted)
    etag = entity_tag(settings.digest)
    body = {"namespace": namespace, "etag": etag, "version": version}
    return JsonResponse(body, headers={"ETag": etag})

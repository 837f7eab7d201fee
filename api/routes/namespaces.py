"""Namespaces: named, told of in figures, and deleted as a whole."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.answers.responses import JsonResponse, refusals
from api.audit import told
from api.bodies.strict_route import StrictRoute
from api.dependencies import Ctx
from api.schemas.addresses import NamespacePath
from api.schemas.namespaces import (
    DroppedNamespace,
    NamespaceMapOut,
    NamespaceOut,
    Namespaces,
)
from retrieval.documents import check_namespace
from retrieval.namespaces.map import MOST_POINTS, MappedVectors, MapRequest, NamespaceMap
from retrieval.namespaces.statistics import MOST_DISTINCT, NamespaceStatistics

router = APIRouter(tags=["documents"], route_class=StrictRoute)


@router.get("/namespaces", response_model=Namespaces)
async def list_namespaces(ctx: Ctx) -> JsonResponse:
    """Name the namespaces that hold documents."""
    return JsonResponse({"namespaces": list(await ctx.backend.namespaces())})


@router.get("/namespaces/{namespace}", response_model=NamespaceOut, responses=refusals(404, 409))
async def get_namespace(namespace: NamespacePath, ctx: Ctx) -> JsonResponse:
    """Tell in figures what a namespace holds: documents, bytes, models, fields and types."""
    check_namespace(namespace)
    found = await ctx.backend.statistics(namespace)
    figures = asdict(found)
    for field in figures["fields"]:
        for each in field["types"]:
            each["at_least"] = each["distinct"] >= MOST_DISTINCT
    return JsonResponse({"namespace": namespace, **figures, "warnings": _left_out(found)})


def _left_out(found: NamespaceStatistics) -> list[dict[str, str]]:
    if found.looked_at >= found.documents:
        return []
    message = f"fields were counted over {found.looked_at} of {found.documents} documents"
    return [{"code": "fields_sampled", "message": message, "where": "fields"}]


@router.get(
    "/namespaces/{namespace}/map", response_model=NamespaceMapOut, responses=refusals(404, 409)
)
async def get_namespace_map(
    namespace: NamespacePath,
    ctx: Ctx,
    vectors: Annotated[
        MappedVectors | None,
        Query(description="Of which; without it, those that more documents have"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_POINTS, description="Most points")] = 1000,
    field: Annotated[
        str | None, Query(max_length=256, description="A metadata field whose values are told")
    ] = None,
) -> JsonResponse:
    """Show a namespace's vectors in a plane, by their two principal axes.

    What is near there is alike. More documents than `limit` are sampled, by their ids.
    """
    check_namespace(namespace)
    drawn = await ctx.backend.namespace_map(MapRequest(namespace, vectors, limit, field))
    warnings = _not_shown(drawn, field)
    return JsonResponse({"namespace": namespace, **asdict(drawn), "warnings": warnings})


def _not_shown(drawn: NamespaceMap, field: str | None) -> list[dict[str, str]]:
    shown, having = len(drawn.points), drawn.with_vector
    said: list[dict[str, str]] = []
    if shown < having:
        text = f"{shown} of {having} documents are shown"
        said.append({"code": "documents_sampled", "message": text, "where": "points"})
    if having < drawn.documents:
        text = f"{drawn.documents - having} documents have no vector of {drawn.vectors}"
        said.append({"code": "without_vector", "message": text, "where": "points"})
    if field is not None and shown and all(point.value is None for point in drawn.points):
        text = f"no point has a number, a text or a truth value in {field}"
        said.append({"code": "no_values", "message": text, "where": "query.field"})
    return said


@router.delete(
    "/namespaces/{namespace}", response_model=DroppedNamespace, responses=refusals(404, 409, 507)
)
async def delete_namespace(namespace: NamespacePath, http: Request, ctx: Ctx) -> JsonResponse:
    """Delete a namespace with every document, at once and for good."""
    check_namespace(namespace)
    dropped = await ctx.backend.drop_namespace(namespace)
    told(http.scope, deleted=str(dropped.changed))
    return JsonResponse({"namespace": namespace, "deleted": dropped.changed})

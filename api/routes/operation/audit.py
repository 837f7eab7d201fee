"""`GET /audit` and `GET /quota`: who did what, and what a key holds of what it may."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.answers.responses import JsonResponse, refusals
from api.bodies.strict_route import StrictRoute
from api.dependencies import Ctx
from api.errors import BadRequest, at
from api.schemas.operation.audit import AuditOut, QuotaOut
from reliability.books.audit_entries import AuditQuery
from reliability.books.quota import QuotaUsage

router = APIRouter(tags=["operation"], route_class=StrictRoute)

AuditTime = Annotated[
    AwareDatetime | None,
    Query(description="ISO 8601 with a zone", examples=["2026-11-30T08:00:00Z"]),
]
AuditName = Annotated[str | None, Query(max_length=128)]


@router.get("/audit", response_model=AuditOut, responses=refusals(503))
async def audit(
    ctx: Ctx,
    since: AuditTime = None,
    until: AuditTime = None,
    after: Annotated[int, Query(ge=0, lt=2**53, description="`next_after` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1)] = 100,
    who: AuditName = None,
    act: AuditName = None,
) -> JsonResponse:
    """List recorded acts, oldest first: deletes, and what administrators and scripts did.

    An act whose `status` is null was cut short: it may have been done. Reading is recorded too.
    """
    if limit > ctx.limits.max_page:
        raise BadRequest(
            f"limit is {limit}, at most {ctx.limits.max_page}", None, at("query.limit", limit)
        )
    page = await ctx.backend.audit(AuditQuery(since, until, after, limit, who, act))
    warnings = []
    if page.unreadable:
        warnings.append(
            {
                "code": "unreadable",
                "message": f"{page.unreadable} lines of the log cannot be read",
                "where": "entries",
            }
        )
    return JsonResponse(
        {
            "entries": [asdict(entry) for entry in page.entries],
            "next_after": page.next_after,
            "kept_since": page.kept_since,
            "warnings": warnings,
        }
    )


@router.get("/quota", response_model=QuotaOut, responses=refusals(503))
async def quota(ctx: Ctx) -> JsonResponse:
    """Say what your key holds and what it may hold; without keys nothing counts."""
    account = ctx.client.account
    used = QuotaUsage() if account is None else await ctx.backend.used(account.owner)
    limits = {} if account is None else account.limits
    return JsonResponse(
        {name: {"used": count, "limit": limits.get(name)} for name, count in used.by_name().items()}
    )

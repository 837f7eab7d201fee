"""`/jobs`: writes that outlast their requests; a client sees its own."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.answers.responses import JsonResponse, refusals
from api.bodies.strict_route import StrictRoute
from api.dependencies import Context, Ctx
from api.errors import BadRequest, at
from api.jobs.job_answers import summary_of, whole_of
from api.schemas.base import MOST_OFFSET
from api.schemas.jobs import JobOut, JobPage

router = APIRouter(tags=["jobs"], route_class=StrictRoute)

JobId = Annotated[str, Path(max_length=64, description="Of the 202 that a write was answered")]
JobLimit = Annotated[int, Query(ge=1)]
JobOffset = Annotated[int, Query(ge=0, le=MOST_OFFSET)]


@router.get("/jobs", response_model=JobPage)
async def list_jobs(ctx: Ctx, limit: JobLimit = 50, offset: JobOffset = 0) -> JsonResponse:
    """List your jobs, the newest first; those that ended are kept for a while."""
    _check_page(limit, ctx)
    reports, total = await ctx.backend.jobs(ctx.client.name, limit, offset)
    jobs = [summary_of(report) for report in reports]
    return JsonResponse({"jobs": jobs, "total": total, "limit": limit, "offset": offset})


@router.get("/jobs/{job_id}", response_model=JobOut, responses=refusals(404))
async def get_job(
    job_id: JobId, ctx: Ctx, limit: JobLimit = 50, offset: JobOffset = 0
) -> JsonResponse:
    """Tell of a job: how far it is, and the documents that failed, page by page."""
    _check_page(limit, ctx)
    report = await ctx.backend.job(ctx.client.name, job_id, limit, offset)
    return JsonResponse(whole_of(report, offset))


@router.delete("/jobs/{job_id}", response_model=JobOut, responses=refusals(404))
async def cancel_job(job_id: JobId, ctx: Ctx) -> JsonResponse:
    """Cancel a job: what was written stays, what is left is dropped.

    Documents under way are still written (`cancel_requested`); a job that has ended stays as it is.
    """
    await ctx.backend.cancel_job(ctx.client.name, job_id)
    report = await ctx.backend.job(ctx.client.name, job_id, min(50, ctx.limits.max_page), 0)
    return JsonResponse(whole_of(report, 0))


def _check_page(limit: int, ctx: Context) -> None:
    if limit > ctx.limits.max_page:
        raise BadRequest(
            f"limit is {limit}, at most {ctx.limits.max_page}", None, at("query.limit", limit)
        )

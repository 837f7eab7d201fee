"""Bodies of `/jobs`, and of writes that became one."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import Warned

EXAMPLE: dict[str, Any] = {
    "id": "5f0c2d1e9a3b4c6d8e7f0a1b2c3d4e5f",
    "state": "running",
    "namespace": "products",
    "total": 800,
    "written": 255,
    "failed": 1,
    "left": 544,
    "created_at": "2026-11-30T08:00:00+00:00",
    "started_at": "2026-11-30T08:00:01+00:00",
    "finished_at": None,
    "kept_until": None,
    "energy_j": 96.5,
    "cancel_requested": False,
    "waits": None,
    "error": None,
}
JOB_HEADERS: dict[str, Any] = {
    "Location": {
        "description": "Where the job is told of",
        "required": True,
        "schema": {"type": "string"},
    },
    "Preference-Applied": {
        "description": "What of `Prefer` was heeded",
        "schema": {"type": "string"},
    },
}
FAILURE = {
    "index": 17,
    "id": "mug-17",
    "code": "broken_image",
    "message": "brAInwav: documents.17: the file ends in the middle of the picture",
}


class JobFailure(BaseModel):
    """Why one document was not written."""

    index: int = Field(description="Its place in the request")
    id: str | None = Field(description="null where the request was refused before it had one")
    code: str
    message: str


class JobErrorOut(BaseModel):
    """Why a job ended before its last document."""

    code: str
    message: str


class JobSummary(BaseModel):
    """A job; `written`, `failed` and `left` add up to `total`."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"] = Field(
        description="`done`: each document was written, or is listed as failed; `failed`: it ended "
        "before its last document, `error` says why"
    )
    namespace: str
    total: int = Field(description="Documents of the request")
    written: int
    failed: int
    left: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    kept_until: datetime | None = Field(description="So long a job that ended can be asked for")
    energy_j: float = Field(description="Estimate above idle, of what was done so far")
    cancel_requested: bool = Field(description="It ends with the documents under way")
    waits: str | None = Field(description="Why it does not get on just now")
    error: JobErrorOut | None


class JobOut(JobSummary):
    """A job with what became of its documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [EXAMPLE | {"failures": [FAILURE], "next_offset": None, "warnings": []}]
        }
    )

    failures: list[JobFailure] = Field(description="In the order of the request, a page of them")
    next_offset: int | None = Field(description="Ask on with `offset`; null: there is no more")
    warnings: list[Warned] = Field(description="Of documents that were written, at most 100")


class JobAccepted(JobSummary):
    """A write that became a job; its documents are kept on disk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [EXAMPLE | {"ids": ["mug-1"], "failures": [], "warnings": []}]
        }
    )

    ids: list[str | None] = Field(
        description="In the order of the request; null where it was refused at once"
    )
    failures: list[JobFailure] = Field(description="Documents that were refused at once")
    warnings: list[Warned] = Field(
        description="`became_a_job`: why, where the client did not ask for it"
    )


class JobPage(BaseModel):
    """Your jobs, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"jobs": [EXAMPLE], "total": 1, "limit": 50, "offset": 0}]}
    )

    jobs: list[JobSummary]
    total: int
    limit: int
    offset: int

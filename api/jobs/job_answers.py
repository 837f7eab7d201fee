"""Jobs as they are told over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from api.answers.responses import JsonResponse
from api.jobs.preference import Preference
from reliability.jobs.job import JobNote, JobOrder, JobStatement


def accepted(
    report: JobStatement,
    order: JobOrder,
    ids: Sequence[str | None],
    wish: Preference,
    why: str | None,
) -> JsonResponse:
    """Return the answer to a write that became a job.

    Args:
        ids: Of its documents; None where one was refused at once.
        why: It became one; None where the client asked for it.
    """
    failures = [note for note in order.notes if note.kind == "failure"]
    warnings = [_warned(note) for note in order.notes if note.kind == "warning"]
    if why is not None:
        message = f"{why}: it is done as a job; ask /jobs/{report.job.id}"
        warnings.insert(0, {"code": "became_a_job", "message": message, "where": "documents"})
    body = summary_of(report) | {
        "ids": list(ids),
        "failures": [_failed(note) for note in failures],
        "warnings": warnings,
    }
    headers = {"Location": f"/jobs/{report.job.id}"}
    if wish.applied:
        headers["Preference-Applied"] = wish.applied
    return JsonResponse(body, 202, headers)


def summary_of(report: JobStatement) -> dict[str, Any]:
    """Return what is told of a job in a list."""
    job = report.job
    error = {"code": job.error_code, "message": f"brAInwav: {job.error}"}
    return {
        "id": job.id,
        "state": job.state,
        "namespace": job.namespace,
        "total": job.total,
        "written": job.written,
        "failed": job.failed,
        "left": job.left,
        "created_at": _time(job.created_s),
        "started_at": _time(job.started_s),
        "finished_at": _time(job.finished_s),
        "kept_until": _time(report.kept_until_s),
        "energy_j": job.energy_j,
        "cancel_requested": job.cancelling,
        "waits": job.waits or None,
        "error": error if job.error_code else None,
    }


def whole_of(report: JobStatement, offset: int) -> dict[str, Any]:
    """Return all that is told of a job, its failures from ``offset`` on."""
    end = offset + len(report.failures)
    warnings = [_warned(note) for note in report.warnings]
    if (cut := report.job.warned - len(warnings)) > 0:
        message = f"{cut} more warnings are not shown"
        warnings.append({"code": "warnings_cut", "message": message, "where": "warnings"})
    return summary_of(report) | {
        "failures": [_failed(note) for note in report.failures],
        "next_offset": end if end < report.job.failed else None,
        "warnings": warnings,
    }


def _failed(note: JobNote) -> dict[str, Any]:
    return {
        "index": note.index,
        "id": note.document_id,
        "code": note.code,
        "message": note.message,
    }


def _warned(note: JobNote) -> dict[str, Any]:
    return {"code": note.code, "message": note.message, "where": f"documents.{note.index}"}


def _time(unix_s: float | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)

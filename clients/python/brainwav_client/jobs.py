"""A write that the service made a job of: it is waited for, and answered like any other."""

from typing import Literal

import httpx

from brainwav_client.answers import Answer, Part, Warned, WriteAnswer, WriteFailure, read
from brainwav_client.errors import JobFailed
from brainwav_client.exchange import Operation, Pause, Request

FIRST_LOOK_S, LONGEST_PAUSE_S = 0.5, 10.0
ENDED = frozenset({"done", "failed", "cancelled"})


class JobError(Part):
    """Why a job ended before its last document."""

    code: str
    message: str


class JobAnswer(Answer):
    """A job: `written`, `failed` and `left` add up to `total`."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    total: int
    written: int
    failed: int
    left: int
    ids: tuple[str | None, ...] = ()
    """Of its documents, where it is the answer to the write."""
    failures: tuple[dict[str, object], ...] = ()
    next_offset: int | None = None
    warnings: tuple[Warned, ...] = ()
    error: JobError | None = None


def finished(reply: httpx.Response) -> Operation[WriteAnswer]:
    """Wait for the job that a write became; return what became of its documents.

    Raises:
        JobFailed: It ended before its last document; `done` says what was written.
    """
    job = accepted = read(JobAnswer, reply)
    place, pause_s = f"/jobs/{accepted.id}", FIRST_LOOK_S
    while True:
        job = read(JobAnswer, (yield Request("GET", place)))
        if job.state in ENDED:
            break
        yield Pause(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    failures, page = list(job.failures), job
    while page.next_offset is not None:
        asked = Request("GET", place, params={"offset": page.next_offset})
        page = read(JobAnswer, (yield asked))
        failures += page.failures
    answer = _answer(accepted, job, [_failure(each) for each in failures])
    if job.state != "done":
        code = "cancelled" if job.error is None else job.error.code
        message = "the job was cancelled" if job.error is None else job.error.message
        error = JobFailed(f"{message}; {job.left} documents are left", code, job.id)
        error.done = answer
        raise error
    return answer


def _failure(told: dict[str, object]) -> WriteFailure:
    error = {"code": told["code"], "message": told["message"]}
    return WriteFailure.model_validate({"index": told["index"], "error": error})


def _answer(accepted: JobAnswer, job: JobAnswer, failures: list[WriteFailure]) -> WriteAnswer:
    wrong = {each.index for each in failures}
    answer = WriteAnswer(
        upserted=job.written,
        failed=tuple(failures),
        ids=tuple(None if n in wrong else id for n, id in enumerate(accepted.ids)),
        # A job has many commits, and tells of none.
        version=0,
        warnings=(*accepted.warnings, *job.warnings),
    )
    answer._told = job.told
    return answer

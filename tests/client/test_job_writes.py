"""A write that the service made a job of comes back as any other write."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from brainwav_client import Document
from brainwav_client.errors import JobFailed
from brainwav_client.exchange import Pause, Request
from brainwav_client.writes import put

NOTHING = {"failures": [], "next_offset": None, "warnings": [], "error": None}


def job(state: str, written: int = 0, failed: int = 0, **more: Any) -> httpx.Response:
    """What the service tells of a job of three documents."""
    counts = {"total": 3, "written": written, "failed": failed, "left": 3 - written - failed}
    told = {"id": "j1", "state": state} | counts | NOTHING | more
    return httpx.Response(202 if "ids" in more else 200, json=told)


def carried_out(replies: Sequence[httpx.Response], documents: int = 3) -> tuple[Any, list[str]]:
    """Write documents against these replies; return the answer and what was asked."""
    operation = put([Document(f"text {n}", id=f"d{n}") for n in range(documents)])
    left, asked = iter(replies), []
    step = next(operation)
    try:
        while True:
            if isinstance(step, Request):
                asked.append(f"{step.method} {step.path} {dict(step.params)}")
                step = operation.send(next(left))
            else:
                step = operation.send(None if isinstance(step, Pause) else step.do())
    except StopIteration as done:
        return done.value, asked


def failure(index: int) -> dict[str, Any]:
    return {"index": index, "id": f"d{index}", "code": "broken_image", "message": "it is cut"}


def test_a_job_is_waited_for_and_its_failures_are_read_page_by_page() -> None:
    """Ids are those of the write, None where a document failed."""
    warned = [{"code": "became_a_job", "message": "long", "where": "documents"}]
    answer, asked = carried_out(
        [
            job("queued", ids=["d0", "d1", "d2"], warnings=warned),
            job("running", 1),
            job("done", 1, 2, failures=[failure(0)], next_offset=1),
            job("done", 1, 2, failures=[failure(2)]),
        ]
    )
    assert (answer.upserted, answer.ids) == (1, (None, "d1", None))
    assert [each.index for each in answer.failed] == [0, 2]
    assert answer.failed[0].error.code == "broken_image"
    assert [each.code for each in answer.warnings] == ["became_a_job"]
    assert asked == [
        "PUT /documents {}",
        "GET /jobs/j1 {}",
        "GET /jobs/j1 {}",
        "GET /jobs/j1 {'offset': 1}",
    ]


def test_a_job_that_ended_early_is_an_error() -> None:
    """With its code, and what was written until then."""
    error = {"code": "quota_exceeded", "message": "no room"}
    replies = [job("queued", ids=["d0", "d1", "d2"]), job("failed", 2, error=error)]
    with pytest.raises(JobFailed, match="no room; 1 documents are left") as failed:
        carried_out(replies)
    assert (failed.value.code, failed.value.job_id) == ("quota_exceeded", "j1")

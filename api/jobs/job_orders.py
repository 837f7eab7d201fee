"""A write that is answered now or becomes a job: by what is preferred, expected, or found out."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from api.answers.responses import JsonResponse
from api.bodies.turns import Turns
from api.dependencies import Context
from api.errors import DeadlineExceeded
from api.idempotency import DocumentIds
from api.jobs.draft_records import record_of
from api.jobs.job_answers import accepted
from api.jobs.preference import Preference, preference_of
from api.middleware.metering import record_work
from api.middleware.observation import client_hash
from api.write_pace import units_of
from api.writing.document_drafts import DocumentDraft
from api.writing.document_writer import DocumentWriter
from reliability.deadline import left_s, within
from reliability.jobs.job import JobNote, JobOrder

HAND_OVER_S = 10.0
"""Kept of a request's time, to make a job of what does not end within it."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A write that was checked and paid for."""

    http: Request
    ctx: Context
    writer: DocumentWriter
    ids: DocumentIds


async def written_or_accepted(write: WriteRequest) -> Response:
    """Write what a request brought, or accept it as a job (202).

    Raises:
        BadRequest: Nothing is left to be written, or there is no room for a job.
        RateLimited: The client has as many jobs as it may.
        ApiError, RetrievalError: The service cannot write now.
    """
    ctx, writer = write.ctx, write.writer
    writer.refuse_if_nothing_left()
    wish = preference_of(write.http.headers.getlist("prefer"))
    units = units_of(writer.drafts)
    expected_s, most_s = ctx.pace.expected_s(units), _patience_s(wish, ctx)
    if wish.at_once and wish.wait_s is None:
        return await _accepted(write, wish, None)
    if expected_s > most_s:
        why = f"the write is expected to take {expected_s:.0f} s, more than {most_s:.0f} s"
        return await _accepted(write, wish, why)
    start_s, whole_s = time.monotonic(), left_s(math.inf)
    try:
        with within(whole_s - min(HAND_OVER_S, whole_s / 4)):
            answer = await writer.write()
    except DeadlineExceeded:
        ctx.pace.learn(units, time.monotonic() - start_s)
        return await _accepted(write, wish, "the write did not end within its deadline")
    ctx.pace.learn(units, time.monotonic() - start_s)
    return answer


def _patience_s(wish: Preference, ctx: Context) -> float:
    most_s = ctx.limits.job_after_s if wish.wait_s is None else wish.wait_s
    return min(most_s, left_s(math.inf) / 2)


async def _accepted(write: WriteRequest, wish: Preference, why: str | None) -> JsonResponse:
    failed = write.writer.failed
    # What was found out before a deadline passed is not tried again.
    drafts = [draft for draft in write.writer.drafts if draft.index not in failed]
    order = _order(write, drafts)
    # The work is the job's; this request only laid it down.
    record_work("job", 1)
    report = await write.ctx.backend.submit_job(order, await _records(drafts))
    ids: list[str | None] = [None] * order.total
    for draft in drafts:
        ids[draft.index] = draft.id
    return accepted(report, order, ids, wish, why)


async def _records(drafts: Sequence[DocumentDraft]) -> bytes:
    """Return what is kept of drafts; in between others have their turn."""
    records, turns = [], Turns()
    for draft in drafts:
        await turns.step()
        records.append(record_of(draft))
    return b"".join(records)


def _order(write: WriteRequest, drafts: Sequence[DocumentDraft]) -> JobOrder:
    client, writer = write.ctx.client, write.writer
    names = {draft.index: draft.id for draft in writer.drafts}
    failures = [
        _note(index, "failure", error, names.get(index))
        for index, error in sorted(writer.failed.items())
    ]
    warnings = [
        _note(draft.index, "warning", told, draft.id) for draft in drafts for told in draft.warnings
    ]
    return JobOrder(
        write.ids.job(),
        client.name,
        client.account,
        writer.namespace,
        write.http.scope.get("state", {}).get("request_id", ""),
        client_hash(client.name),
        writer.count,
        (*failures, *warnings),
    )


def _note(index: int, kind: Any, told: Any, id: str | None = None) -> JobNote:
    return JobNote(index, kind, id, told["code"], told["message"])

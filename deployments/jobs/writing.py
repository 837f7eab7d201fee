"""A piece of a job is encoded and written as its client's, and what it took is booked to it."""

import time
from collections.abc import Callable, Sequence

from api.middleware.metering import Energy
from api.writing.document_drafts import DocumentDraft
from api.writing.document_writer import DocumentWriter, WriteBackend
from deployments.jobs.runner import WrittenPiece
from reliability.jobs.job import JobOrder
from sustainability.metering.messages import Finished
from sustainability.work import RequestKey
from telemetry.context import CallContext, entered
from telemetry.trace_context import traceparent_of

ENDPOINT = "job"
"""As a job's work is booked: no route's, whose latency its pieces would spoil. Its request id is
the job's."""
PathOf = Callable[[JobOrder], WriteBackend]
"""Encodes, and writes to the account of an order."""


class PieceWriter:
    """Writes pieces; a ``deployments.jobs.runner.WritePiece``."""

    def __init__(self, path_of: PathOf, energy: Energy) -> None:
        self._path_of, self._energy = path_of, energy

    async def __call__(self, order: JobOrder, drafts: Sequence[DocumentDraft]) -> WrittenPiece:
        """Write documents; each one's failure is its own.

        Raises:
            ApiError, RetrievalError: None of them was written, or nobody knows.
        """
        writer = DocumentWriter(self._path_of(order), order.namespace, len(drafts))
        for draft in drafts:
            writer.add(draft)
        context = CallContext(order.id, traceparent_of([]), ENDPOINT, order.client)
        key = RequestKey(order.id, ENDPOINT, order.client)
        start_s = time.monotonic()
        with entered(context), self._energy.account.span(key):
            outcome = await writer.outcome()
        return WrittenPiece(outcome, self._booked(key, len(drafts), start_s))

    def _booked(self, key: RequestKey, documents: int, start_s: float) -> float:
        estimate_j = self._energy.coefficients.energy_j(key.endpoint, "document", documents)
        now_s = time.monotonic()
        finished = Finished(key, "document", documents, now_s - start_s, estimate_j, now_s)
        self._energy.finish(finished)
        return estimate_j

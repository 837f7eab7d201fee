"""An index in a dictionary, and a process that can be killed at every step of its work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.backend import Written as Commit
from api.jobs.draft_records import record_of
from api.writing.document_drafts import DocumentDraft
from api.writing.document_writer import WriteOutcome
from deployments.jobs import service as service_module
from deployments.jobs.runner import WrittenPiece
from deployments.jobs.service import JobService
from deployments.jobs.spool import Spool
from deployments.settings.tunables import JobTunables
from reliability.jobs.job import JobNote, JobOrder
from storage.store import Store

ROTTEN = "rotten"
"""A text that cannot be encoded."""
DEADLY = "deadly"
"""A text that ends the process that encodes it."""
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ERROR = {"code": "encode_failed", "message": "brAInwav: it is rotten"}


class Killed(BaseException):
    """The process is gone, with whatever it was about to do."""


class Fate:
    """Kills at the given steps, counted over all that may be cut short."""

    def __init__(self, *at: int) -> None:
        self._at, self._steps = set(at), 0

    def step(self) -> None:
        self._steps += 1
        if self._steps in self._at:
            raise Killed


class MortalStore(Store):
    """Dies before or after a commit."""

    fate = Fate()

    def write(self, work: Callable[[Any], Any]) -> Any:
        self.fate.step()
        result = super().write(work)
        self.fate.step()
        return result


class MortalSpool(Spool):
    """Dies before, while or after a file is laid on disk or removed."""

    fate = Fate()

    def keep(self, order: JobOrder, drafts: bytes) -> None:
        self.fate.step()
        super().keep(order, drafts)
        self.fate.step()

    def remove(self, id: str) -> None:
        self.fate.step()
        super().remove(id)
        self.fate.step()


class World:
    """What outlives a process: the disk and the index; and the process that runs now."""

    def __init__(self, folder: Path, monkeypatch: Any, fate: Fate | None = None, **bounds) -> None:
        self.fate = fate or Fate()
        self.file = folder / "jobs.sqlite"
        self.documents: dict[str, str] = {}
        self.asked: list[list[str]] = []
        self.faults: list[Exception | None] = []
        """Raised by the next writes."""
        self.during: Callable[[], None] = lambda: None
        """Done while documents are being written."""
        self.held: Callable[[JobOrder], Awaitable[object]] | None = None
        """Waited for before documents are written."""
        self.now_s = 1000.0
        self.tunables = JobTunables(**bounds)
        mortal = {"fate": self.fate}
        monkeypatch.setattr(service_module, "Store", type("S", (MortalStore,), mortal))
        monkeypatch.setattr(service_module, "Spool", type("P", (MortalSpool,), mortal))
        self.start()

    def start(self) -> None:
        """A new process."""
        self.service = JobService(self.file, self.write, lambda: self.now_s, lambda: self.now_s)
        self.service.configure(self.tunables)

    async def write(self, order: JobOrder, drafts: Sequence[DocumentDraft]) -> WrittenPiece:
        """Write into the index, dying before, between or after documents."""
        self.asked.append([draft.id for draft in drafts])
        self.during()
        if self.held is not None:
            await self.held(order)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        if any(draft.text == DEADLY for draft in drafts):
            raise Killed
        failed = {draft.index: ERROR for draft in drafts if draft.text == ROTTEN}
        for draft in drafts:
            self.fate.step()
            if draft.index not in failed:
                self.documents[draft.id] = f"{order.owner}: {draft.text}"
        self.fate.step()
        kept = len(drafts) - len(failed)
        return WrittenPiece(WriteOutcome(Commit(kept, 1), failed, []), 0.5 * len(drafts))

    async def accept(self, order: JobOrder, drafts: Sequence[DocumentDraft]) -> None:
        """Send a job as a client does that sends it again until it is answered."""
        data = b"".join(map(record_of, drafts))
        while True:
            try:
                await self.service.submit(order, data)
            except Killed:
                self.start()
            else:
                return

    async def finish(self) -> None:
        """Work until nothing is left, starting anew after each kill."""
        while True:
            try:
                if not await self.service.step():
                    return
            except Killed:
                self.start()

    def job(self, owner: str, id: str):
        """Return what a client is told."""
        return self.service.get(owner, id, 1000, 0)


def order(id: str, total: int, owner: str = "a", notes: Sequence[JobNote] = ()) -> JobOrder:
    """A job of so many documents."""
    return JobOrder(id, owner, None, "n", f"r-{id}", "hash", total, tuple(notes))


def drafts(id: str, *texts: str) -> list[DocumentDraft]:
    """Documents of a job, named after it."""
    return [
        DocumentDraft(
            n, f"documents.{n}", f"documents.{n}.metadata", f"{id}-{n}", text, None, {}, "LTM", NOON
        )
        for n, text in enumerate(texts)
    ]


def run(scenario: Any) -> Any:
    """Run a coroutine."""
    return asyncio.run(scenario)

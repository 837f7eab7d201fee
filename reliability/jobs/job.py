"""A job: documents that were accepted and are written after their request was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from reliability.books.quota import Account

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
"""``done``: each document was written or listed as failed. ``failed``: the job ended before its
last document, and ``error`` says why."""
STATES: tuple[str, ...] = get_args(JobState)
NoteKind = Literal["failure", "warning"]
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})


TRIES_TOGETHER, TRIES_ALONE = 2, 4
"""So often a process may die over documents before they are taken one by one; and over a single
one before it is left out."""


@dataclass(frozen=True, slots=True)
class JobNote:
    """What is told of one document."""

    index: int
    """Its place in the request."""
    kind: NoteKind
    document_id: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a client asked for, before it is accepted."""

    id: str
    owner: str
    """The client's name; nobody else sees the job."""
    account: Account | None
    """What its documents count to."""
    namespace: str
    request_id: str
    """Of the request that it was accepted with."""
    client: str
    """A hash of ``owner``, as it is told in logs and books of energy."""
    total: int
    """Documents of the request."""
    notes: Sequence[JobNote] = ()
    """On documents that were refused at once, and warnings."""

    @property
    def accepted(self) -> int:
        """How many documents are to be written."""
        return self.total - sum(note.kind == "failure" for note in self.notes)


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """What is known of a job now."""

    id: str
    owner: str
    namespace: str
    state: JobState
    total: int
    written: int
    failed: int
    warned: int
    """Warnings on its documents."""
    kept_bytes: int
    """Of its documents on disk."""
    created_s: float
    started_s: float | None
    finished_s: float | None
    energy_j: float
    """An estimate, as answers to requests tell it."""
    error_code: str
    error: str
    """Why it failed; empty otherwise."""
    waits: str
    """Why it does not get on just now; empty otherwise."""
    cancelling: bool
    """It ends as soon as the documents under way are written."""
    position: int
    """Documents of the accepted ones that were dealt with."""
    offset: int
    """Where the next one begins in its file."""
    tries: int
    """How often a process died over the documents that come next."""

    @property
    def left(self) -> int:
        """Documents of which nothing is known yet."""
        return self.total - self.written - self.failed

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be done."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of some documents of a job."""

    dealt_with: int
    written: int
    offset: int
    """Where the next document begins."""
    notes: Sequence[JobNote] = ()
    energy_j: float = 0.0


@dataclass(frozen=True, slots=True)
class JobBounds:
    """How much may wait, and for how long."""

    most_jobs: int = 1000
    """That have not ended, of all clients."""
    most_jobs_of_client: int = 32
    most_bytes: int = 8 * 2**30
    """Of accepted documents on disk, of all clients."""
    most_bytes_of_client: int = 2 * 2**30
    longest_s: float = 7 * 24 * 3600.0
    """A job that has not ended by then fails."""
    kept_s: float = 7 * 24 * 3600.0
    """So long a job that ended is told of."""
    most_kept_of_client: int = 200
    """Jobs that ended; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class JobStatement:
    """A job as its client is told of it."""

    job: AcceptedJob
    failures: Sequence[JobNote] = ()
    warnings: Sequence[JobNote] = ()
    kept_until_s: float | None = None
    """Unix time after which it is forgotten; None while it has not ended."""


@dataclass(frozen=True, slots=True)
class JobFigures:
    """All jobs that are known, as numbers."""

    by_state: Mapping[str, int] = field(default_factory=dict)
    oldest_s: float = 0.0
    """Age of the oldest that has not ended."""
    waiting_bytes: int = 0
    """Of documents that wait on disk."""

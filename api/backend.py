"""What the routes need from the rest of the service; Ray handles or plain objects implement it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.operator_backend import OperatorBackend
from api.plan_messages import AnswerBody, EventBatch, PlanCommand, ReflectCommand
from reliability.books.audit_entries import AuditPage, AuditQuery
from reliability.books.once import Once
from reliability.books.quota import Account, QuotaUsage
from reliability.jobs.job import JobOrder, JobStatement
from retrieval.documents import Document, Json
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    SplitReply,
    SplitRequest,
    ThumbnailRequest,
)
from retrieval.filtering.parse import Filter
from retrieval.namespaces.map import MapRequest, NamespaceMap
from retrieval.namespaces.statistics import NamespaceStatistics
from retrieval.search.query_encoding import QueryReply, QueryRequest
from retrieval.search.request import SearchRequest, SearchResult, SearchWarning
from retrieval.search.suggestion import Suggestions
from retrieval.words.settings import NamespaceSettings


@dataclass(frozen=True, slots=True)
class Written:
    """An acknowledged write."""

    changed: int
    """Documents written or deleted."""
    version: int
    """The namespace's index version that holds the write."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A document whose metadata was changed."""

    metadata: Mapping[str, Json]
    """All of it, as it is now."""
    digest: str
    """As ``Document.digest``."""
    version: int
    """The namespace's index version that holds the change."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What a filter takes, and what of that was deleted."""

    matched: int
    """Documents that it took when it was asked."""
    deleted: int
    sample: Sequence[str]
    """Some of their ids, the first by order."""
    version: int
    warnings: Sequence[SearchWarning]
    """Of how the filter was understood."""


@dataclass(frozen=True, slots=True)
class ListedDocuments:
    """Documents in the order of their ids."""

    documents: Sequence[Document]
    """Without pictures and vectors."""
    total: int
    version: int


class Backend(OperatorBackend, Protocol):
    """The graph behind the ingress.

    Every method may raise ``api.errors.Overloaded``, ``Unavailable`` or
    ``DeadlineExceeded``, and passes on the pure packages' own errors.
    """

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode texts and pictures; each item's failure is its own."""
        ...

    async def split(self, request: SplitRequest) -> SplitReply:
        """Cut texts into the passages that the text model reads."""
        ...

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        """Encode a query in every space it searches; each part's failure is its own."""
        ...

    async def thumbnail(self, request: ThumbnailRequest) -> bytes:
        """Return a stored picture as a small JPEG; raises a ``ClipError`` for an unreadable one."""
        ...

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode."""
        ...

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search one namespace; an unknown one has no hits, and version 0."""
        ...

    async def upsert(
        self, namespace: str, documents: Sequence[Document], account: Account | None = None
    ) -> Written:
        """Write documents by id; on return every replica's next search sees them.

        They count to ``account``; a write beyond its quota is ``Forbidden``.
        """
        ...

    async def delete(self, namespace: str, ids: Sequence[str]) -> Written:
        """Delete documents; unknown ids count as none, an unknown namespace has version 0."""
        ...

    async def patch(
        self,
        namespace: str,
        document_id: str,
        patch: Mapping[str, Json],
        wanted: Collection[str] | None,
        account: Account | None = None,
    ) -> Changed:
        """Merge a patch into a document's metadata, if it has one of the wanted digests.

        Raises NotFound, PreconditionFailed, InvalidMetadata; a change beyond a quota is
        ``Forbidden``.
        """
        ...

    async def delete_matching(
        self, namespace: str, wanted: Filter | None, dry_run: bool
    ) -> Removed:
        """Delete what a filter takes (None: everything), or say what that is; raises NotFound."""
        ...

    async def settings(self, namespace: str) -> NamespaceSettings:
        """Return how a namespace is searched; raises NotFound."""
        ...

    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None
    ) -> int:
        """Set how a namespace is searched, if that has one of the wanted digests.

        Raises NotFound, InvalidSettings, PreconditionFailed; returns the version that has it.
        """
        ...

    async def drop_namespace(self, namespace: str) -> Written:
        """Delete a namespace with all that it holds; an unknown one has version 0."""
        ...

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read one document without its picture; raises NotFound."""
        ...

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]:
        """Read documents without pictures, in the order asked for; unknown ids are left out."""
        ...

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a document's picture and its media type; raises NotFound."""
        ...

    async def page(self, namespace: str, limit: int, offset: int) -> ListedDocuments:
        """Read a page of documents in the order of their ids."""
        ...

    async def version(self, namespace: str) -> int:
        """Return a namespace's latest version; 0 if it does not exist."""
        ...

    async def suggest(self, namespace: str, typed: str, most: int) -> Suggestions:
        """Return what a query that is being typed may become."""
        ...

    async def statistics(self, namespace: str) -> NamespaceStatistics:
        """Return a namespace's figures; raises NotFound."""
        ...

    async def namespace_map(self, request: MapRequest) -> NamespaceMap:
        """Return a namespace's vectors in a plane; raises NotFound."""
        ...

    async def plan(self, order: PlanCommand) -> AnswerBody:
        """Plan a goal to the end; cancelling it cancels all work on it."""
        ...

    async def reflect(self, order: ReflectCommand) -> AnswerBody:
        """Judge a plan or an answer, and revise it; cancelling it cancels all work on it."""
        ...

    async def start_plan(self, order: PlanCommand) -> EventBatch:
        """Begin a run that can be followed; returns its first events."""
        ...

    async def plan_events(self, run_id: str, owner: str, after: int, wait_s: float) -> EventBatch:
        """Return the events after ``after`` of a run of ``owner``; wait for one if need be."""
        ...

    async def namespaces(self) -> Sequence[str]:
        """Name the namespaces that hold documents."""
        ...

    async def used(self, owner: str) -> QuotaUsage:
        """Say what counts towards a client's quota."""
        ...

    async def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        """Claim a client's Idempotency-Key, or return the answer that it had.

        Raises ``BadRequest`` where it came with another request, ``Conflict`` while that one runs.
        """
        ...

    async def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Keep the answer to an Idempotency-Key."""
        ...

    async def release_once(self, client: str, key: str, forget: bool) -> None:
        """Let a request be tried again; ``forget``: it wrote nothing, the key is free."""
        ...

    async def submit_job(self, order: JobOrder, drafts: bytes) -> JobStatement:
        """Take documents (``api.jobs.draft_records``) as a job; on return they are kept on disk.

        Raises ``RateLimited`` or ``BadRequest`` (507) where there is no room.
        """
        ...

    async def job(self, owner: str, id: str, limit: int, offset: int) -> JobStatement:
        """Tell of a client's own job with a page of its failures; raises ``BadRequest`` (404)."""
        ...

    async def jobs(self, owner: str, limit: int, offset: int) -> tuple[list[JobStatement], int]:
        """Tell of a client's jobs, the newest first, and how many there are."""
        ...

    async def cancel_job(self, owner: str, id: str) -> JobStatement:
        """End a client's own job; what was written stays. Raises ``BadRequest`` (404)."""
        ...

    async def audit_begin(
        self, who: str, act: str, request_id: str, what: Mapping[str, str]
    ) -> int:
        """Record that an act is about to be done; raises ``Unavailable`` if it cannot be."""
        ...

    async def audit_end(self, number: int, status: int, what: Mapping[str, str]) -> None:
        """Record the outcome of an act."""
        ...

    async def audit(self, wanted: AuditQuery) -> AuditPage:
        """Return what was recorded, oldest first."""
        ...

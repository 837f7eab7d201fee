"""The graph as one client may see it: every method checks the namespace it is given.

Routes get this one and no other, so a forgotten check in a route opens nothing. A test calls
every method of ``Backend`` with a foreign namespace.
"""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from api.access.identity import Client
from api.access.scoped_encoding import ScopedEncoding
from api.access.scoped_operator import ScopedOperator
from api.access.unknown_namespace import unknown_namespace
from api.backend import Backend, Changed, ListedDocuments, Removed, Written
from api.errors import BadRequest, DeadlineExceeded, Overloaded, Unavailable
from api.plan_messages import AnswerBody, EventBatch, PlanCommand, ReflectCommand
from reliability.books.audit_entries import AuditPage, AuditQuery
from reliability.books.once import Once
from reliability.books.quota import Account, QuotaUsage
from reliability.jobs.job import JobOrder, JobStatement
from retrieval.documents import Document, Json
from retrieval.errors import NotFound
from retrieval.filtering.parse import Filter
from retrieval.namespaces.map import MapRequest, NamespaceMap
from retrieval.namespaces.statistics import NamespaceStatistics
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.search.suggestion import Suggestions
from retrieval.words.settings import NamespaceSettings

UNKNOWN = 0
"""The version of a namespace that is not there."""
Answered = TypeVar("Answered")


class ScopedBackend(ScopedEncoding, ScopedOperator):
    """Implements ``api.backend.Backend`` for one client.

    Raises ``Forbidden`` for a foreign namespace, whether it exists or not, and ``BadRequest``
    (404) for reading, deleting or planning in one that does not exist.
    """

    def __init__(self, backend: Backend, client: Client) -> None:
        ScopedEncoding.__init__(self, backend)
        ScopedOperator.__init__(self, backend, client)

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search an own namespace that exists."""
        self._client.check_namespace(request.namespace)
        result = await self._backend.search(request)
        if result.index_version == UNKNOWN:
            raise await self._unknown(request.namespace)
        return result

    async def upsert(
        self, namespace: str, documents: Sequence[Document], account: Account | None = None
    ) -> Written:
        """Write into an own namespace, unless the key only reads; it counts to the own key."""
        self._client.check_writer()
        self._client.check_namespace(namespace)
        return await self._backend.upsert(namespace, documents, self._client.account)

    async def delete(self, namespace: str, ids: Sequence[str]) -> Written:
        """Delete from an own namespace, unless the key only reads."""
        self._client.check_writer()
        self._client.check_namespace(namespace)
        written = await self._backend.delete(namespace, ids)
        if written.version == UNKNOWN:
            raise await self._unknown(namespace)
        return written

    async def patch(
        self,
        namespace: str,
        document_id: str,
        patch: Mapping[str, Json],
        wanted: Collection[str] | None,
        account: Account | None = None,
    ) -> Changed:
        """Change in an own namespace, unless the key only reads; it counts to the own key."""
        self._client.check_writer()
        self._client.check_namespace(namespace)
        mine = self._client.account
        changed = self._backend.patch(namespace, document_id, patch, wanted, mine)
        return await self._found(namespace, changed)

    async def delete_matching(
        self, namespace: str, wanted: Filter | None, dry_run: bool
    ) -> Removed:
        """Delete from an own namespace, unless the key only reads."""
        self._client.check_writer()
        self._client.check_namespace(namespace)
        removed = self._backend.delete_matching(namespace, wanted, dry_run)
        return await self._found(namespace, removed)

    async def drop_namespace(self, namespace: str) -> Written:
        """Drop an own namespace that exists, unless the key only reads."""
        self._client.check_writer()
        self._client.check_namespace(namespace)
        dropped = await self._backend.drop_namespace(namespace)
        if dropped.version == UNKNOWN:
            raise await self._unknown(namespace)
        return dropped

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read from an own namespace."""
        self._client.check_namespace(namespace)
        return await self._found(namespace, self._backend.document(namespace, document_id))

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]:
        """Read several documents of an own namespace."""
        self._client.check_namespace(namespace)
        return await self._backend.documents(namespace, ids)

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read from an own namespace."""
        self._client.check_namespace(namespace)
        return await self._found(namespace, self._backend.picture(namespace, document_id))

    async def page(self, namespace: str, limit: int, offset: int) -> ListedDocuments:
        """List an own namespace that exists."""
        self._client.check_namespace(namespace)
        page = await self._backend.page(namespace, limit, offset)
        if page.version == UNKNOWN:
            raise await self._unknown(namespace)
        return page

    async def version(self, namespace: str) -> int:
        """Return the latest version of an own namespace that exists."""
        self._client.check_namespace(namespace)
        version = await self._backend.version(namespace)
        if version == UNKNOWN:
            raise await self._unknown(namespace)
        return version

    async def suggest(self, namespace: str, typed: str, most: int) -> Suggestions:
        """Return suggestions from an own namespace that exists."""
        self._client.check_namespace(namespace)
        return await self._found(namespace, self._backend.suggest(namespace, typed, most))

    async def settings(self, namespace: str) -> NamespaceSettings:
        """Return how an own namespace that exists is searched."""
        self._client.check_namespace(namespace)
        return await self._found(namespace, self._backend.settings(namespace))

    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None
    ) -> int:
        """Set how an own namespace is searched, unless the key only reads."""
        self._client.check_writer()
        self._client.check_namespace(namespace)
        set_there = self._backend.set_settings(namespace, settings, wanted)
        return await self._found(namespace, set_there)

    async def statistics(self, namespace: str) -> NamespaceStatistics:
        """Return the figures of an own namespace that exists."""
        self._client.check_namespace(namespace)
        return await self._found(namespace, self._backend.statistics(namespace))

    async def namespace_map(self, request: MapRequest) -> NamespaceMap:
        """Return the map of an own namespace that exists."""
        self._client.check_namespace(request.namespace)
        return await self._found(request.namespace, self._backend.namespace_map(request))

    async def plan(self, order: PlanCommand) -> AnswerBody:
        """Plan over an own namespace that exists."""
        await self._check_order(order)
        return await self._backend.plan(self._own(order))

    async def reflect(self, order: ReflectCommand) -> AnswerBody:
        """Reflect over an own namespace that exists."""
        await self._check_order(order)
        return await self._backend.reflect(replace(order, account=self._client.account))

    async def start_plan(self, order: PlanCommand) -> EventBatch:
        """Begin an own run over an own namespace that exists."""
        await self._check_order(order)
        return await self._backend.start_plan(self._own(order))

    def _own(self, order: PlanCommand) -> PlanCommand:
        return replace(order, owner=self._client.name, account=self._client.account)

    async def _check_order(self, order: PlanCommand | ReflectCommand) -> None:
        namespace = order.request.namespace
        self._client.check_namespace(namespace)
        if order.remember:
            self._client.check_writer()
        try:
            await self.version(namespace)
        except (Overloaded, Unavailable, DeadlineExceeded):
            # What can be done without the index the planner knows.
            return

    async def _found(self, namespace: str, asked: Awaitable[Answered]) -> Answered:
        try:
            return await asked
        except NotFound as error:
            if error.where != "namespace":
                raise
            raise await self._unknown(namespace) from None

    async def _unknown(self, namespace: str) -> BadRequest:
        return unknown_namespace(namespace, await self.namespaces())

    async def plan_events(self, run_id: str, owner: str, after: int, wait_s: float) -> EventBatch:
        """Follow an own run; whoever is named, nobody follows another's."""
        batch = await self._backend.plan_events(run_id, self._client.name, after, wait_s)
        self._client.check_namespace(batch.namespace)
        return batch

    async def namespaces(self) -> Sequence[str]:
        """Name the own namespaces only."""
        names = await self._backend.namespaces()
        return [name for name in names if self._client.may_use(name)]

    async def used(self, owner: str) -> QuotaUsage:
        """Say what the own key holds, whoever is named."""
        return await self._backend.used(self._client.name)

    async def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        """Claim an own Idempotency-Key; another client's of the same name is another one."""
        return await self._backend.begin_once(self._client.name, key, fingerprint, busy_s)

    async def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Keep the answer to an own Idempotency-Key."""
        await self._backend.end_once(self._client.name, key, status, answer)

    async def release_once(self, client: str, key: str, forget: bool) -> None:
        """Let an own request be tried again."""
        await self._backend.release_once(self._client.name, key, forget)

    async def submit_job(self, order: JobOrder, drafts: bytes) -> JobStatement:
        """Take a job into an own namespace, unless the key only reads; it is the own key's."""
        self._client.check_writer()
        self._client.check_namespace(order.namespace)
        own = replace(order, owner=self._client.name, account=self._client.account)
        return await self._backend.submit_job(own, drafts)

    async def job(self, owner: str, id: str, limit: int, offset: int) -> JobStatement:
        """Tell of an own job, whoever is named."""
        return await self._backend.job(self._client.name, id, limit, offset)

    async def jobs(self, owner: str, limit: int, offset: int) -> tuple[list[JobStatement], int]:
        """Tell of the own jobs, whoever is named."""
        return await self._backend.jobs(self._client.name, limit, offset)

    async def cancel_job(self, owner: str, id: str) -> JobStatement:
        """End an own job, unless the key only reads."""
        self._client.check_writer()
        return await self._backend.cancel_job(self._client.name, id)

    async def audit_begin(
        self, who: str, act: str, request_id: str, what: Mapping[str, str]
    ) -> int:
        """Record an own act, whoever is named."""
        return await self._backend.audit_begin(self._client.name, act, request_id, what)

    async def audit_end(self, number: int, status: int, what: Mapping[str, str]) -> None:
        """Record the outcome of an act."""
        await self._backend.audit_end(number, status, what)

    async def audit(self, wanted: AuditQuery) -> AuditPage:
        """Return what everybody did, to administrators that are bound to no namespace."""
        self._client.check_administrator()
        self._client.check_unbound()
        return await self._backend.audit(wanted)

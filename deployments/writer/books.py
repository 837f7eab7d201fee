"""The part of the IndexWriter that keeps clients' books: quotas, repeated writes, the audit log."""

from deployments.indexing.write_service import WriteService
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from reliability.books.audit_entries import AuditPage, AuditQuery, What
from reliability.books.once import Once
from reliability.books.quota import QuotaUsage


class WriterBooks:
    """What others ask of the one writer's books."""

    replica: Replica
    _service: WriteService

    @observed
    async def used(self, owner: str) -> QuotaUsage:
        """Say what counts towards a client's quota."""
        return self._service.used(owner)

    @observed
    async def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        """Claim a client's Idempotency-Key, or return the answer that it had."""
        return self._service.begin_once(client, key, fingerprint, busy_s)

    @observed
    async def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Keep the answer to an Idempotency-Key."""
        self._service.end_once(client, key, status, answer)

    @observed
    async def release_once(self, client: str, key: str, forget: bool) -> None:
        """Let a request be tried again."""
        self._service.release_once(client, key, forget)

    @observed
    async def audit_begin(self, who: str, act: str, request_id: str, what: What) -> int:
        """Record that an act is about to be done."""
        return await self._service.audit_begin(who, act, request_id, what)

    @observed
    async def audit_end(self, number: int, status: int, what: What) -> None:
        """Record the outcome of an act."""
        await self._service.audit_end(number, status, what)

    @observed
    async def audit(self, wanted: AuditQuery) -> AuditPage:
        """Return what was recorded."""
        return await self._service.audit(wanted)

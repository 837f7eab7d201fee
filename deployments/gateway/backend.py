"""The graph behind the routes, by Ray handles: the read path, the one writer, the planner."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ray.serve.handle import DeploymentHandle

from api.backend import Changed, Removed, Written
from api.middleware.observation import client_hash
from api.operator_backend import ComponentHealth, NodeLines
from api.plan_messages import AnswerBody, EventBatch, PlanCommand, ReflectCommand
from deployments.calls.call import call
from deployments.calls.late_writer import in_the_writers_time
from deployments.calls.read_path import RayReadPath
from deployments.energy.calls import EnergyCalls
from deployments.gateway.metrics_copy import MetricsCopy
from deployments.gateway.node_lines import LINES_WITHIN_S, lines_of_nodes
from deployments.planning.service import GRACE_S
from deployments.settings.tunables import IngressTunables
from reliability.books.audit_entries import AuditPage, AuditQuery
from reliability.books.once import Once
from reliability.books.quota import Account, QuotaUsage
from reliability.jobs.job import JobOrder, JobStatement
from reliability.limits.holdings import Holdings
from reliability.slo.history import HistoryWindow
from retrieval.documents import Document, Json
from retrieval.filtering.parse import Filter
from retrieval.words.settings import NamespaceSettings
from sustainability.modes.profiles import EnergyMode

HOP_S = 1.0
"""The planner notices a deadline first and answers with what it has."""


class RayBackend(RayReadPath):
    """Implements ``api.backend.Backend`` over deployment handles."""

    def __init__(
        self,
        embedder: DeploymentHandle,
        search: DeploymentHandle,
        writer: DeploymentHandle,
        planner: DeploymentHandle,
        hub: DeploymentHandle,
        rate_limiter: DeploymentHandle | None,
        energy: EnergyCalls,
    ) -> None:
        super().__init__(embedder, search, lambda: self.tunables.read_deadline_s)
        self.tunables = IngressTunables()
        self._writer = writer
        self._planner = planner
        self._hub = hub
        self._rate_limiter = rate_limiter
        self._energy = energy
        self._metrics = MetricsCopy()

    async def upsert(
        self, namespace: str, documents: Sequence[Document], account: Account | None = None
    ) -> Written:
        """Write through the one writer; a repeated upsert by id changes nothing."""
        within_s = self.tunables.write_deadline_s
        args = (namespace, documents, account)
        result = await self._written("upsert", *args, within_s=within_s)
        return Written(result.upserted, result.version)

    async def delete(self, namespace: str, ids: Sequence[str]) -> Written:
        """Delete through the one writer."""
        within_s = self.tunables.write_deadline_s
        result = await self._written("delete", namespace, ids, within_s=within_s)
        return Written(result.deleted, result.version)

    async def patch(
        self,
        namespace: str,
        document_id: str,
        patch: Mapping[str, Json],
        wanted: Collection[str] | None,
        account: Account | None = None,
    ) -> Changed:
        """Change through the one writer; a patch that was merged already changes nothing."""
        args = (namespace, document_id, dict(patch), wanted, account)
        return await self._written("patch", *args, within_s=self.tunables.write_deadline_s)

    async def delete_matching(
        self, namespace: str, wanted: Filter | None, dry_run: bool
    ) -> Removed:
        """Delete through the one writer; what is deleted already is not found again."""
        args = (namespace, wanted, dry_run)
        within_s = self.tunables.write_deadline_s
        return await self._written("delete_matching", *args, within_s=within_s)

    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None
    ) -> int:
        """Set through the one writer; the same settings again change nothing."""
        args = (namespace, settings, wanted)
        return await self._written("set_settings", *args, within_s=self.tunables.write_deadline_s)

    async def drop_namespace(self, namespace: str) -> Written:
        """Drop through the one writer."""
        within_s = self.tunables.write_deadline_s
        return await self._written("drop_namespace", namespace, within_s=within_s)

    async def plan(self, order: PlanCommand) -> AnswerBody:
        """Plan to the end; planning only reads, so it may be repeated."""
        return await call(self._planner, "plan", order, within_s=_patience_s(order))

    async def reflect(self, order: ReflectCommand) -> AnswerBody:
        """Reflect; it only reads, but for remembering, which writes the same again."""
        return await call(self._planner, "reflect", order, within_s=_patience_s(order))

    async def start_plan(self, order: PlanCommand) -> EventBatch:
        """Begin a run."""
        return await call(self._planner, "start", order, within_s=_patience_s(order))

    async def plan_events(self, run_id: str, owner: str, after: int, wait_s: float) -> EventBatch:
        """Follow a run."""
        within_s = wait_s + HOP_S + GRACE_S
        return await call(self._planner, "events", run_id, owner, after, wait_s, within_s=within_s)

    async def used(self, owner: str) -> QuotaUsage:
        """Ask the writer, who counts."""
        return await self._book("used", owner)

    async def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        """Ask the writer, who knows the keys of all Ingress replicas."""
        return await self._book("begin_once", client, key, fingerprint, busy_s)

    async def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Tell the writer."""
        await self._book("end_once", client, key, status, answer)

    async def release_once(self, client: str, key: str, forget: bool) -> None:
        """Tell the writer."""
        await self._book("release_once", client, key, forget)

    async def submit_job(self, order: JobOrder, drafts: bytes) -> JobStatement:
        """Have the writer keep the documents; the same job again is no other."""
        within_s = self.tunables.write_deadline_s
        return await self._written("submit_job", order, drafts, within_s=within_s)

    async def job(self, owner: str, id: str, limit: int, offset: int) -> JobStatement:
        """Ask the writer, who works jobs off."""
        return await self._book("job", owner, id, limit, offset)

    async def jobs(self, owner: str, limit: int, offset: int) -> tuple[list[JobStatement], int]:
        """Ask the writer."""
        return await self._book("jobs", owner, limit, offset)

    async def cancel_job(self, owner: str, id: str) -> JobStatement:
        """Tell the writer."""
        return await self._book("cancel_job", owner, id)

    async def audit_begin(
        self, who: str, act: str, request_id: str, what: Mapping[str, str]
    ) -> int:
        """Have the writer write it down."""
        return await self._book("audit_begin", who, act, request_id, dict(what))

    async def audit_end(self, number: int, status: int, what: Mapping[str, str]) -> None:
        """Have the writer write it down."""
        await self._book("audit_end", number, status, dict(what))

    async def audit(self, wanted: AuditQuery) -> AuditPage:
        """Ask the writer, whose log holds the acts of all Ingress replicas."""
        return await self._book("audit", wanted)

    async def _book(self, method: str, *args: object) -> Any:
        return await self._written(method, *args, within_s=self.tunables.probe_deadline_s)

    async def _written(self, method: str, *args: object, within_s: float) -> Any:
        asked = call(self._writer, method, *args, within_s=within_s)
        return await in_the_writers_time(asked)

    async def slo(self) -> AnswerBody:
        """Ask the hub."""
        return await call(self._hub, "slo", within_s=self.tunables.probe_deadline_s)

    async def slo_history(self, over: HistoryWindow) -> AnswerBody:
        """Ask the hub."""
        return await call(self._hub, "slo_history", over, within_s=self.tunables.probe_deadline_s)

    async def limits(self) -> Holdings | None:
        """Ask the RateLimiter; buckets in Redis are nobody's to list."""
        if self._rate_limiter is None:
            return None
        return await call(self._rate_limiter, "holdings", within_s=self.tunables.probe_deadline_s)

    async def log_lines(self, request_id: str) -> NodeLines:
        """Ask every node."""
        return await lines_of_nodes(self._energy.meters, request_id, LINES_WITHIN_S)

    async def metrics_text(self) -> bytes:
        """Ask the hub: one replica's numbers would be worse than none."""
        within_s = self.tunables.probe_deadline_s
        return await self._metrics.get(
            lambda version: call(self._hub, "text", version, within_s=within_s)
        )

    async def energy_report(self) -> AnswerBody:
        """Report over the meters of all nodes."""
        return await self._energy.report(self.tunables.probe_deadline_s)

    async def request_energy(self, client: str, request_id: str) -> AnswerBody:
        """Look up a request on all nodes, under the client's hash that ledgers know."""
        within_s = self.tunables.probe_deadline_s
        return await self._energy.request(client_hash(client), request_id, within_s)

    async def set_energy_mode(self, mode: EnergyMode) -> AnswerBody:
        """Switch the mode on all nodes."""
        return await self._energy.choose(mode, self.tunables.probe_deadline_s)

    async def needed_components(self) -> Sequence[ComponentHealth]:
        """Encode and read for real, side by side."""
        return await asyncio.gather(
            self._probe("embedder", self._embedder), self._probe("search", self._search)
        )

    async def other_components(self) -> Sequence[ComponentHealth]:
        """Use all others for real, side by side; in a rollout most of them are gone for a while."""
        probes = [
            self._probe("index_writer", self._writer),
            self._probe("planner", self._planner),
            self._probe("thought_branch", self._planner, "probe_branch"),
            self._probe("metrics_hub", self._hub),
            self._probe("energy_meter", self._energy.meters),
        ]
        if self._rate_limiter is not None:
            probes.append(self._probe("rate_limiter", self._rate_limiter))
        return await asyncio.gather(*probes)

    async def _probe(
        self, name: str, handle: DeploymentHandle, method: str = "probe"
    ) -> ComponentHealth:
        start_s = time.perf_counter()
        detail: dict[str, object] = {}
        try:
            detail = await call(handle, method, within_s=self.tunables.probe_deadline_s)
            healthy = "not_written" not in detail
        # Whatever is wrong with a component, the health page must still be served.
        except Exception as error:
            detail["error"], healthy = type(error).__name__, False
        took_ms = (time.perf_counter() - start_s) * 1000
        return ComponentHealth(name, healthy, took_ms, detail)


def _patience_s(order: PlanCommand | ReflectCommand) -> float:
    return min(order.request.budget.deadline_ms / 1000, order.left_s) + GRACE_S + HOP_S

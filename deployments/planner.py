"""The Planner deployment: coordinates runs; their branches run on ThoughtBranch replicas."""

import os
import time
from collections.abc import Sequence
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from agents.engines.llm import LlmSettings
from api.plan_messages import AnswerBody, EventBatch, PlanCommand, ReflectCommand
from deployments.calls.call import call
from deployments.calls.read_path import RayReadPath
from deployments.planning.branch_service import BranchCall, BranchReply
from deployments.planning.metrics import counting
from deployments.planning.remote_branches import RemoteBranches
from deployments.planning.service import PlanningService
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.settings.tunables import PlannerTunables
from reliability.books.quota import Account
from retrieval.documents import Document


@serve.deployment()
class Planner:
    """Plans goals. One replica, because the runs that can be followed live in it."""

    async def __init__(
        self,
        hub: DeploymentHandle,
        meters: DeploymentHandle,
        embedder: DeploymentHandle,
        search: DeploymentHandle,
        writer: DeploymentHandle,
        branch: DeploymentHandle,
        llm: LlmSettings | None = None,
    ) -> None:
        self.replica = Replica("Planner", hub, meters)
        self._tunables = PlannerTunables()
        self._branch = branch
        self._writer = writer
        read_path = RayReadPath(embedder, search, lambda: self._tunables.read_deadline_s)
        self._read_path = read_path
        self._service = PlanningService(
            read_path,
            lambda engine, namespace, pinned: RemoteBranches(self._send, engine, namespace, pinned),
            self._write,
            llm,
            counting(self.replica.registry),
        )
        self.replica.collect(lambda registry: read_path.tell_second_tries(registry, "Planner"))
        self.replica.collect(lambda _: self._service.forget(time.monotonic()))
        self.replica.start()

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change bounds for the runs that come next."""
        self._tunables = PlannerTunables.model_validate(config)
        self.replica.memory.configure(self._tunables.memory)
        self._service.configure(self._tunables)

    @observed
    async def plan(self, order: PlanCommand) -> AnswerBody:
        """Plan to the end."""
        return await self._service.plan(order)

    @observed
    async def reflect(self, order: ReflectCommand) -> AnswerBody:
        """Judge and revise."""
        return await self._service.reflect(order)

    @observed
    async def start(self, order: PlanCommand) -> EventBatch:
        """Begin a run that can be followed."""
        return await self._service.start(order)

    @observed
    async def events(self, run_id: str, owner: str, after: int, wait_s: float) -> EventBatch:
        """Return what a run told after an event."""
        return await self._service.events(run_id, owner, after, wait_s)

    @observed
    async def probe(self) -> dict[str, object]:
        """Read the index for real, as a run would, and report the runs."""
        names = await self._read_path.namespaces()
        runs = self._service.runs
        return {
            "namespaces": len(names),
            "planning": self._service.planning,
            "planned": self._service.planned,
            "runs_followed": runs.running,
            "runs_kept": runs.kept,
            "replica_pid": os.getpid(),
        }

    @observed
    async def probe_branch(self) -> dict[str, object]:
        """Have a ThoughtBranch replica think, over the way that branches take."""
        return await call(self._branch, "probe", within_s=self._tunables.read_deadline_s)

    async def check_health(self) -> None:
        """Fail once this replica was told to end, so that Serve replaces it."""
        self.replica.check_health()

    async def __del__(self) -> None:
        await self.replica.stop()

    async def _write(
        self, namespace: str, documents: Sequence[Document], account: Account | None
    ) -> object:
        within_s = self._tunables.read_deadline_s
        return await call(self._writer, "upsert", namespace, documents, account, within_s=within_s)

    async def _send(self, branch_call: BranchCall, within_s: float) -> BranchReply:
        return await call(self._branch, "expand", branch_call, within_s=within_s)

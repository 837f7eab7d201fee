"""The ThoughtBranch deployment: expands branches of anybody's tree; stateless, autoscaled."""

import os
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from agents.engines.llm import LlmSettings
from agents.goals.read import read_goal
from agents.lexicon.vocabulary import Vocabulary
from agents.tree.branch import BranchTask
from agents.tree.problem import Allowance
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from agents.tree.thoughts import ROOT
from agents.usage import ResourceUsage
from deployments.calls.read_path import RayReadPath
from deployments.planning.branch_service import BranchCall, BranchReply, BranchService
from deployments.planning.engines import EngineFactory
from deployments.planning.thinking import thinker
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.settings.tunables import BranchTunables


@serve.deployment()
class ThoughtBranch:
    """Carries thoughts out, judges what they found and proposes what could follow."""

    async def __init__(
        self,
        hub: DeploymentHandle,
        meters: DeploymentHandle,
        embedder: DeploymentHandle,
        search: DeploymentHandle,
        llm: LlmSettings | None = None,
    ) -> None:
        self.replica = Replica("ThoughtBranch", hub, meters)
        self.replica.start()
        self._tunables = BranchTunables()
        # Read here and not in graph.py: a key among the arguments would stay in Serve's state.
        self._engines = EngineFactory(llm, os.environ)
        self._read_path = RayReadPath(embedder, search, lambda: self._tunables.read_deadline_s)
        self._service = BranchService(self._read_path, self._engines)
        self.replica.collect(
            lambda registry: self._read_path.tell_second_tries(registry, "ThoughtBranch")
        )

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change deadlines and bounds for the calls that come next."""
        self._tunables = BranchTunables.model_validate(config)
        self.replica.memory.configure(self._tunables.memory)
        self._service.max_vocabularies = self._tunables.max_vocabularies

    @observed
    async def expand(self, call: BranchCall) -> BranchReply:
        """Expand one branch by one level."""
        return await self._service.expand(call)

    async def check_health(self) -> None:
        """Judge and propose for real, over no index: what is wrong with the engine shows here."""
        self.replica.check_health()
        await self._think()

    @observed
    async def probe(self) -> dict[str, object]:
        """Think for real and read the index for real."""
        proposals = await self._think()
        names = await self._read_path.namespaces()
        return {
            "namespaces": len(names),
            "proposals": proposals,
            "language_model": self._engines.state(),
            "replica_running": self._service.running,
            "replica_expanded": self._service.expanded,
            "replica_cancelled": self._service.cancelled,
            "replica_pid": os.getpid(),
        }

    async def __del__(self) -> None:
        await self.replica.stop()

    async def _think(self) -> int:
        nothing = Vocabulary()
        brief = PlanContext(read_goal("a probe of the branch", nothing, picture=False))
        task = BranchTask(
            brief, PlanState(), (ROOT,), 1, True, Allowance(ResourceUsage(nodes=1), 1.0)
        )
        (expansion,) = (await thinker(nothing).expand(task)).expansions
        if not expansion.proposals:
            raise RuntimeError(f"the engine proposes nothing: {expansion.error}")
        return len(expansion.proposals)

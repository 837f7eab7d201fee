"""Where the planner's branches run: on ThoughtBranch replicas, one call per branch and level."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agents.engines.embedded.engine import EmbeddedEngine
from agents.tree.branch import BranchResult, BranchTask
from agents.tree.state import PlanState
from api.errors import Overloaded
from deployments.planning.branch_service import BranchCall, BranchReply
from deployments.planning.thinking import only_thinks, thinker
from deployments.planning.vocabularies import Pinned

Send = Callable[[BranchCall, float], Awaitable[BranchReply]]
"""Sends a call to any replica, within so many seconds."""

FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5


class RemoteBranches:
    """Implements ``agents.tree.branch.BranchExecutor`` for one run."""

    def __init__(self, send: Send, engine: str, namespace: str, pinned: Pinned) -> None:
        self._send = send
        self._engine = engine
        self._namespace = namespace
        self._pinned = pinned
        self._run = uuid.uuid4().hex
        self._here = thinker(pinned.vocabulary) if engine == EmbeddedEngine.name else None

    async def expand(self, task: BranchTask[PlanState]) -> BranchResult[PlanState]:
        """Have a branch expanded; a full queue is tried again until the deadline.

        A branch that one replica refuses while another run is busy would otherwise be missing
        from this tree, and the tree would depend on the load. What only thinks by rules is
        thought here: a hop takes longer.
        """
        if self._here is not None and only_thinks(task):
            return await self._here.expand(task)
        ends_s = asyncio.get_running_loop().time() + task.allowance.deadline_s
        pause_s = FIRST_PAUSE_S
        while True:
            left_s = ends_s - asyncio.get_running_loop().time()
            try:
                return await self._once(task, left_s)
            except Overloaded:
                if left_s <= pause_s:
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _once(self, task: BranchTask[PlanState], left_s: float) -> BranchResult[PlanState]:
        pinned = self._pinned
        call = BranchCall(self._engine, self._namespace, self._run, pinned.key, None, task)
        reply = await self._send(call, left_s)
        if reply.result is None:
            call = replace(call, vocabulary=pinned.vocabulary)
            reply = await self._send(call, left_s)
        assert reply.result is not None
        return reply.result

"""Where the planner's branches run: on ThoughtBranch replicas, one call per branch and level."""

import asyncio
from collections.abc import Awaitable, Callable

from agents.tree.branch import BranchResult, BranchTask
from agents.tree.state import PlanState
from api.errors import Overloaded
from deployments.planning.branch_service import BranchCall, BranchReply
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

    async def expand(self, task: BranchTask[PlanState]) -> BranchResult[PlanState]:
        """Have a branch expanded; a full queue is tried again until the deadline.

        A branch that one replica refuses while another run is busy would otherwise be missing
        from this tree, and the tree would depend on the load.
        """
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
        call = BranchCall(self._engine, self._namespace, pinned.key, None, task)
        reply = await self._send(call, left_s)
        if reply.result is None:
            call = BranchCall(self._engine, self._namespace, pinned.key, pinned.vocabulary, task)
            reply = await self._send(call, left_s)
        assert reply.result is not None
        return reply.result

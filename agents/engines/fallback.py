"""The embedded engine in another one's place; every answer says why the other one is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.engines.embedded.engine import EmbeddedEngine
from agents.tools.port import Toolbox
from agents.tree.problem import Allowance, Evaluated, Proposed
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from agents.usage import ResourceUsage


class FallbackEngine:
    """Implements ``agents.tree.problem.Engine`` by rules, with ``degraded`` set.

    Args:
        toolbox: Of the embedded engine.
        reason: Why the engine asked for cannot answer.
    """

    name = EmbeddedEngine.name

    def __init__(self, toolbox: Toolbox, reason: str) -> None:
        self._embedded = EmbeddedEngine(toolbox)
        self._reason = reason

    def estimate(self, width: int) -> ResourceUsage:
        """Return what the embedded engine needs: nothing."""
        return self._embedded.estimate(width)

    async def propose(
        self, brief: PlanContext, states: Sequence[PlanState], width: int, allowance: Allowance
    ) -> Proposed:
        """Propose by rules."""
        proposed = await self._embedded.propose(brief, states, width, allowance)
        return replace(proposed, degraded=self._reason)

    async def evaluate(
        self, brief: PlanContext, states: Sequence[PlanState], allowance: Allowance
    ) -> Evaluated:
        """Judge by evidence."""
        judged = await self._embedded.evaluate(brief, states, allowance)
        return replace(judged, degraded=self._reason)

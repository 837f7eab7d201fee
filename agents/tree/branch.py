"""One call per branch and level: the thoughts of one node, carried out, judged and followed up.

Everything in a task and a result is plain picklable data, and the worker keeps
nothing between calls: any replica may take any task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Generic, Protocol, TypeVar

from agents.errors import AgentError
from agents.tree.problem import Allowance, Engine, S, World
from agents.tree.thoughts import JUDGED_ONLY, Score, Thought
from agents.usage import ResourceUsage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BranchTask(Generic[S]):
    """Thoughts to try from one node.

    Args:
        brief: What the problem's engine and world need to know, such as the reading of
            a goal; plain data.
        state: The node's state.
        thoughts: To carry out, in order; a root or merge stands for the state itself.
        width: Thoughts to propose for each state that comes of them.
        propose: False at the last level, where nothing follows.
        allowance: What was reserved for this call.
    """

    brief: Any
    state: S
    thoughts: tuple[Thought, ...]
    width: int
    propose: bool
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Expansion(Generic[S]):
    """What became of one thought. ``state`` is None where it failed, with ``error``."""

    thought: Thought
    state: S | None
    state_key: str = ""
    score: Score = field(default_factory=Score)
    proposals: tuple[Thought, ...] = ()
    evidence: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class BranchResult(Generic[S]):
    """One expansion per thought of the task, in its order, and what they used together."""

    expansions: tuple[Expansion[S], ...]
    usage: ResourceUsage
    degraded: str | None = None


class BranchExecutor(Protocol[S]):
    """Where branches run: in this process, or on replicas."""

    async def expand(self, task: BranchTask[S]) -> BranchResult[S]:
        """Carry a task out; may raise anything, which fails the branch and not the run."""
        ...


class BranchWorker(Generic[S]):
    """The branch side. Also the executor that runs branches in this process."""

    def __init__(self, world: World[S], engine: Engine[S]) -> None:
        self._world = world
        self._engine = engine

    async def expand(self, task: BranchTask[S]) -> BranchResult[S]:
        """Apply all thoughts side by side, judge all states together, propose for all together."""
        applied = await _side_by_side([self._apply(task, thought) for thought in task.thoughts])
        outcomes = [outcome for outcome, _ in applied]
        used = reduce(ResourceUsage.__add__, (spent for _, spent in applied), ResourceUsage())
        states = [state for state in outcomes if not isinstance(state, AgentError)]
        judged = await self._engine.evaluate(task.brief, states, _rest(task.allowance, used))
        used = used + judged.usage
        proposals: Sequence[Sequence[Thought]] = [()] * len(states)
        degraded = judged.degraded
        if task.propose and states:
            rest = _rest(task.allowance, used)
            proposed = await self._engine.propose(task.brief, states, task.width, rest)
            used = used + proposed.usage
            proposals = proposed.thoughts
            degraded = degraded or proposed.degraded
        expansions = self._expansions(task, outcomes, judged.scores, proposals)
        return BranchResult(expansions, used, degraded)

    async def _apply(
        self, task: BranchTask[S], thought: Thought
    ) -> tuple[S | AgentError, ResourceUsage]:
        if thought.kind in JUDGED_ONLY:
            return task.state, ResourceUsage(nodes=1)
        # Its own part of what was reserved: none takes from another, whoever is first.
        allowance = Allowance(thought.estimate, task.allowance.deadline_s)
        try:
            applied = await self._world.apply(task.brief, task.state, thought, allowance)
        except AgentError as error:
            return error, ResourceUsage(nodes=1)
        return applied.state, applied.usage + ResourceUsage(nodes=1)

    def _expansions(
        self,
        task: BranchTask[S],
        outcomes: Sequence[S | AgentError],
        scores: Sequence[Score],
        proposals: Sequence[Sequence[Thought]],
    ) -> tuple[Expansion[S], ...]:
        judged = iter(zip(scores, proposals, strict=True))
        expansions: list[Expansion[S]] = []
        for thought, outcome in zip(task.thoughts, outcomes, strict=True):
            if isinstance(outcome, AgentError):
                expansions.append(Expansion(thought, None, error=outcome.message))
                continue
            score, thoughts = next(judged)
            ran = self._world.calls(outcome)
            fresh = tuple(t for t in thoughts if t.key not in ran)
            key, evidence = self._world.key(outcome), self._world.evidence(outcome)
            expansions.append(Expansion(thought, outcome, key, score, fresh, evidence))
        return tuple(expansions)


async def _side_by_side(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all yield, in order; where one raises, none of the others runs on."""
    jobs = [asyncio.ensure_future(item) for item in work]
    try:
        return await asyncio.gather(*jobs)
    finally:
        for job in jobs:
            job.cancel()


def _rest(allowance: Allowance, used: ResourceUsage) -> Allowance:
    return Allowance(allowance.usage - used, allowance.deadline_s)

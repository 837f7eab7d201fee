"""The two halves of a search problem: an engine that thinks and a world that acts.

An engine proposes thoughts and judges states; it never acts. A world carries a
thought out and names the state that comes of it. The embedded engine and a
language model are engines over the same world, so that both obey the same
tools, the same validator and the same budgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from agents.tree.thoughts import Score, Thought
from agents.usage import ResourceUsage

S = TypeVar("S")
"""A state: frozen, picklable, without handles."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Thoughts for each state, in the states' order, and what thinking used.

    ``degraded`` says that another engine had to answer, and why.
    """

    thoughts: Sequence[Sequence[Thought]]
    usage: ResourceUsage = field(default_factory=ResourceUsage)
    degraded: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A score for each state, in the states' order, and what judging used."""

    scores: Sequence[Score]
    usage: ResourceUsage = field(default_factory=ResourceUsage)
    degraded: str | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one call may use at most, and how long it may take."""

    usage: ResourceUsage
    deadline_s: float
    """Seconds from now."""


class Engine(Protocol[S]):
    """Proposes and evaluates. Stateless but for caches; equal input gives equal output.

    States come as a batch, so that an engine may judge them by voting or in one request.
    Raises ``EngineUnavailable`` when it cannot answer at all.
    """

    name: str

    def estimate(self, width: int) -> ResourceUsage:
        """Return the most that proposing ``width`` thoughts for one state and judging it uses."""
        ...

    async def propose(
        self, brief: Any, states: Sequence[S], width: int, allowance: Allowance
    ) -> Proposed:
        """Return at most ``width`` thoughts per state, best prior first."""
        ...

    async def evaluate(self, brief: Any, states: Sequence[S], allowance: Allowance) -> Evaluated:
        """Return a score per state."""
        ...


@dataclass(frozen=True, slots=True)
class Applied(Generic[S]):
    """The state after a thought, and what carrying it out used."""

    state: S
    usage: ResourceUsage = field(default_factory=ResourceUsage)


class World(Protocol[S]):
    """Carries thoughts out. Pure but for the tools it calls."""

    async def apply(
        self, brief: Any, state: S, thought: Thought, allowance: Allowance
    ) -> Applied[S]:
        """Return the state that ``thought`` leads to; raises AgentError where it cannot be."""
        ...

    def key(self, state: S) -> str:
        """Return the canonical key: states with equal keys are one."""
        ...

    def evidence(self, state: S) -> tuple[str, ...]:
        """Return what the state rests on, for the tree: document ids, or nothing."""
        ...

    def calls(self, state: S) -> frozenset[str]:
        """Return the keys of thoughts that already ran on the way here."""
        ...

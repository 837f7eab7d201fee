"""Thoughts, scores, nodes and the tree: what every search problem has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.plans.canonical import digest
from agents.usage import ResourceUsage

NodeStatus = Literal["open", "expanded", "pruned", "duplicate", "failed", "final"]

StopReason = Literal[
    "complete",
    "complete_but",
    "no_progress",
    "frontier_empty",
    "budget_nodes",
    "budget_depth",
    "budget_tool_calls",
    "budget_tokens",
    "budget_cost",
    "deadline",
    "cancelled",
]

ROOT_KIND = "root"
MERGE_KIND = "merge"
JUDGED_ONLY = frozenset({ROOT_KIND, MERGE_KIND})
"""Kinds that are not carried out: their state is given, and only judged and followed up."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A proposed move. Plain data: it travels to branches and back.

    Args:
        kind: ``search``, ``bridge`` …, or what the problem calls its moves.
        rationale: A machine fact that says why.
        delta: What the move is, as JSON; for plans the steps it appends.
        prior: How promising it looks before it is tried; larger is better.
        key: Canonical call; a thought whose key already ran on the path is dropped.
        estimate: The most it will use, reserved before it is dispatched.
        origin: The engine that proposed it.
    """

    kind: str
    rationale: str = ""
    delta: Mapping[str, Any] = field(default_factory=dict)
    prior: float = 0.0
    key: str = ""
    estimate: ResourceUsage = field(default_factory=lambda: ResourceUsage(nodes=1))
    origin: str = "embedded"

    def to_json(self) -> dict[str, Any]:
        """Return what a reader of the tree wants to see."""
        return {
            "kind": self.kind,
            "rationale": self.rationale,
            "delta": dict(self.delta),
            "prior": round(self.prior, 6),
            "origin": self.origin,
        }


ROOT = Thought(ROOT_KIND, "the goal as it was read", key=ROOT_KIND, estimate=ResourceUsage(nodes=1))


@dataclass(frozen=True, slots=True)
class Score:
    """A total and its named parts; ``complete`` means that nothing more is needed."""

    total: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)
    complete: bool = False

    def to_json(self) -> dict[str, float]:
        """Return the parts and the total, rounded to 1e-6."""
        rounded = {name: round(value, 6) for name, value in self.parts.items()}
        return {**rounded, "total": round(self.total, 6)}


@dataclass(frozen=True, slots=True)
class Node:
    """A thought that was tried. ``parent`` is None for the root; ``depth`` counts thoughts."""

    id: str
    parent: str | None
    depth: int
    thought: Thought
    state_key: str
    score: Score
    status: NodeStatus = "open"
    prune_reason: str | None = None
    evidence: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the node in the shape of the HTTP contract."""
        return {
            "id": self.id,
            "parent": self.parent,
            "depth": self.depth,
            "thought": self.thought.to_json(),
            "state_key": self.state_key,
            "score": self.score.to_json(),
            "status": self.status,
            "prune_reason": self.prune_reason,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Tree:
    """All nodes in the order of their creation, what is open, and the best."""

    nodes: tuple[Node, ...]
    frontier: tuple[str, ...]
    best: str
    stop_reason: StopReason

    @property
    def hash(self) -> str:
        """16 hexadecimal digits, independent of times, machines and arrival order."""
        return digest([self.best, self.stop_reason, [node.to_json() for node in self.nodes]])

    def node(self, id: str) -> Node:
        """Return a node by id."""
        return next(node for node in self.nodes if node.id == id)

    def path(self, id: str) -> list[Node]:
        """Return the nodes from the root to ``id``."""
        by_id = {node.id: node for node in self.nodes}
        path = [by_id[id]]
        while (parent := path[-1].parent) is not None:
            path.append(by_id[parent])
        return path[::-1]

    def to_json(self) -> dict[str, Any]:
        """Return the tree in the shape of the HTTP contract."""
        return {
            "nodes": [node.to_json() for node in self.nodes],
            "frontier": list(self.frontier),
            "best": self.best,
            "hash": self.hash,
        }

"""The growing tree: nodes, their states, duplicates and the best so far, all in one fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Generic

from agents.events import Event, Listener
from agents.tree.branch import Expansion
from agents.tree.dispatch import Dispatcher
from agents.tree.problem import S
from agents.tree.thoughts import ROOT, Node, NodeStatus, Score, Thought, Tree

Pick = tuple[str, Thought]
"""A node id and a thought to try from it."""


class Growth(Generic[S]):
    """Grows one tree. Numbers nodes when they are sent, so arrival order changes nothing."""

    def __init__(self, dispatcher: Dispatcher[S], listener: Listener, width: int) -> None:
        self.dispatcher = dispatcher
        self.nodes: dict[str, Node] = {}
        self.states: dict[str, S] = {}
        self.best: str = "n0"
        self.tried: set[str] = set()
        self._proposals: dict[str, tuple[Thought, ...]] = {}
        self._listener = listener
        self._width = width
        self._seen: dict[str, str] = {}

    async def add_root(self, state: S) -> bool:
        """Make the root; False where not even that could be paid or finished."""
        if not self.dispatcher.affordable([ROOT], self._width):
            # A tree always has a root, so that a caller always gets an answer.
            self._add(Node("n0", None, 0, ROOT, "", Score(), "failed", "budget"), None)
            self.states["n0"] = state
            return False
        (outcome,) = await self.dispatcher.send([(state, (ROOT,))], self._width, True)
        if outcome.result is None:
            self._add(Node("n0", None, 0, ROOT, "", Score(), "failed", outcome.error), None)
            self.states["n0"] = state
            return False
        self._take("n0", None, 0, outcome.result.expansions[0])
        return True

    def thoughts(self, id: str) -> list[Thought]:
        """Return a node's thoughts that nobody tried yet, best prior first, ties by key."""
        fresh = [t for t in self._proposals.get(id, ()) if t.key not in self.tried]
        return sorted(fresh, key=lambda t: (-t.prior, t.key))

    async def expand(self, picks: Sequence[Pick], propose: bool) -> list[Node]:
        """Try thoughts, one call per parent, as many as the budget holds; return new open nodes.

        Best first by (score, state key). Duplicates and failures stay in the tree, but
        are not returned.
        """
        count = self.dispatcher.affordable([thought for _, thought in picks], self._width)
        by_parent: dict[str, list[Thought]] = {}
        for parent, thought in picks[:count]:
            by_parent.setdefault(parent, []).append(thought)
            self.tried.add(thought.key)
        if not by_parent:
            return []
        ids = self._announce(by_parent)
        branches = [(self.states[parent], thoughts) for parent, thoughts in by_parent.items()]
        outcomes = await self.dispatcher.send(branches, self._width, propose)
        arrived: list[tuple[str, str, Expansion[S]]] = []
        for (parent, thoughts), outcome in zip(by_parent.items(), outcomes, strict=True):
            expansions = (
                outcome.result.expansions
                if outcome.result is not None
                else [Expansion(thought, None, error=outcome.error) for thought in thoughts]
            )
            self.mark(parent, "expanded")
            arrived += [
                (ids[parent, thought.key], parent, expansion)
                for thought, expansion in zip(thoughts, expansions, strict=True)
            ]
        # The merge: by score and state key, never by who answered first.
        arrived.sort(key=lambda item: (-item[2].score.total, item[2].state_key, int(item[0][1:])))
        return self._take_arrived(arrived)

    async def merge(self, parent: str, state: S, thought: Thought) -> Node | None:
        """Add a state that was put together from others as a node; None if it cannot be paid.

        It becomes the best only if it scores more than the best.
        """
        if not self.dispatcher.affordable([thought], self._width):
            return None
        id = self._announce({parent: [thought]})[parent, thought.key]
        (outcome,) = await self.dispatcher.send([(state, (thought,))], self._width, False)
        if outcome.result is None:
            expansion: Expansion[S] = Expansion(thought, None, error=outcome.error)
        else:
            expansion = outcome.result.expansions[0]
        return self._take(id, parent, self.nodes[parent].depth + 1, expansion)

    def by_rank(self) -> list[Node]:
        """Return the nodes that stand for a state of their own, best first, ties by state key."""
        own = [n for n in self.nodes.values() if n.status not in ("failed", "duplicate")]
        return sorted(own, key=lambda node: (*self.rank(node), node.state_key))

    def _announce(self, by_parent: dict[str, list[Thought]]) -> dict[tuple[str, str], str]:
        ids: dict[tuple[str, str], str] = {}
        for parent, thoughts in by_parent.items():
            for thought in thoughts:
                id = f"n{len(self.nodes) + len(ids)}"
                ids[parent, thought.key] = id
                data = {"id": id, "parent": parent, "thought": thought.to_json()}
                self._listener(Event("node.created", data))
        return ids

    def _take_arrived(self, arrived: Sequence[tuple[str, str, Expansion[S]]]) -> list[Node]:
        fresh = []
        for id, parent, expansion in arrived:
            node = self._take(id, parent, self.nodes[parent].depth + 1, expansion)
            if node.status in ("open", "final"):
                fresh.append(node)
        return fresh

    def _take(self, id: str, parent: str | None, depth: int, expansion: Expansion[S]) -> Node:
        status: NodeStatus = "final" if expansion.score.complete else "open"
        reason = None
        if expansion.state is None:
            status, reason = "failed", expansion.error
        elif expansion.state_key in self._seen:
            status, reason = "duplicate", f"same state as {self._seen[expansion.state_key]}"
        node = Node(
            id,
            parent,
            depth,
            expansion.thought,
            expansion.state_key,
            expansion.score,
            status,
            reason,
            expansion.evidence,
        )
        self._add(node, expansion)
        return node

    def _add(self, node: Node, expansion: Expansion[S] | None) -> None:
        self.nodes[node.id] = node
        if node.parent is None:
            data = {"id": node.id, "parent": None, "thought": node.thought.to_json()}
            self._listener(Event("node.created", data))
        if expansion is None or expansion.state is None:
            self._tell_pruned(node)
            return
        self.states[node.id] = expansion.state
        score = {"id": node.id, "score": node.score.to_json(), "evidence": list(node.evidence)}
        self._listener(Event("node.scored", score))
        if node.status == "duplicate":
            self._tell_pruned(node)
            return
        self._seen[node.state_key] = node.id
        self._proposals[node.id] = expansion.proposals
        if node.parent is None or self.rank(node) < self.rank(self.nodes[self.best]):
            self.best = node.id
            self._listener(Event("best.changed", {"id": node.id, "score": node.score.to_json()}))

    @staticmethod
    def rank(node: Node) -> tuple[bool, float]:
        """Return what nodes are compared by: complete ones first, then the higher total."""
        return not node.score.complete, -round(node.score.total, 9)

    def mark(self, id: str, status: NodeStatus, reason: str | None = None) -> None:
        """Change a node's status; a final or duplicate node keeps it."""
        node = self.nodes[id]
        if node.status in ("final", "duplicate", "failed"):
            return
        self.nodes[id] = replace(node, status=status, prune_reason=reason)
        if status == "pruned":
            self._tell_pruned(self.nodes[id])

    def _tell_pruned(self, node: Node) -> None:
        data = {"id": node.id, "status": node.status, "reason": node.prune_reason}
        self._listener(Event("node.pruned", data))

    def tell_budget(self) -> None:
        """Say what was spent and what is left."""
        ledger = self.dispatcher.ledger
        data = {"spent": ledger.spent.to_json(), "left": ledger.left().to_json()}
        self._listener(Event("budget", data))

    def tree(self, stop_reason: str) -> Tree:
        """Return the tree as it stands, nodes by number."""
        nodes = sorted(self.nodes.values(), key=lambda node: int(node.id[1:]))
        frontier = tuple(node.id for node in nodes if node.status == "open")
        return Tree(tuple(nodes), frontier, self.best, stop_reason)  # pyright: ignore[reportArgumentType]

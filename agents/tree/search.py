"""Chains and trees of thoughts over any problem: Yao et al., Tree of Thoughts (arXiv 2305.10601).

All three share one core: they differ in which nodes they try next. What a thought
is, how it is carried out and how a state is judged is the problem's affair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agents.budget import Budget
from agents.tree.problem import S
from agents.tree.thoughts import Node
from agents.tree.tree import Growth, Pick

PATIENCE = 2
"""So many levels in a row without a better node end a run."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How a search differs from the default.

    Args:
        patience: Levels without a better node before it stops.
        threshold: Depth first: a node that scores less is pruned at once.
    """

    patience: int = PATIENCE
    threshold: float = -math.inf


async def chain(
    growth: Growth[S],
    budget: Budget,
    settings: SearchSettings | None = None,
    at: str = "n0",
    depth: int | None = None,
) -> str:
    """Follow the best thought of each node; where it adds nothing, try its next one.

    Args:
        growth: With a root.
        budget: Its ``max_depth`` also says whether the last node is followed up.
        settings: How to stop.
        at: Where to begin.
        depth: End here, though the budget allows more.

    Returns:
        The stop reason.
    """
    settings = settings or SearchSettings()
    stalled, best = 0, growth.best
    while True:
        if growth.nodes[growth.best].score.complete:
            return "complete"
        length = growth.nodes[at].depth
        if length >= min(budget.max_depth, depth or budget.max_depth):
            return "budget_depth"
        thoughts = growth.thoughts(at)
        if not thoughts:
            return "frontier_empty"
        fresh = await growth.expand([(at, thoughts[0])], length + 1 < budget.max_depth)
        growth.tell_budget()
        if growth.dispatcher.stopped:
            return growth.dispatcher.stopped
        if fresh:
            at = fresh[0].id
            stalled = 0 if growth.best != best else stalled + 1
            best = growth.best
        if stalled >= settings.patience:
            return "no_progress"


async def beam(
    growth: Growth[S],
    budget: Budget,
    settings: SearchSettings | None = None,
    start: Sequence[str] = ("n0",),
) -> str:
    """Breadth first: try a level's best thoughts together, keep the best ``beam_width`` nodes.

    Nodes pruned at depth 1 are put on a shelf and come back when the beam runs dry:
    judging is least sure there.

    Returns:
        The stop reason.
    """
    settings = settings or SearchSettings()
    frontier, shelf, stalled = [growth.nodes[id] for id in start], [], 0
    while not growth.nodes[growth.best].score.complete:
        picks = level_picks(growth, frontier, budget)
        if not picks:
            if all(node.depth >= budget.max_depth for node in frontier) and frontier:
                return "budget_depth"
            if not shelf:
                return "frontier_empty"
            frontier, shelf = shelf[: budget.beam_width], shelf[budget.beam_width :]
            continue
        best = growth.best
        depth = min(growth.nodes[id].depth for id, _ in picks) + 1
        children = await growth.expand(picks, depth < budget.max_depth)
        growth.tell_budget()
        frontier, dropped = children[: budget.beam_width], children[budget.beam_width :]
        for node in dropped:
            growth.mark(node.id, "pruned", f"not among the best {budget.beam_width}")
        shelf += [node for node in dropped if node.depth == 1]
        if growth.nodes[growth.best].score.complete:
            break
        if growth.dispatcher.stopped:
            return growth.dispatcher.stopped
        stalled = 0 if growth.best != best else stalled + 1
        if stalled >= settings.patience:
            return "no_progress"
    return "complete"


def level_picks(growth: Growth[S], frontier: Sequence[Node], budget: Budget) -> list[Pick]:
    """Return what a level tries: the best thoughts by prior, no call twice, ties by rank and key.

    At most ``branching`` per node and ``level_width`` in all. First the frontier's better
    nodes: of equal calls the better parent's is tried.
    """
    offers: list[tuple[float, int, str, Pick]] = []
    taken: set[str] = set()
    for place, node in enumerate(frontier):
        if node.depth >= budget.max_depth or node.status == "final":
            continue
        for thought in growth.thoughts(node.id)[: budget.branching]:
            if thought.key not in taken:
                taken.add(thought.key)
                offers.append((-thought.prior, place, thought.key, (node.id, thought)))
    offers.sort(key=lambda offer: offer[:3])
    return [offer[3] for offer in offers[: budget.level_width]]


async def depth_first(
    growth: Growth[S], budget: Budget, settings: SearchSettings | None = None, at: str = "n0"
) -> str:
    """Depth first: expand a node, go into its best child, come back where a path ends.

    Returns:
        The stop reason.
    """
    settings = settings or SearchSettings()
    stack = [growth.nodes[at]]
    while stack:
        node = stack.pop()
        if growth.nodes[growth.best].score.complete:
            return "complete"
        if node.depth >= budget.max_depth:
            continue
        picks = level_picks(growth, [node], budget)
        children = await growth.expand(picks, node.depth + 1 < budget.max_depth)
        growth.tell_budget()
        for child in children:
            if child.score.total < settings.threshold:
                growth.mark(child.id, "pruned", f"scores less than {settings.threshold:g}")
        kept = [c for c in children if c.score.total >= settings.threshold]
        stack += reversed(kept)
        if growth.nodes[growth.best].score.complete:
            return "complete"
        if growth.dispatcher.stopped:
            return growth.dispatcher.stopped
    return "frontier_empty"

"""The four ways to spend a budget on a goal: single, cot, tot and auto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents.budget import Budget
from agents.errors import UnknownStrategy
from agents.events import Event, Listener
from agents.plans.defects import Defect, potential
from agents.tree.search import beam, chain, depth_first
from agents.tree.state import PlanState, merged, spent
from agents.tree.thoughts import MERGE_KIND, Node, Thought
from agents.tree.tree import Growth

STRATEGIES = ("auto", "single", "cot", "tot", "tot_bfs", "tot_dfs")
"""``tot`` is ``tot_bfs``."""

AUTO_CHAIN = 2
"""Thoughts in the chain that ``auto`` begins with."""

Defects = Callable[[PlanState], list[Defect]]


@dataclass(frozen=True, slots=True)
class StrategyOutcome:
    """Why a strategy ended, which node is its answer, and what ``auto`` made of its revision."""

    stop_reason: str
    best: str
    revised: bool | None = None
    """None where no revision was tried; False where it was tried and reverted."""


def check_strategy(name: str) -> str:
    """Return ``name`` if it is a strategy.

    Raises:
        UnknownStrategy: It is not.
    """
    if name not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise UnknownStrategy(f"unknown strategy {name[:80]!r}; known: {known}", "strategy")
    return name


async def run_strategy(
    strategy: str, growth: Growth[PlanState], budget: Budget, defects: Defects, listener: Listener
) -> StrategyOutcome:
    """Grow the tree by a strategy; the root is planted."""
    match strategy:
        case "single":
            reason = await chain(growth, budget, depth=1)
            # One thought was asked for and one was tried: that is all there is to it.
            return StrategyOutcome("complete" if reason == "budget_depth" else reason, growth.best)
        case "cot":
            return StrategyOutcome(await chain(growth, budget), growth.best)
        case "tot_dfs":
            reason = await depth_first(growth, budget)
            return StrategyOutcome(reason, await _with_merge(growth, budget))
        case "tot" | "tot_bfs":
            reason = await beam(growth, budget)
            return StrategyOutcome(reason, await _with_merge(growth, budget))
        case _:
            return await _auto(growth, budget, defects, listener)


async def grow_from(growth: Growth[PlanState], budget: Budget) -> str:
    """Grow one tree from the root's state and put its best evidence together.

    Returns:
        The stop reason.
    """
    reason = await beam(growth, budget)
    await _with_merge(growth, budget)
    return reason


async def _auto(
    growth: Growth[PlanState], budget: Budget, defects: Defects, listener: Listener
) -> StrategyOutcome:
    """A chain; if its evidence has defects, one tree grown from its nodes.

    The tree's answer replaces the chain's only if the potential strictly falls.
    """
    reason = await chain(growth, budget, depth=AUTO_CHAIN)
    first = growth.best
    flaws = defects(growth.states[first])
    for flaw in flaws:
        listener(Event("reflection.defect", flaw.to_json()))
    if not flaws or growth.dispatcher.stopped:
        return StrategyOutcome("complete" if not flaws else reason, first)
    start = [node.id for node in growth.by_rank()]
    reason = await beam(growth, budget, start=start)
    second = await _with_merge(growth, budget)
    before, after = (_potential(growth, id, defects) for id in (first, second))
    accepted = second != first and after < before
    data = {"accepted": accepted, "before": list(before), "after": list(after), "best": second}
    listener(Event("reflection.revision", data))
    if not accepted:
        growth.best = first
    return StrategyOutcome(reason, growth.best, accepted)


def _potential(growth: Growth[PlanState], id: str, defects: Defects):
    state = growth.states[id]
    found = tuple(defects(state))
    return potential(found, growth.nodes[id].score.total, spent(state).cost)


async def _with_merge(growth: Growth[PlanState], budget: Budget) -> str:
    """Put the evidence of the best nodes together, where that scores more than the best alone.

    Besta et al., Graph of Thoughts (arXiv 2308.09687), call this aggregation: two chains
    that each found half of the answer become one plan.
    """
    best = growth.nodes[growth.best]
    parts = [node for node in growth.by_rank() if _pools(growth, node)][: budget.beam_width]
    if best.score.complete or len(parts) < 2:
        return growth.best
    ids = [node.id for node in parts]
    thought = Thought(
        MERGE_KIND, f"evidence of {', '.join(ids)}", {"of": ids}, key=f"merge {' '.join(ids)}"
    )
    await growth.merge(parts[0].id, merged([growth.states[id] for id in ids]), thought)
    return growth.best


def _pools(growth: Growth[PlanState], node: Node) -> bool:
    state = growth.states.get(node.id)
    return state is not None and state.answer is None and bool(state.pool)

"""The engine without a language model: thoughts from the index's own vocabulary and evidence."""

from __future__ import annotations

from collections.abc import Sequence

from agents.engines.embedded.following import first_searches, follow_ups
from agents.engines.embedded.structured import first_thoughts, relaxations
from agents.evaluation.score import judge
from agents.lexicon.vocabulary import Vocabulary
from agents.tools.port import Toolbox
from agents.tree.problem import Allowance, Evaluated, Proposed
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from agents.tree.thoughts import Thought
from agents.usage import ResourceUsage


class EmbeddedEngine:
    """Proposes by rules and judges by evidence; deterministic for an index version."""

    name = "embedded"

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    def estimate(self, width: int) -> ResourceUsage:
        """Thinking by rules uses no tokens and no calls."""
        return ResourceUsage()

    async def propose(
        self, brief: PlanContext, states: Sequence[PlanState], width: int, allowance: Allowance
    ) -> Proposed:
        """Return the best ``width`` thoughts per state."""
        vocabulary = await self._toolbox.vocabulary()
        return Proposed([thoughts(brief, state, vocabulary)[:width] for state in states])

    async def evaluate(
        self, brief: PlanContext, states: Sequence[PlanState], allowance: Allowance
    ) -> Evaluated:
        """Judge each state by what it found."""
        return Evaluated([judge(state, brief.reading) for state in states])


def thoughts(brief: PlanContext, state: PlanState, vocabulary: Vocabulary) -> list[Thought]:
    """Return all thoughts for a state, best prior first, ties by key, calls that ran left out."""
    if not state.steps:
        found = first_thoughts(brief, state) if brief.reading.structured else []
        if not found or not brief.reading.exhaustive:
            found += first_searches(brief, state)
    elif brief.reading.structured and state.answer is not None:
        found = relaxations(brief, state)
    else:
        found = follow_ups(brief, state, vocabulary)
    ordered = sorted(found, key=lambda t: (-t.prior, t.key))
    # Several reasons may lead to one call: the best of them stands for it.
    return list({t.key: t for t in reversed(ordered) if t.key not in state.calls}.values())[::-1]

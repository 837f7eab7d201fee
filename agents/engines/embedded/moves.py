"""How a thought is written: the steps it appends, and what of them joins the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.plans.canonical import digest
from agents.plans.plan import Step
from agents.tree.retrieval_world import PlanContext, price_of
from agents.tree.state import PlanState
from agents.tree.thoughts import Thought
from agents.usage import ResourceUsage


def thought(
    state: PlanState, kind: str, why: str, prior: float, weight: float, *calls: dict[str, Any]
) -> Thought:
    """Return a thought of one step or several in a row; the last one's documents are pooled.

    Each call is ``{"tool", "args", "after": step ids}``; from the second on it takes the
    one before as its input.
    """
    steps: list[Step] = []
    for call in calls:
        id = f"s{len(state.steps) + len(steps) + 1}"
        inputs = (steps[-1].id,) if steps else ()
        after = tuple(dict.fromkeys((*inputs, *call.get("after", ()))))
        steps.append(Step(id, call["tool"], call["args"], inputs, after, why))
    return of_steps(kind, why, prior, weight, steps)


def of_steps(kind: str, why: str, prior: float, weight: float, steps: Sequence[Step]) -> Thought:
    """Return the thought that appends steps and pools what the last one yields."""
    key = digest([[step.tool, dict(step.args)] for step in steps])
    delta = {
        "steps": [step.to_delta() for step in steps],
        "pool": [[steps[-1].id, weight]],
    }
    return Thought(kind, why, delta, prior, key, price_of(tuple(steps)) + ResourceUsage(nodes=1))


def allowed(brief: PlanContext, *tools: str) -> str | None:
    """Return the first of ``tools`` that the request allows."""
    return next((tool for tool in tools if tool in brief.allowed), None)

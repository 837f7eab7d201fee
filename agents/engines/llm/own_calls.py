"""A model's own calls as thoughts: searches, counts of values, orders and figures.

They pass the validator like anybody's: what it refuses never becomes a thought.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.engines.embedded.moves import of_steps
from agents.engines.llm.answers import FieldBound, Move
from agents.plans.plan import Step
from agents.plans.validate import step_defects
from agents.tools.registry import REGISTRY
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from agents.tree.thoughts import Thought

SEARCH_LIMIT = 20
WEIGHT = 0.9
OWN = "llm:"
"""How the reasons of a model's own steps begin."""
WHOLE_SETS = ("sort", "aggregate")
"""Tools that look at all documents; what they yield is the answer by itself."""


def own_thought(brief: PlanContext, state: PlanState, move: Move, prior: float) -> Thought | None:
    """Return a move that is no option as a thought, None where it is no valid call."""
    query = " ".join(move.query.split())
    if move.tool in WHOLE_SETS:
        return _over_all(brief, state, move, prior)
    if move.tool is None or not query:
        return None
    steps, kind = _search(state, move, query)
    if not _valid(brief, state, steps):
        return None
    return of_steps(kind, f"{OWN} {query!r}", prior, WEIGHT, steps)


def _search(state: PlanState, move: Move, query: str) -> tuple[list[Step], str]:
    """Return a search, without what is unwanted; of ``facets`` its values are counted first."""
    number = len(state.steps)
    ids = [f"s{number + at}" for at in (1, 2, 3)]
    after = tuple(id for id, _ in state.pool)
    tool = "search_hybrid" if move.tool == "facets" else str(move.tool)
    name = "text" if tool == "search_image" else "query"
    args: dict[str, Any] = {name: query, "limit": SEARCH_LIMIT} | _filtered(move.where)
    steps = [Step(ids[0], tool, args, (), after, f"{OWN} search")]
    if move.tool == "facets":
        count = {"field": move.field}
        steps.append(Step(ids[1], "facets", count, (ids[0],), (ids[0],), f"{OWN} {move.field}"))
    terms = [term for term in move.without if term.strip()]
    # What joins the evidence is the last step: documents, also where values were counted.
    if terms or move.tool == "facets":
        last, source = ids[len(steps)], (ids[0],)
        tool, args = ("exclude", {"terms": terms}) if terms else ("combine", {"method": "evidence"})
        steps.append(Step(last, tool, args, source, source, f"{OWN} without" if terms else OWN))
    return steps, "exclude" if terms else "search"


def _over_all(brief: PlanContext, state: PlanState, move: Move, prior: float) -> Thought | None:
    """Return an order or a figure over all documents that fit; it answers by itself."""
    args: dict[str, Any] = {"field": move.field} if move.field else {}
    if move.tool == "sort":
        args |= {"order": move.order, "limit": brief.limit}
    else:
        args |= {"op": move.op or "count"}
    said = f"{OWN} {args.get('op', 'sort')} {move.field}".strip()
    id = f"s{len(state.steps) + 1}"
    steps = [Step(id, str(move.tool), args | _filtered(move.where), (), (), said)]
    if not _valid(brief, state, steps):
        return None
    made = of_steps("filter", said, prior, WEIGHT, steps)
    delta = {"steps": made.delta["steps"], "answer": id}
    return Thought(made.kind, said, delta, prior, made.key, made.estimate)


def _filtered(where: Sequence[FieldBound]) -> dict[str, Any]:
    """Return conditions as the argument that filters, nothing for none."""
    parts = [{"field": _key(b.field), "op": b.op, "value": b.value} for b in where]
    if not parts:
        return {}
    return {"filter": parts[0] if len(parts) == 1 else {"and": parts}}


def _key(field: str) -> str:
    return field if field.startswith("metadata.") else f"metadata.{field}"


def _valid(brief: PlanContext, state: PlanState, steps: Sequence[Step]) -> bool:
    types: dict[str, str | None] = {s.id: REGISTRY[s.tool].returns for s in (*state.steps, *steps)}
    return not any(step_defects(step, types, brief.allowed) for step in steps)

"""The answer to a plan request, field by field as the HTTP contract has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.goals.reading import Reading
from agents.plans.execute import StepOutputs
from agents.plans.plan import Plan
from agents.tools.evidence import DocSet, Figure, Groups, Sentence
from agents.tree.thoughts import Score, Tree
from agents.usage import ResourceUsage


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """A plan with what it found.

    Args:
        id: Of the run.
        plan: With the status of each step.
        strategy: As asked for.
        engine: The one that answered.
        degraded: Why it is not the one asked for; None if it is.
        reading: Of the goal.
        results: As ``results_of`` returns them.
        tree: None for a plan that was not executed.
        revised: Whether ``auto`` replaced its chain; None where it had no need to try.
        usage: What the run used; ``wall_ms`` how long it took.
        created_at: When.
        summary: Sentences of the results, with the documents they come from.
        recalled: Earlier plans for like goals that it could build on.
        explanation: What was understood, done and ignored, in sentences.
        figure: A count, an average …, where the goal asks for one.
    """

    id: str
    plan: Plan
    strategy: str
    engine: str
    degraded: str | None
    reading: Reading
    results: tuple[Mapping[str, Any], ...]
    tree: Tree | None
    revised: bool | None
    usage: ResourceUsage
    wall_ms: float
    created_at: datetime
    summary: tuple[Sentence, ...] = ()
    recalled: tuple[Mapping[str, Any], ...] = ()
    explanation: tuple[str, ...] = ()
    figure: Figure | None = None

    @property
    def stop_reason(self) -> str:
        """Why the run ended; ``not_executed`` for a plan that nobody ran."""
        return "not_executed" if self.tree is None else self.tree.stop_reason

    @property
    def score(self) -> Score:
        """The best node's score."""
        return Score() if self.tree is None else self.tree.node(self.tree.best).score

    @property
    def reasoning(self) -> list[str]:
        """The facts that led to the plan, one for each thought of the best path, then one for
        each step that the thoughts do not tell."""
        facts = (
            []
            if self.tree is None
            else [
                f"{node.thought.kind}: {node.thought.rationale}"
                for node in self.tree.path(self.tree.best)[1:]
            ]
        )
        facts += [f"{step.id} {step.tool}: {step.rationale}" for step in self.plan.steps]
        return list(dict.fromkeys(facts))

    def to_json(self) -> dict[str, Any]:
        """Return the answer; ``energy_j`` is for whoever meters the request to fill in."""
        return {
            "id": self.id,
            "goal": self.plan.goal,
            "strategy": self.strategy,
            "engine": self.engine,
            "degraded": self.degraded is not None,
            "degraded_reason": self.degraded,
            "complexity": self.reading.complexity,
            "aspects": [aspect.to_json() for aspect in self.reading.aspects],
            "steps": [step.to_json() for step in self.plan.steps],
            "answer_step": self.plan.answer_step,
            "plan_hash": self.plan.hash,
            "index_version": self.plan.index_version,
            "reasoning": self.reasoning,
            "results": [dict(result) for result in self.results],
            "summary": [
                {"text": item.text, "document_id": item.document_id} for item in self.summary
            ],
            **{
                kind: [item.to_json() for item in self.reading.accounts if item.kind == kind]
                for kind in ("understood", "searched", "ignored")
            },
            "explanation": list(self.explanation),
            "aggregate": None if self.figure is None else self.figure.to_json(),
            "recalled": [dict(item) for item in self.recalled],
            "best_branch_id": None if self.tree is None else self.tree.best,
            "tree": {"nodes": [], "frontier": [], "best": None, "hash": None}
            if self.tree is None
            else self.tree.to_json(),
            "revised": self.revised,
            "score": round(self.score.total, 6),
            "stop_reason": self.stop_reason,
            "usage": {
                "nodes": self.usage.nodes,
                "tool_calls": self.usage.tool_calls,
                "llm_tokens": self.usage.llm_tokens,
                "cost": round(self.usage.cost, 6),
                "wall_ms": round(self.wall_ms, 3),
                "energy_j": None,
            },
            "created_at": self.created_at.isoformat(),
        }


def results_of(plan: Plan, memory: StepOutputs, limit: int) -> tuple[Mapping[str, Any], ...]:
    """Return the answer step's documents, best first.

    A combination's members stand together in the goal's order, with ``group`` (0 for the
    best combination) and ``slot`` (which item); ``limit`` then counts combinations. A
    document of a plain ranking has neither.
    """
    output = None if plan.answer_step is None else memory.outputs.get(plan.answer_step)
    rows: list[tuple[str, float, dict[str, Any]]] = []
    if isinstance(output, Groups):
        for number, group in enumerate(output.groups[:limit]):
            shared = dict(group.shared)
            rows += [
                (id, group.score, {"group": number, "slot": label, "shared": shared})
                for label, id in group.members
            ]
    elif isinstance(output, DocSet):
        rows = [(hit.id, hit.score, {}) for hit in output.hits[:limit]]
    elif output is not None:
        rows = [(id, 0.0, {}) for id in output.ids[:limit]]
    found_by: dict[str, list[str]] = {}
    for step in plan.steps:
        for id in step.output_ids:
            found_by.setdefault(id, []).append(step.id)
    return tuple(_row(id, score, extra, memory, found_by) for id, score, extra in rows)


def _row(
    id: str,
    score: float,
    extra: dict[str, Any],
    memory: StepOutputs,
    found_by: Mapping[str, list[str]],
) -> dict[str, Any]:
    doc = memory.docs.get(id)
    known = (
        {}
        if doc is None
        else {
            "text": doc.text or None,
            "modality": doc.modality,
            "source": doc.source,
            "metadata": dict(doc.metadata),
            "created_at": doc.created_at,
        }
    )
    return {"id": id, "score": round(score, 6), **known, "found_by": found_by.get(id, []), **extra}

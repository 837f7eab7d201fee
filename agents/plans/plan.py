"""A plan: typed calls to tools, as a directed acyclic graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from agents.plans.canonical import digest
from agents.usage import ResourceUsage

StepStatus = Literal["planned", "running", "done", "failed", "skipped"]
STEP_STATUSES: tuple[str, ...] = get_args(StepStatus)

AspectKind = Literal["must", "must_not", "facet", "number", "entity", "relation"]


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something the goal asks for.

    Args:
        id: ``a1``, ``a2`` …
        text: The goal's own words.
        kind: ``facet`` and ``number`` name a metadata field, ``entity`` a title in the
            index, ``relation`` a field that the items of one answer share or differ in.
        weight: Share of the goal, idf mass for words; the weights of a goal sum to 1.
        grounding: What the index has for it: ``{"field", "op", "value"}`` for facets and
            numbers, ``{"title", "id"}`` for entities, ``{"relation", "field"}``; empty
            where the words stand for themselves.
        slot: Which item of the answer it is about; None for all of them.
    """

    id: str
    text: str
    kind: AspectKind
    weight: float = 0.0
    grounding: Mapping[str, Any] = field(default_factory=dict)
    slot: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the aspect as plain data."""
        return {
            "id": self.id,
            "text": self.text,
            "kind": self.kind,
            "weight": round(self.weight, 6),
            "grounding": dict(self.grounding),
            "slot": self.slot,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a tool.

    Args:
        id: Unique in the plan.
        tool: A name of the registry.
        args: Plain JSON.
        inputs: Steps whose output it takes, in order.
        depends_on: Steps that come first: the inputs, and those whose output gave it its
            arguments.
        rationale: A machine fact, such as ``bridge: 'Jane Doe' in doc 17``; no prose.
        status: ``planned`` until it runs.
        output_ids: Documents it yielded, best first.
        usage: What it used.
        error: Why it failed.
    """

    id: str
    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    rationale: str = ""
    status: StepStatus = "planned"
    output_ids: tuple[str, ...] = ()
    usage: ResourceUsage = field(default_factory=ResourceUsage)
    error: str | None = None

    @property
    def all_dependencies(self) -> tuple[str, ...]:
        """Inputs first, then the other dependencies, each once."""
        return tuple(dict.fromkeys((*self.inputs, *self.depends_on)))

    def call_key(self, keys: Mapping[str, str] | None = None) -> str:
        """Return the canonical call: equal tool, arguments and (by ``keys``) inputs."""
        keys = keys or {}
        return digest([self.tool, dict(self.args), [keys.get(i, i) for i in self.inputs]])

    def planned(self) -> Step:
        """Return the step as it was before it ran."""
        return replace(self, status="planned", output_ids=(), usage=ResourceUsage(), error=None)

    def to_delta(self) -> dict[str, Any]:
        """Return the step as a thought carries it: without what became of it."""
        return {
            "id": self.id,
            "tool": self.tool,
            "args": dict(self.args),
            "inputs": list(self.inputs),
            "depends_on": list(self.depends_on),
            "rationale": self.rationale,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the step in the shape of the HTTP contract."""
        return {
            "id": self.id,
            "tool": self.tool,
            "args": dict(self.args),
            "inputs": list(self.inputs),
            "depends_on": list(self.all_dependencies),
            "rationale": self.rationale,
            "status": self.status,
            "output_ids": list(self.output_ids),
            "usage": self.usage.to_json(),
            **({"error": self.error} if self.error else {}),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph of steps and the step whose output is the answer.

    ``answer_step`` is None only for a plan without steps. ``hash`` is over what
    the plan would do, not over what became of it.
    """

    goal: str
    steps: tuple[Step, ...] = ()
    answer_step: str | None = None
    aspects: tuple[Aspect, ...] = ()
    index_version: int = 0
    engine: str = "embedded"
    seed: int = 0

    @property
    def hash(self) -> str:
        """16 hexadecimal digits; equal for plans that do the same."""
        steps = [
            [s.id, s.tool, dict(s.args), list(s.inputs), sorted(s.all_dependencies)]
            for s in self.steps
        ]
        return digest([self.goal, sorted(steps, key=lambda item: item[0]), self.answer_step])

    def step(self, id: str) -> Step | None:
        """Return a step by id."""
        return next((step for step in self.steps if step.id == id), None)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain data; ``plan_from_json`` reads it."""
        return {
            "goal": self.goal,
            "steps": [step.to_json() for step in self.steps],
            "answer_step": self.answer_step,
            "aspects": [aspect.to_json() for aspect in self.aspects],
            "index_version": self.index_version,
            "engine": self.engine,
            "seed": self.seed,
        }


def call_keys(steps: tuple[Step, ...]) -> dict[str, str]:
    """Return step id to canonical call, independent of the ids; steps in dependency order."""
    keys: dict[str, str] = {}
    for step in steps:
        keys[step.id] = step.call_key(keys)
    return keys

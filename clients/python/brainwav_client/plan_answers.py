"""What plans and reflections answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from brainwav_client.answers import Answer, Part, Warned


class PlanStep(Part):
    """A call of a tool, and what became of it."""

    id: str
    tool: str
    args: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    rationale: str = ""
    status: str
    output_ids: tuple[str, ...] = ()
    error: str | None = None


class PlanUsage(Part):
    """What a run used."""

    nodes: int
    tool_calls: int
    llm_tokens: int
    cost: float
    wall_ms: float
    energy_j: float | None = None


class CitedSentence(Part):
    """A sentence of a document."""

    text: str
    document_id: str


class GoalWords(Part):
    """What became of some words of a goal; ``reason`` says why they were ignored."""

    words: str
    meaning: str = Field(alias="as")
    reason: str | None = None


class PlanAnswer(Answer):
    """The best plan, executed, with what it found."""

    id: str
    goal: str
    strategy: str
    engine: str
    degraded: bool
    degraded_reason: str | None = None
    steps: tuple[PlanStep, ...]
    results: tuple[Mapping[str, Any], ...]
    summary: tuple[CitedSentence, ...] = ()
    understood: tuple[GoalWords, ...] = ()
    searched: tuple[GoalWords, ...] = ()
    ignored: tuple[GoalWords, ...] = ()
    explanation: tuple[str, ...] = ()
    aggregate: Mapping[str, Any] | None = None
    reasoning: tuple[str, ...] = ()
    tree: Mapping[str, Any]
    score: float
    stop_reason: str
    usage: PlanUsage
    warnings: tuple[Warned, ...] | None = None
    created_at: datetime


class Issue(Part):
    """One flaw; ``where`` names a step, an aspect or a span of the answer."""

    code: str
    severity: str
    where: str
    message: str
    suggestion: str
    evidence: tuple[str, ...] = ()


class Reflection(Answer):
    """Issues of what was sent, and what became of revising it."""

    quality_score: float
    approved: bool
    issues: tuple[Issue, ...]
    action_items: tuple[str, ...]
    revised: Any = None
    accepted: bool
    rounds: int
    stop_reason: str
    remaining: tuple[Issue, ...] = ()
    results: tuple[Mapping[str, Any], ...] = ()
    degraded: bool
    warnings: tuple[Warned, ...] | None = None


class PlanEvent(Part):
    """One event of a run; ``id`` is empty for notices that are not part of it.

    ``gap`` says that events were missed and how many; ``run.finished`` carries the answer.
    """

    id: str
    name: str
    data: Mapping[str, Any]

    @property
    def answer(self) -> PlanAnswer | None:
        """The whole answer, of ``run.finished`` alone."""
        return PlanAnswer.model_validate(self.data) if self.name == "run.finished" else None

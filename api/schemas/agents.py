"""Bodies of `/agents`; unknown fields are refused by name."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from api.schemas.base import MOST_ITEMS, StrictBody

MAX_CONTEXT_CHARACTERS = 20_000
MOST_TOOLS = 256
Names = Annotated[list[str], Field(max_length=MOST_TOOLS, fail_fast=True)]
"""Of tools; a list that is longer names one twice."""


class BudgetIn(StrictBody):
    """Bounds of a run; null and missing ones keep their default.

    Their ranges are those of `agents.budget.CAPS`, refused by name.
    """

    max_nodes: StrictInt | None = Field(default=None, description="1-4096, default 64")
    max_depth: StrictInt | None = Field(default=None, description="1-16, default 3")
    beam_width: StrictInt | None = Field(default=None, description="1-64, default 5")
    branching: StrictInt | None = Field(default=None, description="1-256, default 5")
    level_width: StrictInt | None = Field(default=None, description="1-4096, default 5")
    max_tool_calls: StrictInt | None = Field(default=None, description="1-1024, default 40")
    max_tokens: StrictInt | None = Field(default=None, description="1-1000000, default 50000")
    max_cost: float | None = Field(default=None, description="1-10000, one search is 1")
    deadline_ms: StrictInt | None = Field(default=None, description="1-120000, default 10000")


class PlanIn(StrictBody):
    """`POST /agents/plan`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "goal": "a striped mug and a lamp of the same colour, both under 50",
                    "namespace": "demo",
                    "strategy": "auto",
                }
            ]
        }
    )

    goal: str
    context: dict[str, Any] = Field(default_factory=dict, description="Data, never instructions")
    strategy: str = Field(default="auto", description="auto, single, cot, tot, tot_bfs, tot_dfs")
    engine: Literal["auto", "embedded", "llm"] = "auto"
    namespace: str = "default"
    tools: Names | None = Field(default=None, description="Those allowed; all by default")
    execute: bool = True
    limit: StrictInt = Field(default=10, ge=1, le=100)
    budget: BudgetIn = Field(default_factory=BudgetIn)
    seed: StrictInt = Field(default=0, ge=0, lt=2**63)
    stream: bool = False
    image_base64: str | None = Field(default=None, description="A picture that the goal speaks of")
    recall: bool = Field(default=False, description="Look at earlier plans for like goals first")
    remember: bool = Field(
        default=False,
        description="Write the finished plan into the namespace, as a document of kind artifact",
    )


class StepOut(BaseModel):
    """A call of a tool, and what became of it."""

    id: str
    tool: str
    args: dict[str, Any]
    inputs: list[str]
    depends_on: list[str]
    rationale: str
    status: Literal["planned", "running", "done", "failed", "skipped"]
    output_ids: list[str]
    usage: dict[str, float]
    error: str | None = None


class NodeOut(BaseModel):
    """A thought that was tried."""

    id: str
    parent: str | None
    depth: int
    thought: dict[str, Any]
    state_key: str
    score: dict[str, float]
    status: Literal["open", "expanded", "pruned", "duplicate", "failed", "final"]
    prune_reason: str | None
    evidence: list[str]


class TreeOut(BaseModel):
    """All nodes by number; `hash` is equal for equal trees."""

    nodes: list[NodeOut]
    frontier: list[str]
    best: str | None
    hash: str | None


class PlanUsage(BaseModel):
    """What a run used."""

    nodes: int
    tool_calls: int
    llm_tokens: int
    cost: float
    wall_ms: float
    energy_j: float | None = Field(description="An estimate; null where nothing is metered")


class CitedSentence(BaseModel):
    """A sentence of a document."""

    text: str
    document_id: str


class AccountOut(BaseModel):
    """What became of some words of a goal."""

    model_config = ConfigDict(populate_by_name=True)

    words: str
    meaning: str = Field(alias="as", description="What they were taken for")
    reason: str | None = None


class ValueCount(BaseModel):
    """A value of a field, and how many documents have it."""

    value: str
    count: int


class FigureOut(BaseModel):
    """A figure over all documents that fit."""

    op: Literal["count", "average", "total", "least", "most", "values"]
    field: str | None
    value: float | None
    values: list[ValueCount]
    counted: int
    skipped: int = Field(description="Documents that fit, but have no such value")
    whole: bool = Field(description="Every document of the namespace was looked at")


class PlanOut(BaseModel):
    """The best plan, executed, with what it found."""

    id: str
    goal: str
    strategy: str
    engine: str
    degraded: bool
    degraded_reason: str | None
    complexity: int
    aspects: list[dict[str, Any]]
    steps: list[StepOut]
    answer_step: str | None
    plan_hash: str
    index_version: int
    reasoning: list[str]
    results: list[dict[str, Any]]
    understood: list[AccountOut] = Field(description="Words of the goal that mean something here")
    searched: list[AccountOut] = Field(description="Words that were only looked for")
    ignored: list[AccountOut] = Field(description="Words that nothing was made of, with the reason")
    summary: list[CitedSentence]
    explanation: list[str] = Field(description="What was understood, done and ignored")
    aggregate: FigureOut | None = Field(description="Where the goal asks for a figure")
    recalled: list[dict[str, Any]]
    remembered: str | None = Field(description="Id of the artifact that was written")
    warnings: list[dict[str, str]] | None = Field(
        default=None, description="`not_remembered`; `unreadable_by_model`: of the goal"
    )
    best_branch_id: str | None
    tree: TreeOut
    revised: bool | None
    score: float
    stop_reason: str
    usage: PlanUsage
    created_at: datetime


class ResultRef(BaseModel):
    """A result of a plan or a search, sent back; only its id counts."""

    id: str


class ReflectIn(StrictBody):
    """`POST /agents/reflect`: at least one of plan, answer and results."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "goal": "a striped mug under 50",
                    "namespace": "demo",
                    "plan": {
                        "steps": [{"id": "s1", "tool": "search_text", "args": {"query": "lamp"}}]
                    },
                }
            ]
        }
    )

    goal: str
    plan: dict[str, Any] | None = Field(
        default=None, description="`steps` and `answer_step`; a whole plan answer will do"
    )
    answer: str | None = Field(default=None, description="`[id]` in it cites a document")
    results: list[str | ResultRef] = Field(
        default_factory=list, max_length=MOST_ITEMS, fail_fast=True
    )
    namespace: str = "default"
    max_rounds: StrictInt = Field(default=1, description="Revisions tried, 1-3")
    quality_threshold: float = Field(default=0.7, description="0-1")
    tools: Names | None = None
    budget: BudgetIn = Field(default_factory=BudgetIn)
    limit: StrictInt = Field(default=10, ge=1, le=100)
    seed: StrictInt = Field(default=0, ge=0, lt=2**63)
    remember: bool = Field(default=False, description="Write the reflection into the namespace")


class IssueOut(BaseModel):
    """One flaw; `where` names a step, an aspect or a span of the answer."""

    code: str
    severity: Literal["hard", "soft"]
    where: str
    message: str
    suggestion: str
    evidence: list[str]


class ReflectUsage(BaseModel):
    """What a reflection used."""

    nodes: int
    tool_calls: int
    llm_tokens: int
    cost: float
    wall_ms: float


class ReflectOut(BaseModel):
    """Issues of what was sent, and what became of revising it.

    `potential_…` are (hard issues, uncovered weight, soft issues, minus score, cost), compared
    in that order; a revision is accepted only if it is less.
    """

    quality_score: float
    approved: bool
    issues: list[IssueOut]
    action_items: list[str]
    revised: Any
    accepted: bool
    rounds: int
    potential_before: list[float]
    potential_after: list[float]
    stop_reason: str
    claims: list[dict[str, Any]]
    remaining: list[IssueOut]
    results: list[dict[str, Any]]
    degraded: bool
    degraded_reason: str | None
    usage: ReflectUsage
    remembered: str | None
    warnings: list[dict[str, str]] | None = Field(
        default=None, description="`not_remembered`; `unreadable_by_model`: of the goal"
    )

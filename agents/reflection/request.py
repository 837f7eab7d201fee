"""What is to be looked at again, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.budget import Budget
from agents.errors import InvalidBudget, InvalidPlan
from agents.goals.read import check_goal
from agents.plans.plan import Plan
from agents.tools.registry import allowed_tools

MAX_ROUNDS = 3
MAX_ANSWER_CHARACTERS = 20_000
MAX_RESULTS = 100


@dataclass(frozen=True, slots=True)
class ReflectRequest:
    """What is to be looked at; the fields are those of the HTTP contract.

    Args:
        goal: What was asked.
        plan: To be run and judged; may be broken in any way.
        answer: Text to be checked; ``[id]`` cites a document.
        results: Ids of the documents that came with the answer, or instead of a plan.
        namespace: Where it is asked.
        max_rounds: Revisions tried, 1 to 3.
        quality_threshold: From this quality on, an input without hard defects is approved.
        tools: Names that plans may use; None allows all.
        budget: Of everything together.
        limit: Results wanted of a revised plan.
        seed: For engines that draw.

    Raises:
        InvalidGoal, InvalidPlan, InvalidBudget, UnknownTool: There is nothing to look at, or a
            bound lies outside its range.
    """

    goal: str
    plan: Plan | None = None
    answer: str | None = None
    results: tuple[str, ...] = ()
    namespace: str = "default"
    max_rounds: int = 1
    quality_threshold: float = 0.7
    tools: tuple[str, ...] | None = None
    budget: Budget = field(default_factory=Budget)
    limit: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        check_goal(self.goal)
        allowed_tools(self.tools)
        if not 1 <= self.max_rounds <= MAX_ROUNDS:
            raise InvalidBudget(
                f"max_rounds lies in 1..{MAX_ROUNDS}: {self.max_rounds}", "max_rounds"
            )
        if not 0 <= self.quality_threshold <= 1:
            raise InvalidBudget(
                f"quality_threshold lies in 0..1: {self.quality_threshold}", "quality_threshold"
            )
        if self.plan is None and self.answer is None and not self.results:
            raise InvalidPlan("give a plan, an answer or results to reflect on", "plan")
        if self.answer is not None and not self.answer.strip():
            raise InvalidPlan("the answer is empty", "answer")
        if self.answer is not None and len(self.answer) > MAX_ANSWER_CHARACTERS:
            raise InvalidPlan(f"an answer has at most {MAX_ANSWER_CHARACTERS} characters", "answer")
        if len(self.results) > MAX_RESULTS:
            raise InvalidPlan(f"at most {MAX_RESULTS} results", "results")

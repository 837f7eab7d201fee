"""Looking again at a plan or an answer: defects, one revision, accepted only if it is better."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.budget import Budget, Ledger
from agents.errors import InvalidBudget, InvalidPlan
from agents.evaluation.quality import action_items, approved, quality
from agents.events import Event, Listener, silent
from agents.goals.read import check_goal
from agents.planner import Means
from agents.plans.defects import Defect, Potential, Reflection, potential
from agents.plans.plan import Plan
from agents.reflection.answer import AnswerLooking
from agents.reflection.plan import PlanLooking
from agents.reflection.subject import Looked, Looking
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


async def reflect(
    request: ReflectRequest,
    means: Means,
    listener: Listener = silent,
    cancelled: asyncio.Event | None = None,
) -> Reflection:
    """Judge what is given, and revise it at most ``max_rounds`` times.

    An answer is judged where there is one, else the plan, else the results by
    themselves. A revision stands only if the potential strictly falls, else all of it is
    dropped; revisions that were tried are not tried again. What is approved comes back
    unchanged.

    Raises:
        InvalidGoal, InvalidPlan, InvalidBudget, UnknownTool: The request cannot be served.
        UnknownDocument: ``results`` has an id that does not exist.
    """
    check_request(request)
    ledger = Ledger(request.budget, means.clock)
    looking: Looking
    if request.answer is not None:
        looking = AnswerLooking(request, means, ledger)
    else:
        looking = PlanLooking(request, means, ledger, listener, cancelled)
    first = await looking.first()
    for defect in first.defects:
        listener(Event("reflection.defect", defect.to_json()))
    before = _potential(first)
    if approved(first.defects, request.quality_threshold):
        return _reflection(request, first, first, before, before, 0, "approved", looking)
    best, rounds, reason = first, 0, "max_rounds"
    tabu = {first.key}
    while rounds < request.max_rounds:
        if ledger.expired or (cancelled is not None and cancelled.is_set()):
            reason = "deadline" if ledger.expired else "cancelled"
            break
        rounds += 1
        candidate = await looking.revise(best)
        if candidate is None or candidate.key in tabu:
            reason = looking.stopped or "no_revision"
            break
        tabu.add(candidate.key)
        old, new = _potential(best), _potential(candidate)
        accepted = new < old
        told = {"round": rounds, "accepted": accepted, "before": list(old), "after": list(new)}
        listener(Event("reflection.revision", told))
        if not accepted:
            reason = "reverted"
            break
        best = candidate
        if approved(best.defects, request.quality_threshold):
            reason = "approved"
            break
    after = _potential(best)
    return _reflection(request, first, best, before, after, rounds, reason, looking)


def check_request(request: ReflectRequest) -> None:
    """Refuse a request that holds nothing to look at, or bounds outside their range.

    Raises:
        InvalidGoal, InvalidPlan, InvalidBudget, UnknownTool: As ``reflect``.
    """
    check_goal(request.goal)
    allowed_tools(request.tools)
    if not 1 <= request.max_rounds <= MAX_ROUNDS:
        raise InvalidBudget(
            f"max_rounds lies in 1..{MAX_ROUNDS}: {request.max_rounds}", "max_rounds"
        )
    if not 0 <= request.quality_threshold <= 1:
        raise InvalidBudget(
            f"quality_threshold lies in 0..1: {request.quality_threshold}", "quality_threshold"
        )
    if request.plan is None and request.answer is None and not request.results:
        raise InvalidPlan("give a plan, an answer or results to reflect on", "plan")
    if request.answer is not None and not request.answer.strip():
        raise InvalidPlan("the answer is empty", "answer")
    if request.answer is not None and len(request.answer) > MAX_ANSWER_CHARACTERS:
        raise InvalidPlan(f"an answer has at most {MAX_ANSWER_CHARACTERS} characters", "answer")
    if len(request.results) > MAX_RESULTS:
        raise InvalidPlan(f"at most {MAX_RESULTS} results", "results")


def _potential(looked: Looked) -> Potential:
    return potential(tuple(looked.defects), looked.score, looked.cost)


def _reflection(
    request: ReflectRequest,
    first: Looked,
    best: Looked,
    before: Potential,
    after: Potential,
    rounds: int,
    reason: str,
    looking: Looking,
) -> Reflection:
    """Return the reflection: the issues are the input's, the action items what is still open."""
    accepted = best is not first
    issues: Sequence[Defect] = first.defects
    return Reflection(
        quality_score=quality(best.defects),
        approved=approved(best.defects, request.quality_threshold),
        issues=tuple(issues),
        action_items=action_items(best.defects),
        revised=best.revised if accepted else None,
        accepted=accepted,
        rounds=rounds,
        potential_before=before,
        potential_after=after,
        stop_reason=reason,
        claims=tuple(claim.to_json() for claim in best.claims),
        degraded=looking.degraded,
        usage=looking.ledger.spent,
        remaining=tuple(best.defects) if accepted else tuple(issues),
        results=best.results,
    )

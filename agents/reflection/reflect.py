"""Looking again at a plan or an answer: defects, one revision, accepted only if it is better."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agents.budget import Ledger
from agents.evaluation.quality import action_items, approved, quality
from agents.events import Event, Listener, silent
from agents.plans.defects import Defect, Potential, Reflection, potential
from agents.reflection.answer import AnswerLooking
from agents.reflection.plan import PlanLooking
from agents.reflection.request import ReflectRequest
from agents.reflection.subject import Review, Reviewer
from agents.requests import PlannerDependencies


async def reflect(
    request: ReflectRequest,
    dependencies: PlannerDependencies,
    listener: Listener = silent,
    cancelled: asyncio.Event | None = None,
) -> Reflection:
    """Judge what is given, and revise it at most ``max_rounds`` times.

    An answer is judged where there is one, else the plan, else the results by
    themselves. A revision stands only if the potential strictly falls, else all of it is
    dropped; revisions that were tried are not tried again. What is approved comes back
    unchanged.

    Raises:
        UnknownDocument: ``results`` has an id that does not exist.
    """
    ledger = Ledger(request.budget, dependencies.clock)
    reviewer: Reviewer
    if request.answer is not None:
        reviewer = AnswerLooking(request, dependencies, ledger)
    else:
        reviewer = PlanLooking(request, dependencies, ledger, listener, cancelled)
    first = await reviewer.first()
    for defect in first.defects:
        listener(Event("reflection.defect", defect.to_json()))
    before = _potential(first)
    if approved(first.defects, request.quality_threshold):
        return _reflection(request, first, first, before, before, 0, "approved", reviewer)
    best, rounds, reason = first, 0, "max_rounds"
    tabu = {first.key}
    while rounds < request.max_rounds:
        if ledger.expired or (cancelled is not None and cancelled.is_set()):
            reason = "deadline" if ledger.expired else "cancelled"
            break
        rounds += 1
        candidate = await reviewer.revise(best)
        if candidate is None or candidate.key in tabu:
            reason = reviewer.stopped or "no_revision"
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
    return _reflection(request, first, best, before, after, rounds, reason, reviewer)


def _potential(review: Review) -> Potential:
    return potential(tuple(review.defects), review.score, review.cost)


def _reflection(
    request: ReflectRequest,
    first: Review,
    best: Review,
    before: Potential,
    after: Potential,
    rounds: int,
    reason: str,
    reviewer: Reviewer,
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
        degraded=reviewer.degraded,
        usage=reviewer.ledger.spent,
        remaining=tuple(best.defects) if accepted else tuple(issues),
        results=best.results,
    )

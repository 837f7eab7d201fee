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
from agents.reflection.subject import Looked, Looking
from agents.requests import Means


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
        UnknownDocument: ``results`` has an id that does not exist.
    """
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

"""Remembering: finished plans and reflections as documents, and finding them for a like goal.

An artifact is a document of the caller's own namespace with ``kind: artifact`` in its
metadata. Planning never takes one for evidence; it only looks again at the documents
that an earlier plan for a like goal ended with. Whether anything is written or recalled is
the caller's choice; by default nothing is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.answer import PlanAnswer
from agents.errors import InvalidPlan
from agents.lexicon.artifact_marks import ARTIFACT, ARTIFACT_FILTER, KIND_FIELD, is_artifact
from agents.lexicon.words import content_stems
from agents.plans.canonical import digest
from agents.plans.defects import Reflection
from agents.plans.parse import plan_from_json
from agents.plans.plan import Plan
from agents.plans.recalled import Recalled
from agents.tools.evidence import Doc
from agents.tools.port import Query

LIKE = 0.5
"""From this overlap of content words (Jaccard) on, an earlier goal is like the new one."""
MAX_RECALLED = 3
MAX_RESULT_IDS = 20
MAX_PLAN_CHARACTERS = 32_000
LOOKED_AT = 10
"""Artifacts that one recall reads."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A document to be written as it is; ``id`` is equal for equal content."""

    id: str
    text: str
    metadata: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the document as ``PUT /documents`` takes it."""
        return {"id": self.id, "text": self.text, "metadata": dict(self.metadata)}


def plan_artifact(answer: PlanAnswer) -> Artifact | None:
    """Return a finished plan as a document; None for one that ran nothing or found nothing."""
    ids = list(dict.fromkeys(str(result["id"]) for result in answer.results))
    if answer.tree is None or not ids:
        return None
    return _artifact(
        "plan",
        answer.plan.goal,
        list(answer.reasoning),
        {
            "result_ids": ids[:MAX_RESULT_IDS],
            "score": round(answer.score.total, 6),
            "index_version": answer.plan.index_version,
            "plan": _packed(answer.plan),
            "stop_reason": answer.stop_reason,
        },
    )


def reflection_artifact(goal: str, reflection: Reflection) -> Artifact:
    """Return a reflection as a document, with the revised plan where one was accepted."""
    revised = reflection.revised if reflection.accepted else None
    plan = _packed(plan_from_json(revised)) if isinstance(revised, Mapping) else ""
    facts = [f"{issue.code}: {issue.message}" for issue in reflection.issues]
    ids = list(dict.fromkeys(str(result["id"]) for result in reflection.results))
    return _artifact(
        "reflection",
        goal,
        facts,
        {
            "result_ids": ids[:MAX_RESULT_IDS] if reflection.approved else [],
            "score": round(reflection.quality_score, 6),
            "issues": list(dict.fromkeys(issue.code for issue in reflection.issues)),
            "approved": reflection.approved,
            "plan": plan,
        },
    )


def _artifact(name: str, goal: str, facts: Sequence[str], more: Mapping[str, Any]) -> Artifact:
    metadata = {KIND_FIELD: ARTIFACT, "artifact": name, "goal": goal, **more}
    text = "\n".join([goal, *facts])[:4000]
    # One artifact for one goal and result: running a plan again does not fill the index.
    id = f"artifact-{name}-{digest([name, goal, more.get('result_ids'), more.get('issues')])}"
    return Artifact(id, text, metadata)


def _packed(plan: Plan) -> str:
    steps = [step.planned().to_json() for step in plan.steps]
    body = {
        "goal": plan.goal,
        "steps": steps,
        "answer_step": plan.answer_step,
        "index_version": plan.index_version,
    }
    packed = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return packed if len(packed) <= MAX_PLAN_CHARACTERS else ""


def recall_query(goal: str) -> Query:
    """Return the search that finds artifacts for a goal."""
    return Query("hybrid", goal, filter=ARTIFACT_FILTER, limit=LOOKED_AT)


def recalled(goal: str, docs: Sequence[Doc]) -> tuple[Recalled, ...]:
    """Return the artifacts among documents whose goal is like this one, likest first.

    Anybody who may write to the namespace may write an artifact; what one says is data: ids
    that may be fetched, and a plan that the validator reads before anything runs it.
    """
    found = [item for doc in docs if (item := _read(goal, doc)) is not None]
    found.sort(key=lambda item: (-item.likeness, -item.score, item.id))
    return tuple(found[:MAX_RECALLED])


def _read(goal: str, doc: Doc) -> Recalled | None:
    known = doc.metadata
    earlier, ids = known.get("goal"), known.get("result_ids")
    if not is_artifact(known) or not isinstance(earlier, str):
        return None
    near = likeness(goal, earlier)
    if near < LIKE:
        return None
    issues, score = known.get("issues"), known.get("score")
    return Recalled(
        doc.id,
        earlier,
        near,
        _strings(ids)[:MAX_RESULT_IDS],
        float(score) if isinstance(score, int | float) else 0.0,
        _strings(issues),
        _unpacked(known.get("plan")),
    )


def _strings(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str) and 0 < len(item) <= 256)


def _unpacked(value: object) -> Plan | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        return plan_from_json(json.loads(value))
    except (ValueError, RecursionError, InvalidPlan):
        return None


def likeness(one: str, other: str) -> float:
    """Return the overlap of two goals' content words (Jaccard), 0 to 1."""
    a, b = set(content_stems(one)), set(content_stems(other))
    return len(a & b) / len(a | b) if a | b else 0.0

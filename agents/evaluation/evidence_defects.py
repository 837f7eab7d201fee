"""What is wrong with what a plan found: detectors over its evidence, each a pure function."""

from __future__ import annotations

from collections.abc import Sequence

from agents.evaluation.score import LINKED, answer_docs, is_covered, linkage
from agents.goals.reading import Reading
from agents.plans.defects import Defect
from agents.plans.plan import Aspect, Step, call_keys
from agents.tools.evidence import Doc, DocSet, Output
from agents.tree.state import EVIDENCE, PlanState, ranking

SAME_OUTPUT = 0.9
"""Two steps whose outputs overlap more than this (Jaccard) are one too many."""


def evidence_defects(
    state: PlanState, reading: Reading, current_version: int | None = None
) -> list[Defect]:
    """Return every defect of what a state found, hard ones first within each detector.

    Args:
        state: Of a plan that ran.
        reading: Of its goal.
        current_version: Of the index now; None skips the check for staleness.
    """
    hits = ranking(state, reading.unwanted, EVIDENCE)
    docs = state.docs(hits.ids)
    return [
        *_empty(state, docs),
        *_aspects(state, reading, docs),
        *_links(reading, docs),
        *redundant_steps(state.steps, state.memory.outputs),
        *stale(state.memory.index_version, current_version),
    ]


def _empty(state: PlanState, docs: Sequence[Doc]) -> list[Defect]:
    found = [
        Defect(
            "empty_result",
            step.id,
            f"{step.tool} found nothing",
            "relax the step, or try another modality",
        )
        for step in state.steps
        if step.status == "done" and not step.output_ids
    ]
    if not docs and not found:
        found.append(Defect("empty_result", "plan", "the plan found nothing", "relax the goal"))
    return found


def _aspects(state: PlanState, reading: Reading, docs: Sequence[Doc]) -> list[Defect]:
    """Return uncovered and violated aspects; words of a question may be in any document."""
    answer = answer_docs(state, reading, docs) if reading.structured else list(docs)
    found: list[Defect] = []
    for aspect in reading.aspects:
        if aspect.weight <= 0 and aspect.kind == "entity":
            if not {str(aspect.grounding.get("id"))} & {doc.id for doc in docs}:
                found.append(
                    Defect(
                        "uncovered_aspect",
                        aspect.id,
                        f"no evidence for {aspect.text!r}",
                        "ground it",
                    )
                )
            continue
        if is_covered(aspect, answer, reading):
            continue
        shown = _breaking(aspect, answer, docs, reading)
        if shown:
            found.append(
                Defect(
                    "violated_exclusion",
                    aspect.id,
                    f"{aspect.text!r} is violated",
                    "exclude it",
                    shown,
                    aspect.weight,
                )
            )
        else:
            found.append(
                Defect(
                    "uncovered_aspect",
                    aspect.id,
                    f"nothing covers {aspect.text!r}",
                    _mend(aspect.kind),
                    (),
                    aspect.weight,
                )
            )
    return found


def _breaking(
    aspect: Aspect, answer: Sequence[Doc | None], docs: Sequence[Doc], reading: Reading
) -> tuple[str, ...]:
    """Return the documents that break an exclusion: the answer's, or the first of the evidence
    where nothing of it fits."""
    if aspect.kind != "must_not":
        return ()
    chosen = [doc for doc in answer if doc is not None] or list(docs)
    slots = 1 + (aspect.slot or 0)
    return tuple(doc.id for doc in chosen if not is_covered(aspect, [doc] * slots, reading))


def _mend(kind: str) -> str:
    return {
        "must": "search for what is left (residual), or follow a title (bridge)",
        "relation": "look deeper, or drop the relation (relax)",
    }.get(kind, "relax another condition")


def _links(reading: Reading, docs: Sequence[Doc]) -> list[Defect]:
    if reading.structured or not docs:
        return []
    found: list[Defect] = []
    if len(docs) < 2:
        found.append(
            Defect(
                "single_source",
                "plan",
                "one document is the only evidence",
                "bridge to a second source",
                (docs[0].id,),
            )
        )
    elif any(doc.title for doc in docs) and linkage(docs[:LINKED], reading) == 0.0:
        found.append(
            Defect(
                "unlinked_evidence",
                "plan",
                "no document names another's title",
                "bridge",
                tuple(doc.id for doc in docs[:LINKED]),
            )
        )
    return found


def redundant_steps(steps: Sequence[Step], outputs: dict[str, Output] | object) -> list[Defect]:
    """Return steps that repeat an earlier one: the same call, or nearly the same documents."""
    found: list[Defect] = []
    keys = call_keys(tuple(steps))
    known = outputs if isinstance(outputs, dict) else {}
    for at, step in enumerate(steps):
        for other in steps[:at]:
            same_call = keys[step.id] == keys[other.id]
            if same_call or _same_output(known.get(step.id), known.get(other.id), step, other):
                what = "the same call" if same_call else "the same documents"
                found.append(
                    Defect(
                        "redundant_step",
                        step.id,
                        f"{what} as {other.id}",
                        "remove the step",
                        (other.id,),
                    )
                )
                break
    return found


def _same_output(one: Output | None, two: Output | None, step: Step, other: Step) -> bool:
    if not isinstance(one, DocSet) or not isinstance(two, DocSet) or other.id in step.inputs:
        return False
    a, b = set(one.ids), set(two.ids)
    # A tool that takes inputs may well keep them all; only searches can be in vain.
    searched = step.tool.startswith("search") and other.tool.startswith("search")
    return searched and len(a | b) > 1 and len(a & b) / len(a | b) > SAME_OUTPUT


def stale(version: int, current_version: int | None) -> list[Defect]:
    """Return the defect of a plan that read another version of the index."""
    if current_version is None or not version or version == current_version:
        return []
    return [
        Defect(
            "stale_index",
            "plan",
            f"the plan read version {version}, the index is at {current_version}",
            "run it again",
        )
    ]

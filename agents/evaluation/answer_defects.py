"""What is wrong with an answer in words: its claims, its sources and what it leaves open."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agents.evaluation.claims import Claim, citations
from agents.evaluation.score import LINKED, is_covered, linkage
from agents.goals.reading import Reading
from agents.lexicon.words import stem, stems
from agents.plans.defects import Defect
from agents.tools.evidence import Doc


def answer_defects(
    answer: str,
    claims: Sequence[Claim],
    docs: Sequence[Doc],
    reading: Reading,
    missing: Collection[str] = (),
) -> list[Defect]:
    """Return every defect of an answer.

    Args:
        answer: Its text.
        claims: As ``check_claims`` judged them.
        docs: The evidence it was checked against.
        reading: Of the goal.
        missing: Ids that it cites or came with and that do not exist.
    """
    return [
        *_citations(answer, missing),
        *_claims(claims),
        *_aspects(answer, claims, docs, reading),
        *_sources(claims, docs, reading),
    ]


def _citations(answer: str, missing: Collection[str]) -> list[Defect]:
    return [
        Defect(
            "unsupported_claim",
            _span(span),
            f"cites {id!r}, and there is no such document",
            "cite a document that exists, or drop the claim",
            (id,),
        )
        for id, span in citations(answer)
        if id in missing
    ]


def _claims(claims: Sequence[Claim]) -> list[Defect]:
    found = []
    for claim in claims:
        evidence = () if claim.document_id is None else (claim.document_id,)
        if claim.verdict == "contradicted":
            found.append(
                Defect(
                    "contradicted_claim",
                    _span(claim.span),
                    claim.reason,
                    "correct it by the evidence, or drop it",
                    evidence,
                )
            )
        elif claim.verdict == "unsupported":
            found.append(
                Defect(
                    "unsupported_claim",
                    _span(claim.span),
                    claim.reason,
                    "cite a source, or drop it",
                    evidence,
                )
            )
    return found


def _aspects(
    answer: str, claims: Sequence[Claim], docs: Sequence[Doc], reading: Reading
) -> list[Defect]:
    """Return what neither the answer nor the evidence it rests on covers, and what it must not.

    An answer need not repeat the question: a word counts as covered where the documents
    behind it say it. What a claim without support says covers nothing.
    """
    used = _used(claims, docs) or list(docs)
    sound = [claim.text for claim in claims if claim.verdict in ("supported", "unknown")]
    said = {term for text in (*sound, *(doc.words for doc in used)) for term in stems(text)}
    found = []
    for aspect in reading.aspects:
        if aspect.weight <= 0 or aspect.kind == "relation":
            continue
        if aspect.kind == "must_not":
            if not _violated(aspect.text, answer, used, aspect, reading):
                continue
            shown = tuple(doc.id for doc in used)
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
        elif aspect.grounding:
            if not any(
                is_covered(aspect, [doc] * (1 + (aspect.slot or 0)), reading) for doc in used
            ):
                found.append(_uncovered(aspect.id, aspect.text, aspect.weight))
        elif not set(stems(aspect.text)) <= said:
            found.append(_uncovered(aspect.id, aspect.text, aspect.weight))
    return found


def _violated(text: str, answer: str, used: Sequence[Doc], aspect, reading: Reading) -> bool:
    if aspect.grounding:
        slots = 1 + (aspect.slot or 0)
        return bool(used) and not any(is_covered(aspect, [doc] * slots, reading) for doc in used)
    return stem(text) in stems(answer)


def _uncovered(id: str, text: str, weight: float) -> Defect:
    return Defect(
        "uncovered_aspect", id, f"nothing covers {text!r}", "search for what is left", (), weight
    )


def _sources(claims: Sequence[Claim], docs: Sequence[Doc], reading: Reading) -> list[Defect]:
    used = _used(claims, docs)
    checked = [claim for claim in claims if claim.verdict == "supported"]
    if len(checked) < 2 or not used:
        return []
    if len(used) < 2:
        return [
            Defect(
                "single_source",
                "answer",
                "every claim rests on one document",
                "look for a second source",
                (used[0].id,),
            )
        ]
    titled = [doc for doc in used if doc.title]
    if not reading.structured and len(titled) > 1 and linkage(titled[:LINKED], reading) == 0.0:
        shown = tuple(doc.id for doc in titled[:LINKED])
        return [
            Defect(
                "unlinked_evidence",
                "answer",
                "no document behind the answer names another's title",
                "bridge",
                shown,
            )
        ]
    return []


def _used(claims: Sequence[Claim], docs: Sequence[Doc]) -> list[Doc]:
    ids = {claim.document_id for claim in claims if claim.verdict == "supported"}
    return [doc for doc in docs if doc.id in ids]


def _span(span: tuple[int, int]) -> str:
    return f"answer[{span[0]}:{span[1]}]"

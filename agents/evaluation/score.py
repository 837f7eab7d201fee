"""How good a state's evidence is: parts between 0 and 1, and their weighted sum.

The weights were frozen on other data before this project's questions were looked at:
coverage 1, linkage 0.5, relevance 0.6, grounding 0.4, cost -0.02 for each call.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.goals.reading import Reading, Slot
from agents.lexicon.words import Word, mass, sentences, stem, stems, words
from agents.plans.plan import Aspect
from agents.tools import operators
from agents.tools.evidence import Doc, DocSet, Figure, Group
from agents.tools.grouping import holds
from agents.tree.state import EVIDENCE, PlanState, ranking, spent
from agents.tree.thoughts import Score
from retrieval.filtering.parse import parse

WEIGHTS = {"coverage": 1.0, "linkage": 0.5, "relevance": 0.6, "grounding": 0.4, "cost": -0.02}
RELATION_WEIGHT = 1.0
"""Where a goal asks by a relation, following it weighs as much as all of its words."""
LINKED = 5
"""Linkage is looked for among this many best documents."""
DOCUMENT_SHARE = 0.7
"""One document covers at most this share of a question's terms: a page stuffed with the
question's words must not look like a chain of evidence."""
FEW_TERMS = 3
"""Up to so many terms one document may well hold them all."""
COMPLETE = 0.999


def judge(state: PlanState, reading: Reading) -> Score:
    """Return the score of a state; complete when everything asked for is shown to be there."""
    if not state.steps:
        return Score(0.0, dict.fromkeys(WEIGHTS, 0.0))
    hits = ranking(state, reading.unwanted, EVIDENCE)
    docs = state.docs(hits.ids)
    if reading.structured:
        parts = _structured_parts(state, reading, docs)
    else:
        parts = _text_parts(reading, docs)
    parts["relevance"] = relevance(state)
    parts["cost"] = float(spent(state).tool_calls)
    total = sum(WEIGHTS[name] * parts[name] for name in WEIGHTS)
    total += RELATION_WEIGHT * parts.get("relation", 0.0)
    complete = (
        parts["coverage"] >= COMPLETE
        and parts["linkage"] >= COMPLETE
        and parts["grounding"] >= COMPLETE
        and parts.get("relation", 1.0) >= COMPLETE
        and (bool(docs) or isinstance(state.output, Figure))
        and len(docs) >= min(reading.wish.least or 0, EVIDENCE)
    )
    return Score(total, parts, complete)


def _text_parts(reading: Reading, docs: Sequence[Doc]) -> dict[str, float]:
    parts = {
        "coverage": coverage(docs, reading),
        "linkage": linkage(docs[:LINKED], reading),
        "grounding": grounding(docs, reading),
    }
    return {**parts, "relation": relation_shown(docs, reading)} if reading.roles else parts


def coverage(docs: Sequence[Doc], reading: Reading) -> float:
    """Return the share of the goal's idf mass that the documents' words cover, each counted once.

    A single document counts for at most ``DOCUMENT_SHARE`` of it, unless the goal has
    few terms.
    """
    cap = 1.0 if len(reading.terms) <= FEW_TERMS else DOCUMENT_SHARE
    covered: set[str] = set()
    total = 0.0
    shares = [(mass(own, reading.terms), own) for own in (said_by(doc, reading) for doc in docs)]
    for _, own in sorted(shares, key=lambda item: -item[0]):
        total += min(mass(own - covered, reading.terms), cap)
        covered |= own
    return min(1.0, total)


def said_by(doc: Doc, reading: Reading) -> set[str]:
    """Return the goal's terms that a document says."""
    return set(stems(doc.words)) & set(reading.terms)


def linkage(docs: Sequence[Doc], reading: Reading) -> float:
    """Return the share of documents that are linked, by titles they name, to the anchors.

    The anchor is the document that says most of the goal (ties: the better one); where the goal
    asks by a relation, what it names. Links among documents beside the point count for nothing.
    Documents without titles are linked to nothing; anchors alone are no link.
    """
    if len(docs) < 2:
        return 0.0
    names = [_name(doc) for doc in docs]
    texts = [_padded(stems(doc.text)) for doc in docs]
    anchors = _anchors(docs, reading)
    reached, todo = set(anchors), list(anchors)
    while todo:
        at = todo.pop()
        for other in range(len(docs)):
            linked = (names[other] and names[other] in texts[at]) or (
                names[at] and names[at] in texts[other]
            )
            if other not in reached and linked:
                reached.add(other)
                todo.append(other)
    return len(reached) / len(docs) if len(reached) > len(anchors) else 0.0


def _anchors(docs: Sequence[Doc], reading: Reading) -> list[int]:
    named = {id for e in reading.entities if reading.roles for id in e.ids}
    most = max(
        range(len(docs)), key=lambda at: (mass(said_by(docs[at], reading), reading.terms), -at)
    )
    return [at for at, doc in enumerate(docs) if doc.id in named] or [most]


def _name(doc: Doc) -> str:
    bare = (doc.title or "").split("(")[0]
    return _padded(stems(bare)) if bare.strip() else ""


def _padded(parts: Sequence[str]) -> str:
    return f" {' '.join(parts)} " if parts else ""


def grounding(docs: Sequence[Doc], reading: Reading) -> float:
    """Return the share of the goal's entities whose documents are there; 1 without entities."""
    if not reading.entities:
        return 1.0 if docs else 0.0
    ids = {doc.id for doc in docs}
    return sum(bool(ids & set(e.ids)) for e in reading.entities) / len(reading.entities)


def relation_shown(docs: Sequence[Doc], reading: Reading) -> float:
    """Return the share of what the goal names that leads to somebody who is there too.

    It leads to whom its document names in a sentence that tells the relation asked for.
    """
    shown = [_leads_on(docs, set(entity.ids), reading) for entity in reading.entities]
    return sum(shown) / len(shown)


def _leads_on(docs: Sequence[Doc], named: set[str], reading: Reading) -> bool:
    sides = [doc for doc in docs if doc.id in named]
    own = {_name(doc) for doc in sides}
    names = {_name(doc) for doc in docs if doc.id not in named} - own - {""}
    told = [
        _padded(said)
        for doc in sides
        for start, end in sentences(doc.text)
        if reading.roles.keys() & set(said := stems(doc.text[start:end]))
    ]
    return any(name in sentence for sentence in told for name in names)


def relevance(state: PlanState) -> float:
    """Return how far the first hit of the searches stands out of their tail, on average."""
    margins = []
    for step in state.steps:
        output = state.memory.outputs.get(step.id)
        if isinstance(output, DocSet) and step.tool.startswith("search"):
            margins.append(margin(output))
    return sum(margins) / len(margins) if margins else 0.0


def margin(docs: DocSet) -> float:
    """Return 1 - tail / top over the best ten scores, 0 for none or a flat list, at most 1."""
    scores = [hit.score for hit in docs.hits[:EVIDENCE]]
    if not scores or scores[0] <= 0:
        return 0.0
    if len(scores) == 1:
        return 1.0
    return max(0.0, min(1.0, 1.0 - scores[-1] / scores[0]))


def _structured_parts(state: PlanState, reading: Reading, docs: Sequence[Doc]) -> dict[str, float]:
    if isinstance(state.output, Figure):
        # No document has to show a figure: it is over all of them, also where they are none.
        return {"coverage": 1.0, "linkage": 1.0, "grounding": float(not reading.ungrounded)}
    answer = answer_docs(state, reading, docs)
    weights = [aspect.weight for aspect in reading.aspects]
    kept = [a.weight for a in reading.aspects if is_covered(a, answer, reading)]
    unsaid = [a for a in reading.aspects if a.kind == "number" and not a.grounding]
    total = sum(weights) or 1.0
    return {
        "coverage": sum(kept) / total,
        "linkage": _in_front(state, answer, docs),
        "grounding": 1.0 - len(unsaid) / max(1, len(reading.aspects)),
    }


def _in_front(state: PlanState, answer: Sequence[Doc | None], docs: Sequence[Doc]) -> float:
    """Return how much of a whole answer stands where a reader looks first; 0 if an item is missing.

    A combination is the answer. In a plain ranking its documents may be anywhere among the
    evidence, and a reader who takes the first ones would take others.
    """
    found = [doc for doc in answer if doc is not None]
    if not answer or len(found) < len(answer):
        return 0.0
    if state.groups:
        return 1.0
    front = docs[: len(answer)]
    return sum(doc in front for doc in found) / len(answer)


def answer_docs(state: PlanState, reading: Reading, docs: Sequence[Doc]) -> list[Doc | None]:
    """Return the document that stands for each item: the best group's, or the best fits.

    An answer that is a plain list is read kindly: each item takes the first document
    that fits its conditions, or meets most of them, no document twice.
    """
    if state.groups:
        best: Group = state.groups[0]
        return [state.memory.docs.get(id) for _, id in best.members]
    chosen: list[Doc | None] = []
    for slot in reading.slots:
        free = [doc for doc in docs if doc not in chosen]
        chosen.append(max(free, key=lambda doc: met(doc, slot), default=None))
    return chosen


def met(doc: Doc, slot: Slot) -> int:
    """Return how many conditions of an item a document meets."""
    return sum(operators.passes(doc, parse(c.to_filter())) for c in slot.conditions)


def is_covered(aspect: Aspect, answer: Sequence[Doc | None], reading: Reading) -> bool:
    """Return whether an answer, one document per item, shows an aspect."""
    docs = [doc for doc in answer if doc is not None]
    if aspect.kind == "relation":
        return len(docs) == len(answer) > 0 and _related(aspect, docs)
    if aspect.slot is not None:
        own = answer[aspect.slot] if aspect.slot < len(answer) else None
        if own is None:
            return False
        docs = [own]
    if aspect.kind in ("facet", "number", "must_not") and aspect.grounding:
        wanted = parse(dict(aspect.grounding))
        return bool(docs) and all(operators.passes(doc, wanted) for doc in docs)
    if aspect.kind == "number":
        return False
    says = [stem(aspect.text) in set(stems(doc.words)) for doc in docs]
    return not any(says) if aspect.kind == "must_not" else any(says)


def _related(aspect: Aspect, docs: Sequence[Doc]) -> bool:
    name = str(aspect.grounding.get("field"))
    values = [doc.metadata.get(name) for doc in docs]
    if any(value is None for value in values):
        return False
    match aspect.grounding.get("relation"):
        case "same":
            return len(set(map(repr, values))) == 1
        case "different":
            return len(set(map(repr, values))) == len(values)
        case "rising":
            low, high = (docs[int(at)].metadata.get(name) for at in aspect.grounding["items"])
            return low < high  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
        case _:
            numbers = [v for v in values if isinstance(v, int | float)]
            bounds = {k: v for k, v in aspect.grounding.items() if k not in ("relation", "field")}
            return len(numbers) == len(values) and all(
                holds(sum(numbers), op, bound) for op, bound in bounds.items()
            )


def uncovered_terms(docs: Sequence[Doc], reading: Reading) -> list[str]:
    """Return the goal's own words that no document says, heaviest first."""
    covered = set().union(*(said_by(doc, reading) for doc in docs)) if docs else set()
    left = [term for term in reading.terms if term not in covered]
    spelled: dict[str, str] = {}
    word: Word
    for word in words(reading.goal):
        spelled.setdefault(word.stem, word.text)
    return [spelled.get(term, term) for term in sorted(left, key=lambda t: (-reading.terms[t], t))]

"""An answer under reflection: its claims against its sources, and what is left without them."""

from __future__ import annotations

from collections.abc import Sequence

from agents.budget import Ledger
from agents.errors import BudgetExceeded, ToolFailed
from agents.evaluation.answer_defects import answer_defects
from agents.evaluation.claims import Claim, check_claims, citations
from agents.goals.read import read_goal
from agents.goals.reading import Reading
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import stems
from agents.plans.canonical import digest
from agents.reflection.named_documents import fetched, known_documents
from agents.reflection.request import ReflectRequest
from agents.reflection.subject import Review
from agents.requests import PlannerDependencies
from agents.tools.evidence import Doc
from agents.tools.port import Query, VersionedHits
from agents.tools.registry import REGISTRY, allowed_tools
from agents.tools.summary import summarize
from agents.usage import ResourceUsage
from retrieval.errors import RetrievalError

PER_SEARCH = 5
MAX_CLAIM_SEARCHES = 8


class AnswerLooking:
    """Implements ``agents.reflection.subject.Reviewer`` for answers.

    Evidence are the documents that the request gives, those that the answer cites and
    those that the request's plan ended with; where there are none, what a search for the
    goal finds. Revising looks once for each claim without support, then drops what has
    still none and quotes what contradicts the others; an answer of which nothing is left
    becomes sentences of the evidence.
    """

    def __init__(
        self, request: ReflectRequest, dependencies: PlannerDependencies, ledger: Ledger
    ) -> None:
        self.ledger = ledger
        self.stopped: str | None = None
        self.degraded: str | None = dependencies.degraded
        self._request = request
        self._dependencies = dependencies
        self._docs: dict[str, Doc] = {}
        self._missing: frozenset[str] = frozenset()
        self._vocabulary = Vocabulary()
        self._reading = Reading(request.goal)
        allowed = allowed_tools(request.tools)
        self._tool = next((t for t in ("search_hybrid", "search_text") if t in allowed), None)

    async def first(self) -> Review:
        """Gather the evidence and check the answer as it is."""
        request, toolbox = self._request, self._dependencies.toolbox
        answer = request.answer or ""
        self._vocabulary = await self.ledger.within(toolbox.vocabulary(), Vocabulary())
        self._reading = read_goal(request.goal, self._vocabulary)
        given = await known_documents(list(dict.fromkeys(request.results)), toolbox, self.ledger)
        cited = list(dict.fromkeys(id for id, _ in citations(answer)))
        planned = _planned_ids(request)
        found = await fetched(list(dict.fromkeys([*cited, *planned])), toolbox, self.ledger)
        if found is not None:
            self._missing = frozenset(cited) - {doc.id for doc in (*found, *given)}
        self._take([*given, *(found or ())])
        if not self._docs:
            self._take(await self._search(request.goal, 10))
        return self._look(answer)

    def _take(self, docs: Sequence[Doc]) -> None:
        for doc in docs:
            self._docs.setdefault(doc.id, doc)

    async def _search(self, text: str, limit: int) -> Sequence[Doc]:
        if self._tool is None:
            return ()
        price = ResourceUsage(tool_calls=1, cost=REGISTRY[self._tool].cost)
        try:
            reserved = self.ledger.reserve(price)
        except BudgetExceeded as error:
            self.stopped = f"budget_{error.where}"
            return ()
        mode = "hybrid" if self._tool == "search_hybrid" else "keyword"
        query = Query(mode, text[:4000], limit=limit)
        try:
            nothing = VersionedHits((), 0)
            found = await self.ledger.within(self._dependencies.toolbox.search(query), nothing)
        except (ToolFailed, RetrievalError):
            found = VersionedHits((), 0)
        finally:
            self.ledger.settle(reserved, price)
        return [doc for doc, _ in found.hits]

    def _look(self, answer: str) -> Review:
        docs = list(self._docs.values())
        weights = self._vocabulary.weights(set(stems(answer)))
        claims = check_claims(answer, docs, weights)
        defects = answer_defects(answer, claims, docs, self._reading, self._missing)
        checked = [claim for claim in claims if claim.verdict != "unknown"]
        supported = sum(claim.verdict == "supported" for claim in checked)
        score = supported / len(checked) if checked else 0.0
        results = tuple({"id": id} for id in _sources(claims))
        return Review(digest(answer), defects, score, 0.0, answer, claims, results)

    async def revise(self, version: Review) -> Review | None:
        """Search for what has no support, then keep what has some."""
        doubtful = [c for c in version.claims if c.verdict == "unsupported"][:MAX_CLAIM_SEARCHES]
        for claim in doubtful:
            self._take(await self._search(claim.text, PER_SEARCH))
        docs = list(self._docs.values())
        answer: str = version.revised
        claims = check_claims(answer, docs, self._vocabulary.weights(set(stems(answer))))
        kept = [self._kept(claim) for claim in claims if claim.verdict != "unsupported"]
        if not any(claim.verdict in ("supported", "contradicted") for claim in claims):
            kept = self._quoted(docs)
        text = " ".join(dict.fromkeys(kept))
        return self._look(text) if text.strip() else None

    def _kept(self, claim: Claim) -> str:
        """Return a claim with citations of documents that exist, its source if it had none.

        In place of a claim that the evidence contradicts stands what the evidence says.
        """
        if claim.verdict == "contradicted":
            return f"{claim.quote} [{claim.document_id}]"
        cites = [id for id in claim.cites if id not in self._missing]
        if not cites and claim.verdict == "supported" and claim.document_id is not None:
            cites = [claim.document_id]
        return " ".join([claim.text, *(f"[{id}]" for id in cites)])

    def _quoted(self, docs: Sequence[Doc]) -> list[str]:
        terms = {term: weight or 1.0 for term, weight in self._reading.terms.items()}
        return [
            f"{s.text} [{s.document_id}]"
            for s in summarize(docs, self._request.goal, terms, 3).sentences
        ]


def _planned_ids(request: ReflectRequest) -> list[str]:
    """Return the documents that the request's plan ended with, if it says so."""
    plan = request.plan
    step = None if plan is None or plan.answer_step is None else plan.step(plan.answer_step)
    return [] if step is None else list(step.output_ids[:20])


def _sources(claims: Sequence[Claim]) -> list[str]:
    ids = (c.document_id for c in claims if c.verdict == "supported" and c.document_id)
    return list(dict.fromkeys(ids))

"""An index small enough to trust, worlds with a clock of their own, and sample documents."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.budget import Budget
from agents.errors import ToolFailed
from agents.lexicon.vocabulary import Vocabulary, VocabularyBuilder
from agents.lexicon.words import content_stems, stems
from agents.planner import plan
from agents.requests import PlannerDependencies, PlanRequest, in_process
from agents.tools.evidence import Doc
from agents.tools.operators import passes
from agents.tools.port import Query, VersionedHits
from retrieval.filtering.parse import parse

NEW_YEAR = "2026-01-01T00:00:00+00:00"


def doc(id: str, text: str, title: str | None = None, **metadata: Any) -> Doc:
    """A document; a picture where ``modality="IMAGE"`` is given."""
    modality = metadata.pop("modality", "TEXT")
    known = {"title": title, **metadata} if title else metadata
    return Doc(id, text, title, modality, "LTM", known, NEW_YEAR)


class Clock:
    """Seconds that grow only when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class ListToolbox:
    """Searches a list: the score is the idf mass of the query's words in a document.

    Args:
        docs: The index.
        version: Of the index.
        broken: Queries whose text contains one of these fail.
        cost_s: What each call adds to the clock.
    """

    docs: Sequence[Doc]
    version: int = 1
    broken: tuple[str, ...] = ()
    clock: Clock | None = None
    cost_s: float = 0.0
    asked: list[Query] = field(default_factory=list)
    fetched: list[Sequence[str]] = field(default_factory=list)
    _vocabulary: Vocabulary | None = None

    @property
    def calls(self) -> int:
        """Calls to the index so far."""
        return len(self.asked) + len(self.fetched)

    async def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None or self._vocabulary.index_version != self.version:
            builder = VocabularyBuilder()
            for item in self.docs:
                builder.add(item.id, item.text, item.metadata)
            self._vocabulary = builder.build(self.version)
        return self._vocabulary

    async def search(self, query: Query) -> VersionedHits:
        self.asked.append(query)
        self._tick()
        text = query.text or query.document_id or ""
        if any(word in text for word in self.broken):
            raise ToolFailed(f"broken by {text!r}", "query")
        vocabulary = await self.vocabulary()
        weights = vocabulary.weights(content_stems(text))
        wanted = None if query.filter is None else parse(dict(query.filter))
        scored = []
        for item in self.docs:
            if query.mode == "image" and item.modality != "IMAGE":
                continue
            if wanted is not None and not passes(item, wanted):
                continue
            values = [v for v in item.metadata.values() if isinstance(v, str)]
            said = set(stems(" ".join([item.words, *values])))
            score = sum(weight for term, weight in weights.items() if term in said)
            if score > 0 or wanted is not None:
                scored.append((item, score))
        scored.sort(key=lambda pair: (-pair[1], pair[0].id))
        return VersionedHits(tuple(scored[: query.limit]), self.version)

    async def fetch(self, ids: Sequence[str]) -> Sequence[Doc]:
        self.fetched.append(ids)
        self._tick()
        by_id = {item.id: item for item in self.docs}
        return [by_id[id] for id in ids if id in by_id]

    def _tick(self) -> None:
        if self.clock is not None:
            self.clock.now_s += self.cost_s


FILMS = (
    doc(
        "d1",
        "The Silent Harbour is a 1961 drama film directed by Ada Lindqvist.",
        "The Silent Harbour",
    ),
    doc(
        "d2",
        "Ada Lindqvist was a Swedish film director. She was born in Visby in 1920.",
        "Ada Lindqvist",
    ),
    doc("d3", "Visby is a town on the island of Gotland in Sweden.", "Visby"),
    doc("d4", "The Loud Harbour is a 1975 comedy film directed by Karl Berg.", "The Loud Harbour"),
    doc("d5", "Karl Berg was a Danish actor and director. He was born in Aarhus.", "Karl Berg"),
    doc("d6", "Aarhus is a city in Denmark with a large harbour.", "Aarhus"),
    doc("d7", "Harbour seals live along northern coasts.", "Harbour seal"),
    doc("d8", "A drama is a play for theatre, radio or television.", "Drama"),
)
"""A question about the director's birthplace needs d1, d2 and d3."""

HARBOUR_GOAL = "In which town was the director of The Silent Harbour born?"


def products() -> tuple[Doc, ...]:
    """A small catalogue: each kind in three colours and two patterns, prices from 10 on."""
    found, price = [], 10.0
    for kind in ("mug", "lamp", "scarf"):
        for colour in ("red", "blue", "green"):
            for pattern in ("striped", "dotted"):
                id = f"{kind}-{colour}-{pattern}"
                found.append(
                    doc(
                        id,
                        f"A {pattern} {colour} {kind}.",
                        kind=kind,
                        colour=colour,
                        pattern=pattern,
                        price=price,
                        modality="IMAGE",
                    )
                )
                price += 2.5
    return tuple(found)


def run_plan(
    goal: str,
    toolbox: ListToolbox | None = None,
    dependencies: PlannerDependencies | None = None,
    cancelled: asyncio.Event | None = None,
    events: list | None = None,
    **changes: Any,
):
    """Plan a goal over a toolbox and return the answer."""
    bounds = changes.pop("budget", {})
    request = PlanRequest(goal, budget=Budget(**bounds), **changes)
    dependencies = dependencies or in_process(toolbox or ListToolbox(FILMS))

    async def go():
        listen = (lambda event: None) if events is None else events.append
        return await plan(request, dependencies, listen, cancelled)

    return asyncio.run(go())


def ids_of(answer) -> list[str]:
    """The ids of an answer's results."""
    return [result["id"] for result in answer.results]


def plan_json(*steps: Mapping[str, Any], goal: str = HARBOUR_GOAL, **more: Any) -> dict[str, Any]:
    """A plan as a caller would send it."""
    return {"goal": goal, "steps": list(steps), **more}

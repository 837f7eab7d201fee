"""Summaries that only quote: the sentences that cover a query best, each with its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.lexicon.words import content_stems, mass, sentences, stems
from agents.tools.evidence import Doc, Sentence, Text
from agents.tools.tool import Param, Tool, ToolCall, Yielded

MAX_PER_DOCUMENT = 2
"""One document may not write the whole summary."""


def summarize(
    docs: Sequence[Doc], query: str, weights: Mapping[str, float], limit: int = 5
) -> Text:
    """Return up to ``limit`` sentences, chosen one by one by the weight they add.

    A term counts once, so a second sentence that says the same adds nothing (greedy
    cover; Nemhauser, Wolsey, Fisher 1978). Ties go to the better document.
    """
    wanted = set(content_stems(query))
    total = mass(wanted, weights) or 1.0
    pool = [
        (rank, doc, doc.text[a:b].strip(), set(stems(doc.text[a:b])) & wanted)
        for rank, doc in enumerate(docs)
        for a, b in sentences(doc.text)
    ]
    covered: set[str] = set()
    chosen: list[Sentence] = []
    per_document: dict[str, int] = {}
    while pool and len(chosen) < limit:
        open_ones = [item for item in pool if per_document.get(item[1].id, 0) < MAX_PER_DOCUMENT]
        if not open_ones:
            break
        best = max(open_ones, key=lambda item: (mass(item[3] - covered, weights), -item[0]))
        gain = mass(best[3] - covered, weights) / total
        if gain <= 0 and chosen:
            break
        chosen.append(Sentence(best[1].id, best[2], round(gain, 6)))
        covered |= best[3]
        per_document[best[1].id] = per_document.get(best[1].id, 0) + 1
        pool.remove(best)
    return Text(tuple(chosen))


async def _summarize(call: ToolCall) -> Yielded:
    chosen = [call.docs[id] for id in call.inputs[0].ids if id in call.docs]
    query = call.args["query"]
    weights = (await call.toolbox.vocabulary()).weights(content_stems(query))
    terms = {term: value or 1.0 for term, value in weights.items()}
    return Yielded(summarize(chosen, query, terms, call.args.get("sentences", 5)))


SUMMARIZE = Tool(
    "summarize",
    "the sentences that answer best, each with the id it comes from",
    (
        Param("query", "string", required=True, minimum=1, maximum=4000),
        Param("sentences", "integer", minimum=1, maximum=20),
    ),
    "Text",
    _summarize,
    ("DocSet", "Groups"),
    1,
    1,
    cost=0.1,
)

"""Tools that ask the index: three searches, and reading by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.errors import ToolFailed
from agents.tools.evidence import DocSet, ScoredDocument
from agents.tools.port import Query, QueryMode
from agents.tools.tool import (
    DEFAULT_LIMIT,
    FILTER,
    LIMIT,
    QUERY,
    Param,
    Run,
    StepFault,
    Tool,
    ToolCall,
    Yielded,
)

PICTURES = ("text", "document_id", "goal_picture")
"""What a search by picture may start from; exactly one is given."""


def _by_words(mode: QueryMode) -> Run:
    async def run(call: ToolCall) -> Yielded:
        args = call.args
        return await _found(call, Query(mode, args["query"], **_bounds(args)))

    return run


async def _by_picture(call: ToolCall) -> Yielded:
    args = call.args
    if args.get("goal_picture") and call.picture is None:
        raise ToolFailed("no picture came with the goal", f"{call.step_id}.args.goal_picture")
    picture = call.picture if args.get("goal_picture") else None
    text, document_id = args.get("text"), args.get("document_id")
    return await _found(call, Query("image", text, document_id, picture, **_bounds(args)))


def _bounds(args: Mapping[str, Any]) -> dict[str, Any]:
    return {"filter": args.get("filter"), "limit": args.get("limit", DEFAULT_LIMIT)}


async def _found(call: ToolCall, query: Query) -> Yielded:
    found = await call.toolbox.search(query)
    hits = DocSet(tuple(ScoredDocument(doc.id, score) for doc, score in found.hits))
    return Yielded(hits, {doc.id: doc for doc, _ in found.hits}, found.index_version)


def _not_one_picture(args: Mapping[str, Any], inputs: int) -> StepFault | None:
    given = [name for name in PICTURES if args.get(name)]
    if len(given) == 1:
        return None
    message = (
        "search_image takes exactly one of text, document_id "
        f"and goal_picture, not {given or 'none'}"
    )
    return StepFault("type_mismatch" if given else "missing_input", message, "keep one")


async def _read(call: ToolCall) -> Yielded:
    docs = await call.toolbox.fetch(list(call.args["ids"]))
    # In the order asked for: whoever fetches puts the likeliest first.
    hits = DocSet(
        tuple(ScoredDocument(doc.id, 1.0 - at / len(docs)) for at, doc in enumerate(docs))
    )
    return Yielded(hits, {doc.id: doc for doc in docs})


SEARCH_TEXT = Tool(
    "search_text",
    "find documents by their words (BM25)",
    (QUERY, LIMIT, FILTER),
    "DocSet",
    _by_words("keyword"),
    calls=1,
    cost=1.0,
)
SEARCH_IMAGE = Tool(
    "search_image",
    "find documents by their pictures: from a text, from a stored picture or "
    "from the picture sent with the goal; give exactly one",
    (
        Param("text", "string", minimum=1, maximum=4000),
        Param("document_id", "string", minimum=1, maximum=256),
        Param("goal_picture", "boolean"),
        LIMIT,
        FILTER,
    ),
    "DocSet",
    _by_picture,
    calls=1,
    cost=1.0,
    fault=_not_one_picture,
)
SEARCH_HYBRID = Tool(
    "search_hybrid",
    "find documents by words and meaning together",
    (QUERY, LIMIT, FILTER),
    "DocSet",
    _by_words("hybrid"),
    calls=1,
    cost=1.0,
)
FETCH = Tool(
    "fetch",
    "read documents by id",
    (Param("ids", "strings", required=True, minimum=1, maximum=32),),
    "DocSet",
    _read,
    calls=1,
    cost=0.5,
)

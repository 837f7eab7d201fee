"""Tools over document sets: the operators as steps of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.lexicon.words import content_stems
from agents.tools import operators
from agents.tools.evidence import DocSet, Facets
from agents.tools.tool import LIMIT, QUERY, Param, Tool, ToolCall, Yielded, pure
from retrieval.filtering.parse import parse


def _filter(call: ToolCall) -> DocSet:
    return operators.keep(call.sets[0], call.docs, parse(call.args["filter"]))


def _exclude(call: ToolCall) -> DocSet:
    wanted, *others = call.sets
    unwanted = others[0] if others else None
    return operators.exclude(wanted, call.docs, call.args.get("terms", ()), unwanted)


def _combine(call: ToolCall) -> DocSet:
    given = call.args.get("weights", {})
    shares = [float(given.get(id, 1.0)) for id in call.input_ids]
    how = operators.COMBINE[call.args.get("method", "evidence")]
    return operators.first(how(call.sets, shares), call.args.get("limit"))


def _no_weights(given: Mapping[str, Any]) -> str | None:
    wrong = [key for key, value in given.items() if not operators.is_number(value)]
    return f"weights.{wrong[0]} is a number" if wrong else None


def _intersect(call: ToolCall) -> DocSet:
    return operators.first(operators.intersect(call.sets), call.args.get("limit"))


async def _rerank(call: ToolCall) -> Yielded:
    args, docs = call.args, call.sets[0]
    terms = (await call.toolbox.vocabulary()).weights(content_stems(args["query"]))
    old = args.get("old_weight", 1e-3)
    order = operators.rerank(docs, call.docs, args["query"], terms, old)
    return Yielded(operators.first(order, args.get("limit")))


def _diversify(call: ToolCall) -> DocSet:
    args = call.args
    mixed = operators.diversify(call.sets[0], call.docs, args["aspects"], args.get("balance", 0.5))
    return operators.first(mixed, args.get("limit"))


def _facets(call: ToolCall) -> Facets:
    return operators.facets(call.sets[0], call.docs, call.args["field"])


FILTER_SET = Tool(
    "filter",
    "keep the documents that pass a filter",
    (Param("filter", "filter", required=True),),
    "DocSet",
    pure(_filter),
    ("DocSet",),
    1,
    1,
    cost=0.05,
)
EXCLUDE = Tool(
    "exclude",
    "drop documents: those with one of the terms, and those of the second input "
    "that score higher there",
    (Param("terms", "strings", maximum=32),),
    "DocSet",
    pure(_exclude),
    ("DocSet",),
    1,
    2,
    cost=0.05,
)
COMBINE = Tool(
    "combine",
    "pool several document sets into one ranking",
    (
        Param("method", "string", choices=tuple(operators.COMBINE)),
        LIMIT,
        Param("weights", "object", problem=_no_weights),
    ),
    "DocSet",
    pure(_combine),
    ("DocSet",),
    1,
    64,
    cost=0.05,
)
INTERSECT = Tool(
    "intersect",
    "keep the documents that every input holds",
    (LIMIT,),
    "DocSet",
    pure(_intersect),
    ("DocSet",),
    2,
    16,
    cost=0.05,
)
RERANK = Tool(
    "rerank",
    "order documents by how much of a query's weighted terms they cover",
    (QUERY, LIMIT, Param("old_weight", "number", minimum=0, maximum=10)),
    "DocSet",
    _rerank,
    ("DocSet",),
    1,
    1,
    cost=0.05,
)
DIVERSIFY = Tool(
    "diversify",
    "order documents so that each adds an aspect (xQuAD)",
    (
        Param("aspects", "strings", required=True, minimum=1, maximum=32),
        LIMIT,
        Param("balance", "number", minimum=0, maximum=1),
    ),
    "DocSet",
    pure(_diversify),
    ("DocSet",),
    1,
    1,
    cost=0.05,
)
FACETS = Tool(
    "facets",
    "count the values of a field",
    (Param("field", "string", required=True, minimum=1, maximum=64),),
    "Facets",
    pure(_facets),
    ("DocSet",),
    1,
    1,
    cost=0.05,
)

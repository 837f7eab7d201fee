"""The tools a plan may call: arguments, inputs, result type and cost, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.errors import UnknownTool

OutType = Literal["DocSet", "Groups", "Facets", "Text"]
"""What a step yields: a ranked set of documents, combinations or partitions of documents,
counts of metadata values, or a text with citations."""

ParamType = Literal["string", "strings", "integer", "number", "boolean", "filter", "object"]


@dataclass(frozen=True, slots=True)
class Param:
    """One argument. ``minimum`` and ``maximum`` bound numbers, or the length of strings."""

    name: str
    type: ParamType
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    ``inputs`` are the types a step may take from earlier steps, between
    ``min_inputs`` and ``max_inputs`` of them. ``calls`` is how often it asks the
    index, ``cost`` what it costs at most (one search is 1.0).
    """

    name: str
    what: str
    params: tuple[Param, ...]
    returns: OutType
    inputs: tuple[OutType, ...] = ()
    min_inputs: int = 0
    max_inputs: int = 0
    calls: int = 0
    cost: float = 0.0
    read_only: bool = True

    def param(self, name: str) -> Param | None:
        """Return a parameter by name, None if there is none."""
        return next((param for param in self.params if param.name == name), None)

    def schema(self) -> dict[str, Any]:
        """Return the arguments as JSON Schema; no ``$ref``, nothing recursive."""
        return {
            "type": "object",
            "properties": {param.name: _schema(param) for param in self.params},
            "required": [param.name for param in self.params if param.required],
            "additionalProperties": False,
        }


def _schema(param: Param) -> dict[str, Any]:
    if param.type == "strings":
        return {"type": "array", "items": {"type": "string"}, "maxItems": int(param.maximum or 64)}
    if param.type in ("filter", "object"):
        return {"type": "object"}
    schema: dict[str, Any] = {"type": param.type}
    if param.choices:
        schema["enum"] = list(param.choices)
    low, high = ("minLength", "maxLength") if param.type == "string" else ("minimum", "maximum")
    if param.minimum is not None:
        schema[low] = param.minimum
    if param.maximum is not None:
        schema[high] = param.maximum
    return schema


MAX_STEP_LIMIT = 200
_QUERY = Param("query", "string", required=True, minimum=1, maximum=4000)
_LIMIT = Param("limit", "integer", minimum=1, maximum=MAX_STEP_LIMIT)
_FILTER = Param("filter", "filter")


_ALL = (
    Tool("search_text", "find documents by their words (BM25)",
         (_QUERY, _LIMIT, _FILTER), "DocSet", calls=1, cost=1.0),
    Tool("search_image", "find documents by their pictures: from a text, from a stored picture or "
         "from the picture sent with the goal; give exactly one",
         (Param("text", "string", minimum=1, maximum=4000),
          Param("document_id", "string", minimum=1, maximum=256),
          Param("goal_picture", "boolean"), _LIMIT, _FILTER), "DocSet", calls=1, cost=1.0),
    Tool("search_hybrid", "find documents by words and meaning together",
         (_QUERY, _LIMIT, _FILTER), "DocSet", calls=1, cost=1.0),
    Tool("filter", "keep the documents that pass a filter",
         (Param("filter", "filter", required=True),), "DocSet", ("DocSet",), 1, 1, cost=0.05),
    Tool("exclude", "drop documents: those with one of the terms, and those of the second input "
         "that score higher there",
         (Param("terms", "strings", maximum=32),), "DocSet", ("DocSet",), 1, 2, cost=0.05),
    Tool("combine", "pool several document sets into one ranking",
         (Param("method", "string", choices=("evidence", "rrf", "max")), _LIMIT,
          Param("weights", "object")),
         "DocSet", ("DocSet",), 1, 64, cost=0.05),
    Tool("intersect", "keep the documents that every input holds",
         (_LIMIT,), "DocSet", ("DocSet",), 2, 16, cost=0.05),
    Tool("rerank", "order documents by how much of a query's weighted terms they cover",
         (_QUERY, _LIMIT, Param("old_weight", "number", minimum=0, maximum=10)),
         "DocSet", ("DocSet",), 1, 1, cost=0.05),
    Tool("diversify", "order documents so that each adds an aspect (xQuAD)",
         (Param("aspects", "strings", required=True, minimum=1, maximum=32), _LIMIT,
          Param("balance", "number", minimum=0, maximum=1)),
         "DocSet", ("DocSet",), 1, 1, cost=0.05),
    Tool("group", "one input: partition by a field; several: choose one document from each, "
         "subject to relations between them",
         (Param("by", "string", minimum=1, maximum=64), Param("same", "strings", maximum=8),
          Param("different", "strings", maximum=8), Param("totals", "object"),
          Param("labels", "strings", maximum=16), _LIMIT),
         "Groups", ("DocSet",), 1, 8, cost=0.1),
    Tool("facets", "count the values of a field",
         (Param("field", "string", required=True, minimum=1, maximum=64),),
         "Facets", ("DocSet",), 1, 1, cost=0.05),
    Tool("fetch", "read documents by id",
         (Param("ids", "strings", required=True, minimum=1, maximum=32),),
         "DocSet", calls=1, cost=0.5),
    Tool("summarize", "the sentences that answer best, each with the id it comes from",
         (Param("query", "string", required=True, minimum=1, maximum=4000),
          Param("sentences", "integer", minimum=1, maximum=20)),
         "Text", ("DocSet", "Groups"), 1, 1, cost=0.1),
)  # fmt: skip

REGISTRY: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}
"""Every tool by name."""


def tool_named(name: str, where: str = "tools") -> Tool:
    """Return a tool of the registry.

    Raises:
        UnknownTool: There is none of this name.
    """
    if name not in REGISTRY:
        known = ", ".join(sorted(REGISTRY))
        raise UnknownTool(f"unknown tool {name[:80]!r}; known: {known}", where)
    return REGISTRY[name]


def allowed_tools(names: list[str] | tuple[str, ...] | None) -> frozenset[str]:
    """Return the names a request allows; None allows all.

    Raises:
        UnknownTool: One of them is not in the registry.
    """
    if names is None:
        return frozenset(REGISTRY)
    return frozenset(tool_named(name, f"tools.{i}").name for i, name in enumerate(names))

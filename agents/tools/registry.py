"""The tools a plan may call, in the order in which callers are told of them."""

from __future__ import annotations

from agents.errors import UnknownTool
from agents.tools.figures import AGGREGATE, SORT
from agents.tools.grouping import GROUP
from agents.tools.searches import FETCH, SEARCH_HYBRID, SEARCH_IMAGE, SEARCH_TEXT
from agents.tools.sets import COMBINE, DIVERSIFY, EXCLUDE, FACETS, FILTER_SET, INTERSECT, RERANK
from agents.tools.summary import SUMMARIZE
from agents.tools.tool import Tool

TOOLS = (
    SEARCH_TEXT,
    SEARCH_IMAGE,
    SEARCH_HYBRID,
    FILTER_SET,
    EXCLUDE,
    COMBINE,
    INTERSECT,
    RERANK,
    DIVERSIFY,
    GROUP,
    FACETS,
    SORT,
    AGGREGATE,
    FETCH,
    SUMMARIZE,
)

REGISTRY: dict[str, Tool] = {tool.name: tool for tool in TOOLS}
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

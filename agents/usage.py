"""What work costs, in the units budgets are kept in."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """An amount of work. ``tool_calls`` are calls to the index; local operators make none.

    ``cost`` is in the registry's unit: one search is 1.0.
    """

    nodes: int = 0
    tool_calls: int = 0
    llm_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: ResourceUsage) -> ResourceUsage:
        return ResourceUsage(
            self.nodes + other.nodes,
            self.tool_calls + other.tool_calls,
            self.llm_tokens + other.llm_tokens,
            self.cost + other.cost,
        )

    def __sub__(self, other: ResourceUsage) -> ResourceUsage:
        return ResourceUsage(
            self.nodes - other.nodes,
            self.tool_calls - other.tool_calls,
            self.llm_tokens - other.llm_tokens,
            self.cost - other.cost,
        )

    def to_json(self) -> dict[str, float]:
        """Return the amounts by name."""
        return asdict(self)

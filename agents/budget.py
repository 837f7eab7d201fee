"""Budgets: reserved before work is dispatched, refunded after, so that nobody overspends."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from agents.errors import BudgetExceeded, InvalidBudget
from agents.usage import ResourceUsage

T = TypeVar("T")
U = TypeVar("U")

Clock = Callable[[], float]
"""Seconds that only ever grow, such as ``time.monotonic``."""

CAPS: dict[str, float] = {
    "max_nodes": 4096,
    "max_depth": 16,
    "beam_width": 64,
    "branching": 256,
    "level_width": 4096,
    "max_tool_calls": 1024,
    "max_tokens": 1_000_000,
    "max_cost": 10_000.0,
    "deadline_ms": 120_000,
}
"""The largest value of each bound; beyond it a request is refused."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds of one run; every one is at least 1.

    Args:
        max_nodes: Nodes of the tree, the root among them.
        max_depth: Thoughts on the longest path.
        beam_width: Nodes kept per level.
        branching: Thoughts tried per node.
        level_width: Thoughts tried per level over all nodes; the best by prior are.
        max_tool_calls: Calls to the index.
        max_tokens: Tokens of a language model.
        max_cost: In the unit of the tool registry (one search is 1.0).
        deadline_ms: Wall time of the whole run.
    """

    max_nodes: int = 64
    max_depth: int = 3
    beam_width: int = 5
    branching: int = 5
    level_width: int = 5
    max_tool_calls: int = 40
    max_tokens: int = 50_000
    max_cost: float = 100.0
    deadline_ms: int = 10_000

    def __post_init__(self) -> None:
        for name, cap in CAPS.items():
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or not 1 <= value <= cap:
                raise InvalidBudget(f"{name} lies in 1..{cap:g}: {value!r}", f"budget.{name}")
            if name != "max_cost" and not isinstance(value, int):
                raise InvalidBudget(f"{name} is a whole number: {value!r}", f"budget.{name}")

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Budget:
        """Return the budget of a request; bounds that are missing or null keep their default.

        Raises:
            InvalidBudget: An unknown bound, or one outside its range.
        """
        known = {field.name for field in fields(cls)}
        for name in data:
            if name not in known:
                raise InvalidBudget(f"unknown bound {name!r}", f"budget.{name}")
        return cls(**{k: v for k, v in data.items() if v is not None})  # pyright: ignore

    def to_json(self) -> dict[str, float]:
        """Return the bounds by name."""
        return asdict(self)


_BOUNDS = {
    "nodes": "max_nodes",
    "tool_calls": "max_tool_calls",
    "llm_tokens": "max_tokens",
    "cost": "max_cost",
}
STOP_REASON = {
    "nodes": "budget_nodes",
    "tool_calls": "budget_tool_calls",
    "llm_tokens": "budget_tokens",
    "cost": "budget_cost",
}


class Ledger:
    """What a run has spent and promised. Owned by the coordinator, on one event loop.

    ``spent`` plus ``reserved`` never exceeds the budget, whatever branches report.
    """

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self.budget = budget
        self.spent = ResourceUsage()
        self.reserved = ResourceUsage()
        self._clock = clock
        self._start_s = clock()

    def elapsed_s(self) -> float:
        """Return the seconds since the run began."""
        return self._clock() - self._start_s

    def remaining_s(self) -> float:
        """Return the seconds up to the deadline, at least 0."""
        return max(0.0, self.budget.deadline_ms / 1000 - self.elapsed_s())

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining_s() <= 0.0

    async def within(self, work: Awaitable[T], otherwise: U) -> T | U:
        """Return what ``work`` yields, or ``otherwise`` where the deadline comes first."""
        try:
            async with asyncio.timeout(self.remaining_s()):
                return await work
        except TimeoutError:
            return otherwise

    def left(self) -> ResourceUsage:
        """Return what can still be reserved."""
        bounds = ResourceUsage(
            self.budget.max_nodes,
            self.budget.max_tool_calls,
            self.budget.max_tokens,
            float(self.budget.max_cost),
        )
        return bounds - self.spent - self.reserved

    def short_of(self, amount: ResourceUsage) -> str | None:
        """Return the first unit in which ``amount`` does not fit, None if it fits."""
        left = self.left()
        for unit in _BOUNDS:
            # A cost is a sum of floats: a billionth over is rounding, not overspending.
            if getattr(amount, unit) > getattr(left, unit) + (1e-9 if unit == "cost" else 0):
                return unit
        return None

    def reserve(self, amount: ResourceUsage) -> ResourceUsage:
        """Set ``amount`` aside and return it, to be handed to ``settle``.

        Raises:
            BudgetExceeded: It does not fit; nothing was set aside.
        """
        unit = self.short_of(amount)
        if unit is not None:
            bound = _BOUNDS[unit]
            raise BudgetExceeded(f"{bound} leaves {getattr(self.left(), unit)} {unit}", unit)
        self.reserved = self.reserved + amount
        return amount

    def settle(self, reserved: ResourceUsage, used: ResourceUsage) -> None:
        """Book what was used of a reservation and refund the rest.

        A branch that reports more than it was promised is booked at its promise:
        the bound holds here, and the branch is the one that broke it.
        """
        self.reserved = self.reserved - reserved
        self.spent = self.spent + ResourceUsage(
            min(used.nodes, reserved.nodes),
            min(used.tool_calls, reserved.tool_calls),
            min(used.llm_tokens, reserved.llm_tokens),
            min(used.cost, reserved.cost),
        )

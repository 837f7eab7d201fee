"""What reflection needs of the thing it looks at, be it a plan or an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.budget import Ledger
from agents.evaluation.claims import Claim
from agents.plans.defects import Defect


@dataclass(frozen=True, slots=True)
class Review:
    """One version of a plan or an answer, judged.

    Args:
        key: Equal for versions that are the same; no version is tried twice.
        defects: All of them.
        score: Of its evidence; only compared between versions of one input.
        cost: What running it takes.
        revised: The version as an answer shows it: a plan as JSON, or a text.
        claims: Of an answer.
        results: Documents it yields.
    """

    key: str
    defects: Sequence[Defect]
    score: float
    cost: float
    revised: Any
    claims: Sequence[Claim] = ()
    results: tuple[Mapping[str, Any], ...] = ()


class Reviewer(Protocol):
    """Judges the first version and makes others. ``stopped`` says why it could not."""

    ledger: Ledger
    stopped: str | None
    degraded: str | None

    async def first(self) -> Review:
        """Return the input, judged."""
        ...

    async def revise(self, version: Review) -> Review | None:
        """Return another version, None where there is none to try."""
        ...

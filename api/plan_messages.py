"""What travels between the routes of `/agents` and the planner behind them: plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.reflection.request import ReflectRequest
from agents.requests import PlanRequest
from reliability.books.quota import Account


@dataclass(frozen=True, slots=True)
class PlanCommand:
    """A checked plan request and whose it is.

    Args:
        request: For the planner.
        engine: ``auto``, ``embedded`` or ``llm``.
        owner: The client's name; nobody else may follow the run.
        left_s: Seconds that the HTTP request has left.
        remember: Write the finished plan into its namespace.
        account: To which that writing counts.
    """

    request: PlanRequest
    engine: str = "auto"
    owner: str = ""
    left_s: float = 120.0
    remember: bool = False
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class ReflectCommand:
    """A checked reflect request; ``left_s``, ``remember`` and ``account`` as for plans."""

    request: ReflectRequest
    left_s: float = 120.0
    remember: bool = False
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event of a run; ``seq`` counts from 1, ``data`` is JSON text."""

    seq: int
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events of a run that come after the one a reader named.

    Args:
        run_id: The run.
        namespace: What it reads.
        events: In order; none if nothing happened in time.
        missed: Events that are no longer kept, between the reader's last and the first here.
        finished: Nothing comes after these.
    """

    run_id: str
    namespace: str
    events: Sequence[RunEvent] = field(default_factory=tuple)
    missed: int = 0
    finished: bool = False


AnswerBody = dict[str, Any]
"""The body of an answer, as the HTTP contract has it."""

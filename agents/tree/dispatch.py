"""Sending a level's branches out and bringing them home: reservations, deadline, cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic

from agents.budget import STOP_REASON, Ledger
from agents.tree.branch import BranchExecutor, BranchResult, BranchTask
from agents.tree.problem import Allowance, S
from agents.tree.thoughts import Thought
from agents.usage import ResourceUsage


@dataclass(frozen=True, slots=True)
class BranchOutcome(Generic[S]):
    """One branch come home: its result, or why there is none."""

    result: BranchResult[S] | None
    error: str | None = None


class Dispatcher(Generic[S]):
    """Reserves, sends and settles. ``stopped`` holds the first reason to end the run.

    Args:
        executor: Where branches run.
        ledger: Of the whole run.
        brief: Handed to every branch.
        thinking: The most that judging one state and proposing ``width`` thoughts uses.
        cancelled: When set, the run ends with what it has.
    """

    def __init__(
        self,
        executor: BranchExecutor[S],
        ledger: Ledger,
        brief: Any,
        thinking: Callable[[int], ResourceUsage],
        cancelled: asyncio.Event | None = None,
    ) -> None:
        self.ledger = ledger
        self.stopped: str | None = None
        self.degraded: str | None = None
        self._executor = executor
        self._brief = brief
        self._thinking = thinking
        self._cancelled = cancelled

    def affordable(self, thoughts: Sequence[Thought], width: int) -> int:
        """Return how many of ``thoughts``, from the front, still fit; notes what ran out."""
        if self.halted():
            return 0
        total = ResourceUsage()
        for count, thought in enumerate(thoughts):
            total = total + self._price(thought, width)
            short = self.ledger.short_of(total)
            if short is not None:
                self.stopped = self.stopped or STOP_REASON[short]
                return count
        return len(thoughts)

    def halted(self) -> bool:
        """Return whether the deadline or the caller ended the run; notes which."""
        if self._cancelled is not None and self._cancelled.is_set():
            self.stopped = self.stopped or "cancelled"
        elif self.ledger.expired:
            self.stopped = self.stopped or "deadline"
        return self.stopped in ("cancelled", "deadline")

    async def send(
        self, branches: Sequence[tuple[S, Sequence[Thought]]], width: int, propose: bool
    ) -> list[BranchOutcome[S]]:
        """Run branches side by side and return an outcome for each, in their order.

        The caller has asked ``affordable`` before. A branch that fails, is late or is
        cancelled is booked at its whole reservation: it may have used it.
        """
        jobs: list[tuple[asyncio.Task[BranchResult[S]], ResourceUsage]] = []
        for state, thoughts in branches:
            price = reduce(
                ResourceUsage.__add__, (self._price(t, width) for t in thoughts), ResourceUsage()
            )
            reserved = self.ledger.reserve(price)
            allowance = Allowance(reserved, self.ledger.remaining_s())
            task = BranchTask(self._brief, state, tuple(thoughts), width, propose, allowance)
            jobs.append((asyncio.create_task(self._executor.expand(task)), reserved))
        try:
            await self._wait([job for job, _ in jobs])
        finally:
            outcomes = [self._settle(job, reserved) for job, reserved in jobs]
        self.halted()
        return outcomes

    async def _wait(self, jobs: Sequence[asyncio.Task[Any]]) -> None:
        """Wait for all jobs, the deadline or the caller; what is not done is cancelled."""
        watch: set[asyncio.Task[Any]] = set()
        if self._cancelled is not None:
            watch.add(asyncio.create_task(self._cancelled.wait()))
        pending: set[asyncio.Task[Any]] = set(jobs)
        try:
            while pending:
                done, _ = await asyncio.wait(
                    pending | watch,
                    timeout=self.ledger.remaining_s(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                pending -= done
                if not done or done & watch:
                    return
        finally:
            for task in pending | watch:
                task.cancel()
            await asyncio.gather(*pending, *watch, return_exceptions=True)

    def _settle(
        self, job: asyncio.Task[BranchResult[S]], reserved: ResourceUsage
    ) -> BranchOutcome[S]:
        if job.cancelled() or not job.done():
            self.ledger.settle(reserved, reserved)
            return BranchOutcome(None, "cancelled" if self._was_cancelled() else "deadline")
        error = job.exception()
        if error is not None:
            # A lost replica or a bug in a tool costs this branch, not the run.
            self.ledger.settle(reserved, reserved)
            return BranchOutcome(None, f"{type(error).__name__}: {error}"[:300])
        result = job.result()
        self.ledger.settle(reserved, result.usage)
        self.degraded = self.degraded or result.degraded
        return BranchOutcome(result)

    def _was_cancelled(self) -> bool:
        return self._cancelled is not None and self._cancelled.is_set()

    def _price(self, thought: Thought, width: int) -> ResourceUsage:
        return thought.estimate + self._thinking(width)

"""Admission on one ingress replica: the lease book first, then the authority, else its own share.

Whatever waits while one question is on its way travels together in the next one, so a replica
has one call in flight however many clients come at once.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from reliability.errors import AuthorityDown, CostExceedsBurst
from reliability.limits.lease_book import LeaseBook, Verdict
from reliability.limits.leases import Authority, LeaseRequest
from reliability.limits.limiter_counts import LimiterCounts
from reliability.limits.local_share import LocalShare
from reliability.limits.token_bucket import US, Policy

log = logging.getLogger("brainwav.reliability")

REPORT_S = 2.0
"""A replica says at least so often that it is there; the authority counts them."""
SWEEP_S = 0.25
RETRY_AUTHORITY_US = US // 2
"""How long a silent authority is left alone."""
MOST_ROUNDS = 3


@dataclass(slots=True)
class _Waiting:
    key: str
    policy: Policy
    cost: int
    verdict: "asyncio.Future[Verdict]"
    rounds: int = 0


class Limiter:
    """Decides requests by client and route class."""

    def __init__(
        self, authority: Authority, replica: str, now_us: Callable[[], int], least_replicas: int = 1
    ) -> None:
        self.counts = LimiterCounts()
        self.least_replicas = least_replicas
        """At least so many replicas share a limit while the authority is silent."""
        self._authority = authority
        self._replica = replica
        self._now_us = now_us
        self._book = LeaseBook()
        self._share = LocalShare()
        self._replicas = 1
        self._life = 0
        self._waiting: list[_Waiting] = []
        self._asking: asyncio.Task[None] | None = None
        self._reporting: asyncio.Task[None] | None = None
        self._silent_until_us = 0
        self._silent = False

    @property
    def degraded(self) -> bool:
        """Whether the authority was silent when it was last asked."""
        return self._silent

    async def admit(self, key: str, policy: Policy, cost: int) -> Verdict:
        """Take ``cost`` tokens of ``key``.

        Raises:
            CostExceedsBurst: More than the bucket ever holds.
        """
        if cost > policy.burst:
            raise CostExceedsBurst(
                f"the request costs {cost} of the {policy.burst} tokens that limit "
                f"{policy.name!r} ever holds; split it"
            )
        verdict = self._book.take(key, policy, cost, self._now_us())
        if verdict is None:
            verdict = await self._ask(_Waiting(key, policy, cost, _future()))
        self.counts.note(verdict)
        return verdict

    def give_back(self, key: str, tokens: int) -> None:
        """Return tokens of a request that was not served after all."""
        self._book.give_back(key, tokens, self._now_us())

    def start_reporting(self) -> None:
        """Say now and then that this replica is there, and return expired leases."""
        if self._reporting is None or self._reporting.done():
            self._reporting = asyncio.create_task(self._report_forever())

    async def close(self) -> None:
        """End the background tasks."""
        for task in (self._reporting, self._asking):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _ask(self, waiting: _Waiting) -> Verdict:
        if self._silent:
            # Nobody waits for a silent authority; the reporting task notices its return.
            return self._own(waiting)
        self._waiting.append(waiting)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._answer_all())
        return await waiting.verdict

    async def _answer_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            # Callers that hung up meanwhile need no tokens.
            group = [waiting for waiting in group if not waiting.verdict.done()]
            requests = self._requests(group)
            if await self._settle(requests):
                self._settle_group(group)
            else:
                for waiting in group:
                    _resolve(waiting, self._own(waiting))

    def _requests(self, group: list[_Waiting]) -> list[LeaseRequest]:
        now_us = self._now_us()
        requests: dict[str, LeaseRequest] = {}
        for waiting in group:
            key, first = waiting.key, requests.get(waiting.key)
            if first is None:
                need = max(1, waiting.cost - self._book.leased(key, now_us))
                ahead = self._book.appetite(key, waiting.policy.burst // (2 * self._replicas))
                requests[key] = LeaseRequest(key, waiting.policy, need, max(need, ahead))
            else:
                want = first.want + waiting.cost
                requests[key] = LeaseRequest(key, first.policy, first.need, want)
        return list(requests.values())

    async def _settle(self, requests: list[LeaseRequest]) -> bool:
        asked_us = self._now_us()
        self.counts.questions += 1
        owed = self._share.owed(self._life)
        try:
            reports = [*self._book.returns(asked_us), *owed]
            settlement = await self._authority.settle(self._replica, requests, reports)
        # Whatever broke, clients are answered. What was to be returned is lost with the
        # call: fewer tokens, never more.
        except Exception as error:
            if not isinstance(error, AuthorityDown):
                log.exception("limiter.question_failed")
            self._fall_silent()
            return False
        self._silent = False
        self._share.told(owed)
        self._replicas, self._life = settlement.replicas, settlement.life
        now_us = self._now_us()
        for request, answer in zip(requests, settlement.answers, strict=True):
            self._book.record(request.key, answer, request.need, asked_us, now_us)
        return True

    def _fall_silent(self) -> None:
        self.counts.failures += 1
        if not self._silent:
            self.counts.silences += 1
            self._share.begin()
        self._silent = True
        self._silent_until_us = self._now_us() + RETRY_AUTHORITY_US
        self.start_reporting()

    def _settle_group(self, group: list[_Waiting]) -> None:
        for waiting in group:
            verdict = self._book.take(waiting.key, waiting.policy, waiting.cost, self._now_us())
            if verdict is not None:
                _resolve(waiting, verdict)
                continue
            # Those before it in the group had the tokens: ask again, in its own name.
            waiting.rounds += 1
            if waiting.rounds < MOST_ROUNDS:
                self._waiting.append(waiting)
            else:
                retry_us = waiting.policy.wait_us(waiting.cost * waiting.policy.period_us)
                _resolve(waiting, Verdict(False, waiting.policy, 0, retry_us, retry_us))

    def _own(self, waiting: _Waiting) -> Verdict:
        replicas = max(self._replicas, self.least_replicas)
        return self._share.take(waiting.key, waiting.policy, waiting.cost, replicas, self._now_us())

    async def _report_forever(self) -> None:
        last_us = -US * 60
        while True:
            now_us = self._now_us()
            due = now_us - last_us >= REPORT_S * US
            if due or len(self._book):
                idle = self._asking is None or self._asking.done()
                if idle and now_us >= self._silent_until_us:
                    await self._settle([])
                    last_us = now_us
            await asyncio.sleep(SWEEP_S)


def _future() -> "asyncio.Future[Verdict]":
    return asyncio.get_running_loop().create_future()


def _resolve(waiting: _Waiting, verdict: Verdict) -> None:
    if not waiting.verdict.done():
        waiting.verdict.set_result(verdict)

"""A replica's limiter: leases, questions that travel together, and its own share."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from reliability.deadline import left_s, within
from reliability.errors import AuthorityDown, CostExceedsBurst, QueueIsFull, TooManyAtOnce
from reliability.limits.concurrency import ConcurrencyLimit
from reliability.limits.in_process import InProcessAuthority
from reliability.limits.leases import LeaseRequest, Owed, Returned, Settlement
from reliability.limits.limiter import Limiter
from reliability.limits.token_bucket import US, Policy

EMBED = Policy("embed", 60, 60, 60)
FAST = Policy("search", 6000, 60, 6000)


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.us = US

    def __call__(self) -> int:
        return self.us


class Watched:
    """An in-process authority that counts questions and can be silent."""

    def __init__(self, clock: Clock) -> None:
        self._inner = InProcessAuthority(clock)
        self.rounds: list[Sequence[LeaseRequest]] = []
        self.silent = False

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned | Owed]
    ) -> Settlement:
        await asyncio.sleep(0)
        if self.silent:
            raise AuthorityDown("silent")
        self.rounds.append(requests)
        return await self._inner.settle(replica, requests, returned)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def limiter(clock: Clock, replicas: int = 1) -> tuple[Limiter, Watched]:
    authority = Watched(clock)
    return Limiter(authority, "a", clock, replicas), authority


def test_a_lease_answers_without_a_question() -> None:
    """Twenty-five requests at 100 a second need one."""

    async def main() -> None:
        limits, authority = limiter(Clock())
        for _ in range(25):
            assert (await limits.admit("k", FAST, 1)).allowed
        assert len(authority.rounds) == 1

    run(main())


def test_a_client_in_a_hurry_asks_ever_less_and_its_rest_goes_back() -> None:
    """Leases double while they are spent in time, up to half of the bucket."""

    async def main() -> None:
        clock = Clock()
        limits, authority = limiter(clock)
        policy = Policy("search", 600, 60, 600)
        for _ in range(500):
            assert (await limits.admit("k", policy, 1)).allowed
        wanted = [requests[0].want for requests in authority.rounds]
        assert wanted[1:6] == [4, 8, 16, 32, 64]
        assert max(wanted) <= policy.burst // 2
        assert len(wanted) <= 10
        clock.us += 2 * US
        limits._book.returns(clock.us)
        assert limits._book.appetite("k", 300) == 0

    run(main())


def test_a_denial_is_repeated_until_it_is_over_and_then_the_client_gets_in() -> None:
    """Waiting exactly as told is enough."""

    async def main() -> None:
        clock = Clock()
        limits, authority = limiter(clock)
        for _ in range(60):
            assert (await limits.admit("k", EMBED, 1)).allowed
        refused = await limits.admit("k", EMBED, 1)
        asked = len(authority.rounds)
        for _ in range(100):
            assert not (await limits.admit("k", EMBED, 1)).allowed
        assert len(authority.rounds) == asked
        assert refused.retry_in_us == US
        clock.us += refused.retry_in_us
        assert (await limits.admit("k", EMBED, 1)).allowed

    run(main())


def test_callers_that_wait_together_travel_together() -> None:
    """A hundred clients at once cost two questions, not a hundred."""

    async def main() -> None:
        limits, authority = limiter(Clock())
        verdicts = await asyncio.gather(*(limits.admit(f"k{n}", EMBED, 1) for n in range(100)))
        assert [verdict.allowed for verdict in verdicts] == [True] * 100
        assert len(authority.rounds) <= 2

    run(main())


def test_one_client_at_once_gets_its_burst_and_no_more() -> None:
    """A hundred requests of one client at the same moment."""

    async def main() -> None:
        limits, _ = limiter(Clock())
        verdicts = await asyncio.gather(*(limits.admit("k", EMBED, 1) for _ in range(100)))
        assert sum(verdict.allowed for verdict in verdicts) == 60

    run(main())


def test_a_batch_costs_its_items_and_waits_for_all_of_them() -> None:
    """A denied batch does not lock out what is cheaper."""

    async def main() -> None:
        clock = Clock()
        limits, _ = limiter(clock)
        assert (await limits.admit("k", EMBED, 50)).allowed
        refused = await limits.admit("k", EMBED, 20)
        assert not refused.allowed
        assert (await limits.admit("k", EMBED, 5)).allowed
        again = await limits.admit("k", EMBED, 20)
        clock.us += again.retry_in_us
        assert (await limits.admit("k", EMBED, 20)).allowed
        with pytest.raises(CostExceedsBurst, match="61 of the 60"):
            await limits.admit("k", EMBED, 61)

    run(main())


def test_tokens_given_back_are_spent_by_the_next() -> None:
    """A request that was not served costs nothing."""

    async def main() -> None:
        limits, _ = limiter(Clock())
        for _ in range(60):
            await limits.admit("k", EMBED, 1)
        limits.give_back("k", 1)
        assert (await limits.admit("k", EMBED, 1)).allowed
        assert not (await limits.admit("k", EMBED, 1)).allowed

    run(main())


def test_a_silent_authority_leaves_each_replica_its_share() -> None:
    """One lease at once, then rate/replicas, flagged as degraded and counted."""

    async def main() -> None:
        clock = Clock()
        limits, authority = limiter(clock, replicas=4)
        authority.silent = True
        verdicts = [await limits.admit("k", EMBED, 1) for _ in range(10)]
        assert [verdict.allowed for verdict in verdicts] == [True] + [False] * 9
        assert all(verdict.degraded for verdict in verdicts)
        assert verdicts[1].retry_in_us == 4 * US
        clock.us += 4 * US
        assert (await limits.admit("k", EMBED, 1)).allowed
        assert limits.counts.total("degraded") == 11
        assert limits.counts.failures == 1
        assert limits.degraded
        assert limits.counts.silences == 1
        await limits.close()

    run(main())


def test_what_was_admitted_unheard_is_owed_to_an_authority_that_was_there() -> None:
    """Another replica gets the rest of the bucket, and no more."""

    async def main() -> None:
        clock = Clock()
        limits, authority = limiter(clock, replicas=4)
        other = Limiter(authority, "b", clock, 4)
        assert (await limits.admit("k", EMBED, 1)).allowed
        limits._book.returns(clock.us)
        authority.silent = True
        assert sum([(await limits.admit("k", EMBED, 1)).allowed for _ in range(20)]) >= 1
        alone = limits.counts.by_limit()["embed", "allowed"]
        authority.silent = False
        assert await limits._settle([])
        verdicts = [await other.admit("k", EMBED, 1) for _ in range(70)]
        held = limits._book.leased("k", clock.us)
        assert sum(verdict.allowed for verdict in verdicts) + alone + held == 60
        assert limits._share.owed(0) == []
        await limits.close()

    run(main())


def test_the_gate_counts_who_is_inside() -> None:
    """Places of one client, then places at all; leaving makes room."""
    gate = ConcurrencyLimit(most=2, most_per_client=1)
    with gate.enter("a"):
        with pytest.raises(TooManyAtOnce), gate.enter("a"):
            pass
        with gate.enter("b"), pytest.raises(QueueIsFull), gate.enter("c"):
            pass
        with gate.enter("c"):
            pass
    assert gate.running == 0
    assert gate.turned_away == 2


def test_an_inner_deadline_never_outlives_an_outer_one() -> None:
    """What a call may take is the least of all that were set."""
    assert left_s(30.0) == 30.0
    with within(10.0):
        with within(60.0):
            assert left_s(30.0) <= 10.0
        with within(0.0):
            assert left_s(30.0) == 0.0
    assert left_s(30.0) == 30.0


def test_decisions_are_counted_by_class_and_outcome() -> None:
    """Degraded ones beside what they decided; repeated denials of a proxy among the denied."""

    async def main() -> None:
        clock = Clock()
        limits, authority = limiter(clock, replicas=4)
        await limits.admit("search|k", FAST, 1)
        authority.silent = True
        for _ in range(3):
            await limits.admit("embed|k", EMBED, 1)
        limits.counts.note_denied("search", 5)
        assert limits.counts.by_limit() == {
            ("search", "allowed"): 1,
            ("search", "denied"): 5,
            ("embed", "allowed"): 1,
            ("embed", "denied"): 2,
            ("embed", "degraded"): 3,
        }
        await limits.close()

    run(main())

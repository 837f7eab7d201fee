"""A second try where the first keeps silent: its answer, its cost, what it leaves behind."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deployments.calls.hedges import EARNED, MOST, HedgeBudget, hedged

NEVER_S, AT_ONCE_S = 3600.0, 0.0


class Tries:
    """Each try does what the list says next; those that are cancelled are counted."""

    def __init__(self, *each: Callable[[], Awaitable[str]]) -> None:
        self._each = list(each)
        self.begun = self.cancelled = 0

    async def __call__(self) -> str:
        self.begun += 1
        try:
            return await self._each.pop(0)()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def silent() -> str:
    return await asyncio.get_running_loop().create_future()


async def good() -> str:
    return "answer"


async def refused() -> str:
    raise ValueError("refused")


def test_an_answer_in_time_is_tried_once() -> None:
    tries, budget = Tries(good), HedgeBudget()
    assert asyncio.run(hedged(tries, budget, NEVER_S)) == "answer"
    assert (tries.begun, budget.spent) == (1, 0)


def test_a_silent_first_try_costs_no_deadline_and_is_cancelled() -> None:
    tries, budget = Tries(silent, good), HedgeBudget()
    assert asyncio.run(hedged(tries, budget, AT_ONCE_S)) == "answer"
    assert (tries.begun, tries.cancelled, budget.spent) == (2, 1, 1)


def test_an_error_in_time_is_the_answer() -> None:
    """A refusal is none the better for being asked for twice."""
    tries = Tries(refused)
    with pytest.raises(ValueError, match="refused"):
        asyncio.run(hedged(tries, HedgeBudget(), NEVER_S))
    assert tries.begun == 1


def test_a_second_try_that_fails_leaves_the_first_its_time() -> None:
    async def run() -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def later() -> str:
            return await answer

        async def fails() -> str:
            asyncio.get_running_loop().call_soon(answer.set_result, "late")
            raise OSError("lost")

        return await hedged(Tries(later, fails), HedgeBudget(), AT_ONCE_S)

    assert asyncio.run(run()) == "late"


def test_where_both_fail_the_first_ones_error_is_told() -> None:
    async def run() -> str:
        go = asyncio.Event()

        async def fails_later() -> str:
            await go.wait()
            raise ValueError("first")

        async def fails() -> str:
            go.set()
            raise OSError("second")

        return await hedged(Tries(fails_later, fails), HedgeBudget(), AT_ONCE_S)

    with pytest.raises(ValueError, match="first"):
        asyncio.run(run())


def test_whoever_hangs_up_leaves_nothing_running() -> None:
    async def run(both: asyncio.Event) -> None:
        async def silent_too() -> str:
            both.set()
            return await silent()

        nonlocal tries
        tries = Tries(silent, silent_too)
        asked = asyncio.ensure_future(hedged(tries, HedgeBudget(), AT_ONCE_S))
        await both.wait()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)

    tries = Tries()
    asyncio.run(run(asyncio.Event()))
    assert tries.cancelled == 2


def test_second_tries_are_earned() -> None:
    """Where everything is slow, twenty calls cost twenty-one."""
    budget = HedgeBudget()
    while budget.spend():
        pass
    assert budget.spent == MOST
    calls = 2000
    for _ in range(calls):
        budget.earn()
        budget.spend()
    assert calls * EARNED - 1 <= budget.spent - MOST <= calls * EARNED


def test_without_a_second_try_left_the_first_is_waited_for() -> None:
    budget = HedgeBudget()
    while budget.spend():
        pass
    before = budget.spent

    async def run() -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def later() -> str:
            asyncio.get_running_loop().call_soon(answer.set_result, "late")
            return await answer

        return await hedged(Tries(later), budget, AT_ONCE_S)

    assert asyncio.run(run()) == "late"
    assert budget.spent == before

"""A job is as fast as those who wait can bear, and no faster."""

import asyncio
import random

from deployments.bulk.rate_controller import RateBounds, RateController
from deployments.bulk.slots import Slots


def test_alone_a_job_takes_what_it_can_get() -> None:
    """However slow the probes are: nobody else waits."""
    pace = RateController(RateBounds(most=8), slowest_ms=10)
    for _ in range(100):
        pace.probed(500, others=False)
    assert pace.calls == 8


def test_beside_others_nineteen_of_twenty_probes_are_within_the_limit() -> None:
    """On a service whose answers are slower in proportion to the job's calls, with much noise."""
    rng = random.Random(1)
    pace = RateController(RateBounds(most=64, least=0.01, step=0.3), slowest_ms=30)
    late = []
    for _ in range(5000):
        took_ms = (10 + 4 * pace.calls) * rng.lognormvariate(0, 0.3)
        pace.probed(took_ms, others=True)
        late.append(took_ms > 30)
    assert 0.03 < sum(late[500:]) / len(late[500:]) < 0.07


def test_below_one_call_a_job_rests() -> None:
    """At a quarter it works a quarter of the time, one call at once."""
    pace = RateController(RateBounds(), slowest_ms=10)
    pace.calls = 0.25
    assert pace.slots == 1
    assert pace.rest_s(2.0) == 6.0
    pace.calls = 3.9
    assert (pace.slots, pace.rest_s(2.0)) == (3, 0.0)


def test_slots_are_as_many_as_the_pace_says_in_order() -> None:
    """Two at once; when the pace grows, the next two are let in at once."""

    async def main() -> None:
        pace = RateController(RateBounds(), slowest_ms=10)
        pace.calls = 2
        slots, inside, leave = Slots(pace), [], asyncio.Event()

        async def caller(number: int) -> None:
            async with slots.taken():
                inside.append(number)
                await leave.wait()

        tasks = [asyncio.create_task(caller(n)) for n in range(5)]
        await settled()
        assert inside == [0, 1]
        pace.calls = 4
        slots.let_in()
        await settled()
        assert inside == [0, 1, 2, 3]
        leave.set()
        await asyncio.gather(*tasks)
        assert inside == [0, 1, 2, 3, 4]

    asyncio.run(main())


def test_a_cancelled_caller_leaves_no_slot_taken() -> None:
    """Whether it waited or was just let in."""

    async def main() -> None:
        pace = RateController(RateBounds(), slowest_ms=10)
        pace.calls = 1
        slots, order, leave = Slots(pace), [], asyncio.Event()

        async def caller(number: int) -> None:
            async with slots.taken():
                order.append(number)
                await leave.wait()

        first, second, third = (asyncio.create_task(caller(n)) for n in range(3))
        await settled()
        second.cancel()
        leave.set()
        await asyncio.gather(first, third)
        assert order == [0, 2]

    asyncio.run(main())


async def settled() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)

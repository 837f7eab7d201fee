"""Runs that are followed are bounded from the moment they are admitted."""

import asyncio

from agents.requests import PlanRequest
from api.errors import Overloaded
from api.plan_messages import PlanCommand
from deployments.planning.run import PlanRun
from deployments.planning.runs import PlanRuns
from deployments.planning.service import PlanningService
from deployments.settings.tunables import PlannerTunables


class Stuck:
    """An index whose vocabulary comes when it is let."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()

    def __getattr__(self, name: str):
        async def wait(*args, **kwargs):
            await self.goes_on.wait()
            raise Overloaded("later")

        return wait


def test_a_hundred_that_come_at_once_are_bounded() -> None:
    """None of them has told its id yet; those that end make room for others."""

    async def run() -> tuple[int, int, int, int]:
        index = Stuck()
        service = PlanningService(index, lambda *_: None, None)  # type: ignore[arg-type]
        service.configure(PlannerTunables(max_followed_runs=32))
        order = PlanCommand(PlanRequest("find a mug", namespace="shop"), left_s=5.0)
        tasks = [asyncio.create_task(service.start(order)) for _ in range(100)]
        refused, waiting = 0, set(tasks)
        async with asyncio.timeout(60):
            while refused < 68:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused += len(done)
        followed = service.runs.running
        index.goes_on.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        again = service.runs.running
        return refused, followed, sum(isinstance(e, Overloaded) for e in ended), again

    refused, followed, overloaded, left = asyncio.run(run())
    assert (refused, followed) == (68, 32)
    assert overloaded >= 68
    assert left == 0


def test_a_run_that_ended_twice_makes_room_once() -> None:
    """The same run; another one keeps its place."""
    runs = PlanRuns(0, 0, 2)
    first, second = (PlanRun("o", "n", 10, 1.0) for _ in range(2))
    runs.admit(first)
    runs.admit(second)
    runs.end(first)
    runs.end(first)
    assert runs.running == 1

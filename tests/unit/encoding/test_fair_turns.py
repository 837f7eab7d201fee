"""Turns go round among clients; nobody has all of them, nobody waits behind a crowd of one."""

import asyncio

import pytest

from deployments.encoding.fair_turns import FairTurns


class Busy:
    """Takes turns for clients, each until it is told to end."""

    def __init__(self, turns: int) -> None:
        self.turns = FairTurns(turns)
        self.order: list[str] = []
        self.ends: list[asyncio.Event] = []

    def comes(self, client: str) -> asyncio.Task[None]:
        """Begin to wait for a turn."""

        async def take() -> None:
            async with self.turns.turn(client):
                self.order.append(client)
                end = asyncio.Event()
                self.ends.append(end)
                await end.wait()

        return asyncio.create_task(take())

    async def settle(self) -> None:
        """Let everything that can happen happen."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def end_first(self) -> None:
        """End the turn that was taken first."""
        self.ends.pop(0).set()
        await self.settle()


def test_one_client_never_has_every_turn() -> None:
    """Eight of one client, then one of another: it is served at once."""

    async def main() -> list[str]:
        busy = Busy(3)
        tasks = [busy.comes("many") for _ in range(8)]
        await busy.settle()
        assert busy.order == ["many", "many"]
        tasks.append(busy.comes("one"))
        await busy.settle()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (busy.turns.taken, busy.turns.waiting) == (0, 0)
        return busy.order

    assert asyncio.run(main()) == ["many", "many", "one"]


def test_clients_take_turns() -> None:
    """With one turn only, too: the second client is next, not ninth."""

    async def main() -> list[str]:
        busy = Busy(1)
        tasks = [busy.comes("many") for _ in range(4)] + [busy.comes("one")]
        for _ in tasks:
            await busy.settle()
            await busy.end_first()
        await asyncio.gather(*tasks)
        return busy.order

    assert asyncio.run(main()) == ["many", "one", "many", "many", "many"]


@pytest.mark.parametrize("settled", [False, True])
def test_who_leaves_leaves_no_trace(settled: bool) -> None:
    """Cancelled while waiting, or in the moment in which the turn came."""

    async def main() -> tuple[int, int]:
        busy = Busy(1)
        first, second = busy.comes("a"), busy.comes("b")
        await busy.settle()
        if settled:
            second.cancel()
            await busy.settle()
            await busy.end_first()
        else:
            busy.ends.pop(0).set()
            await asyncio.sleep(0)
            second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        return busy.turns.taken, busy.turns.waiting

    assert asyncio.run(main()) == (0, 0)

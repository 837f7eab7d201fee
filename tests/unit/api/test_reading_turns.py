"""Large bodies in turn: by lane, by client, and nobody slow or gone keeps a place."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bodies import reading_turns
from api.bodies.reading_turns import LANES_FROM_BYTES, LOOKS, ReadingTurn, ReadingTurns
from api.errors import Overloaded

LARGE = LANES_FROM_BYTES[-1] + 1
NEVER_S = 60.0


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


def reader(
    turns: ReadingTurns, seen: list[str], name: str, client: str, over: asyncio.Event
) -> asyncio.Task[None]:
    """Start a body that notes when its turn began and holds it until told."""

    async def read() -> None:
        async with turns.body(client, LARGE, NEVER_S) as turn:
            await turn.take(1)
            seen.append(name)
            await over.wait()

    return asyncio.create_task(read())


def test_clients_take_turns_whoever_has_many() -> None:
    """Four bodies of one client came first; the other's is second all the same."""

    async def main() -> list[str]:
        turns, seen, over = ReadingTurns(), [], asyncio.Event()
        bodies = [reader(turns, seen, f"a{n}", "a", over) for n in range(4)]
        await settle()
        bodies.append(reader(turns, seen, "b", "b", over))
        await settle()
        assert seen == ["a0"]
        over.set()
        await asyncio.gather(*bodies)
        return seen

    assert asyncio.run(main()) == ["a0", "a1", "b", "a2", "a3"]


def test_lanes_do_not_wait_for_each_other_and_small_bodies_for_none() -> None:
    """A photograph is read beside a batch."""

    async def main() -> None:
        turns = ReadingTurns()
        for size in (*(least + 1 for least in LANES_FROM_BYTES), 1, 1000, LANES_FROM_BYTES[0]):
            await turns.body("a", size, NEVER_S).take(1)
        assert [lane.reading for lane in turns.lanes] == [1] * len(turns.lanes)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_body_that_grew_changes_its_lane() -> None:
    """What comes in chunks says nothing of its length."""

    async def main() -> list[list[int]]:
        turns, seen = ReadingTurns(), []
        async with turns.body("a", 0, NEVER_S) as turn:
            for more in (1, *LANES_FROM_BYTES):
                await turn.take(more)
                seen.append([lane.reading for lane in turns.lanes])
        seen.append([lane.reading for lane in turns.lanes])
        return seen

    assert asyncio.run(main()) == [
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
    ]


def test_who_waits_too_long_is_told_to_come_back() -> None:
    """503 with Retry-After; whoever comes next finds the lane as it was."""

    async def main() -> None:
        turns = ReadingTurns()
        async with turns.body("a", LARGE, NEVER_S) as first:
            await first.take(1)
            with pytest.raises(Overloaded) as refusal:
                async with turns.body("b", LARGE, 0.001) as second:
                    await second.take(1)
            assert refusal.value.retry_after_s
            assert turns.refused == 1
        async with turns.body("c", LARGE, NEVER_S) as third:
            await third.take(1)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_slow_client_neither_holds_up_others_nor_waits_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it pauses the next one begins; it goes on at once, and counts again."""
    monkeypatch.setattr(reading_turns, "PAUSE_S", 0.0)

    async def main() -> list[str]:
        turns, seen, over = ReadingTurns(), [], asyncio.Event()
        async with turns.body("slow", LARGE, NEVER_S) as slow:
            await slow.take(1)
            slow.await_more()
            first = reader(turns, seen, "b", "b", over)
            await settle()
            slow.came()
            await slow.take(1)
            seen.append("slow")
            over.set()
            await first
            second = reader(turns, seen, "c", "c", over)
            await settle()
            assert seen == ["b", "slow"]
        await second
        return seen

    assert asyncio.run(asyncio.wait_for(main(), 60)) == ["b", "slow", "c"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "give", "cancel"]), st.integers(0, 5)), max_size=40
)


@settings(deadline=None)
@given(STEPS)
def test_one_holds_a_lane_and_it_is_never_lost(steps: list[tuple[str, int]]) -> None:
    """Whoever takes, ends or is cancelled in whatever order, also while it is given the turn."""

    async def main() -> None:
        turns, holding = ReadingTurns(), set()
        running: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}

        async def read(number: int, over: asyncio.Event, turn: ReadingTurn) -> None:
            async with turn:
                await turn.take(1)
                assert not holding
                holding.add(number)
                try:
                    await over.wait()
                finally:
                    holding.discard(number)

        for what, number in steps:
            task, over = running.get(number, (None, None))
            if what == "take" and (task is None or task.done()):
                over = asyncio.Event()
                turn = turns.body(str(number % 3), LARGE, NEVER_S)
                running[number] = asyncio.create_task(read(number, over, turn)), over
            elif what == "give" and over is not None:
                over.set()
            elif what == "cancel" and task is not None:
                task.cancel()
            if number % 2:
                await settle()
        for _, over in running.values():
            over.set()
        await asyncio.gather(*(task for task, _ in running.values()), return_exceptions=True)
        ended = [task for task, _ in running.values() if not task.cancelled()]
        assert [task for task in ended if isinstance(task.exception(), AssertionError)] == []
        assert turns.lanes[-1].reading == 0
        async with turns.body("last", LARGE, NEVER_S) as last:
            await last.take(1)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_busy_loop_is_no_pause_of_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came while others were served is seen a moment later, and its lane is still its own."""
    monkeypatch.setattr(reading_turns, "PAUSE_S", 0.0)

    async def main() -> None:
        turns = ReadingTurns()
        async with turns.body("a", LARGE, NEVER_S) as turn:
            await turn.take(1)
            turn.await_more()
            for _ in range(LOOKS - 1):
                await asyncio.sleep(0)
            turn.came()
            await settle()
            assert turns.lanes[-1].reading == 1
            turn.await_more()
            await settle()
            assert turns.lanes[-1].reading == 0

    asyncio.run(asyncio.wait_for(main(), 60))

"""Side by side: the first error as itself, and nothing left running."""

import asyncio

import pytest

from deployments.together import together


def test_the_error_is_raised_as_itself_and_ends_the_rest() -> None:
    """No group round it; who had not begun never does."""
    seen = []

    async def wait(name: str) -> None:
        seen.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(f"{name} ended")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError("this one")

    with pytest.raises(LookupError, match="this one"):
        asyncio.run(together([wait("a"), fail(), wait("never")], 2))
    assert seen == ["a", "a ended"]


def test_no_more_run_at_a_time_than_may() -> None:
    """And each of them once."""
    running, most, done = 0, 0, []

    async def job(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(number)

    asyncio.run(together([job(n) for n in range(20)], 3))
    assert most == 3
    assert sorted(done) == list(range(20))


def test_cancelling_it_cancels_all() -> None:
    """A caller that has gone leaves nothing behind."""
    ended = []

    async def job(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    async def main() -> None:
        task = asyncio.create_task(together([job(n) for n in range(3)], 3))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert sorted(ended) == [0, 1, 2]


def test_nothing_to_do_is_done() -> None:
    """An empty request."""
    assert not asyncio.run(together([], 3))

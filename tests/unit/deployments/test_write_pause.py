"""A pause refuses new writes, waits for those under way, and ends by itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Unavailable
from deployments.write_pause import WritePause


def test_a_pause_begins_when_the_writes_under_way_have_ended() -> None:
    """Meanwhile no other is admitted."""

    async def scenario() -> None:
        pause = WritePause()
        with pause.write():
            begun = asyncio.create_task(pause.until(datetime.now(UTC) + timedelta(hours=1)))
            await asyncio.sleep(0)
            assert not begun.done()
            with pytest.raises(Unavailable), pause.write():
                pass
        await begun
        assert pause.paused
        await pause.until(None)
        with pause.write():
            assert not pause.paused

    asyncio.run(scenario())


def test_a_pause_is_a_lease() -> None:
    """Nobody has to end it."""

    async def scenario() -> None:
        now = datetime(2026, 11, 27, tzinfo=UTC)
        pause = WritePause(lambda: now)
        await pause.until(now + timedelta(minutes=30))
        assert pause.paused
        now += timedelta(minutes=30)
        with pause.write():
            assert not pause.paused

    asyncio.run(scenario())


def test_a_write_that_fails_has_ended_too() -> None:
    """Otherwise a pause would never begin."""

    async def scenario() -> None:
        pause = WritePause()
        with pytest.raises(ValueError, match="full disk"), pause.write():
            raise ValueError("full disk")
        await pause.until(datetime.now(UTC) + timedelta(hours=1))

    asyncio.run(scenario())

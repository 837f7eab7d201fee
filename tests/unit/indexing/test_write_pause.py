"""A pause refuses new writes, waits for those under way, and ends by itself."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Unavailable
from deployments.indexing.write_pause import LONGEST_S, WritePause
from deployments.remote.model_switch import PAUSE_S


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


@dataclass
class Clocks:
    """A wall clock that can be set, and one that only goes on."""

    wall: datetime = datetime(2026, 11, 27, tzinfo=UTC)
    passed_s: float = 0.0

    def pause(self) -> WritePause:
        return WritePause(lambda: self.wall, lambda: self.passed_s)

    def go_on(self, minutes: float) -> None:
        self.wall += timedelta(minutes=minutes)
        self.passed_s += 60 * minutes


def test_a_pause_is_a_lease() -> None:
    """Nobody has to end it."""

    async def scenario() -> None:
        clocks = Clocks()
        pause = clocks.pause()
        await pause.until(clocks.wall + timedelta(minutes=30))
        assert pause.paused
        clocks.go_on(30)
        with pause.write():
            assert not pause.paused

    asyncio.run(scenario())


@pytest.mark.parametrize("set_by", [timedelta(hours=1), timedelta(hours=-1)], ids=["on", "back"])
def test_setting_the_clock_makes_no_pause_longer_or_shorter(set_by: timedelta) -> None:
    """Nor does being told of the same one again, with another setting."""

    async def scenario() -> None:
        clocks = Clocks()
        pause, moment = clocks.pause(), clocks.wall + timedelta(minutes=20)
        await pause.until(moment)
        clocks.go_on(5)
        clocks.wall += set_by
        await pause.until(moment)
        clocks.go_on(14)
        assert pause.paused
        clocks.go_on(1)
        assert not pause.paused

    asyncio.run(scenario())


def test_a_clock_that_is_wrong_pauses_for_no_longer_than_a_switch_takes() -> None:
    """Whoever asks may sit at another machine."""

    async def scenario() -> None:
        clocks = Clocks()
        pause = clocks.pause()
        await pause.until(clocks.wall + timedelta(minutes=90))
        clocks.go_on(30)
        assert not pause.paused

    asyncio.run(scenario())
    assert LONGEST_S == PAUSE_S


def test_a_write_that_fails_has_ended_too() -> None:
    """Otherwise a pause would never begin."""

    async def scenario() -> None:
        pause = WritePause()
        with pytest.raises(ValueError, match="full disk"), pause.write():
            raise ValueError("full disk")
        await pause.until(datetime.now(UTC) + timedelta(hours=1))

    asyncio.run(scenario())

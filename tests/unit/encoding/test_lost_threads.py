"""Model threads that die, vanish or never end."""

import asyncio

import pytest

from deployments.batching.batch import (
    ModelThreadLost,
)
from deployments.batching.batcher import Batcher
from tests.unit.encoding.model_samples import Model, held, run


class Mortal(Model):
    """A model whose thread dies of the number 66."""

    def run(self, lane: object, batch: list[int]) -> list[int]:
        if 66 in batch:
            raise SystemExit("as a thread that something killed")
        return super().run(lane, batch)


def test_a_dead_model_thread_fails_its_callers_and_is_seen() -> None:
    """Nobody hangs: neither whoever was in the batch, nor who waits, nor who comes."""
    model = Mortal()

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        dies = asyncio.create_task(batcher.submit("a", [66]))
        waits = asyncio.create_task(batcher.submit("b", [2]))
        await asyncio.sleep(0)
        batcher.check()
        model.open.set()
        await first
        with pytest.raises(ModelThreadLost, match="model thread 0 died: SystemExit"):
            await dies
        assert isinstance((await waits)[0], ModelThreadLost)
        with pytest.raises(ModelThreadLost):
            await batcher.submit("a", [3])
        with pytest.raises(ModelThreadLost):
            batcher.check()

    run(model, scenario)


def test_the_other_threads_work_on_where_one_died() -> None:
    """Until the replica is replaced, which its health check asks for."""
    model = Mortal()

    async def scenario(batcher: Batcher) -> list[int]:
        with pytest.raises(ModelThreadLost):
            await batcher.submit("a", [66])
        with pytest.raises(ModelThreadLost):
            batcher.check()
        return await batcher.submit("a", [2, 3, 4])

    assert run(model, scenario, threads=2) == [4, 6, 8]


def test_a_thread_that_vanished_without_a_word_is_seen(model: Model) -> None:
    """Whatever ended it: its health check fails those who wait for it."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        waits = asyncio.create_task(batcher.submit("a", [2]))
        await asyncio.sleep(0)

        class Vanished:
            def is_alive(self) -> bool:
                return False

            def join(self) -> None:
                return None

        [thread] = batcher._threads
        batcher._threads[:] = [Vanished()]
        with pytest.raises(ModelThreadLost, match="died"):
            batcher.check()
        with pytest.raises(ModelThreadLost):
            await first
        assert isinstance((await waits)[0], ModelThreadLost)
        model.open.set()
        batcher._threads[:] = [thread]

    run(model, scenario)


def test_a_pass_that_never_ends_counts_as_a_lost_thread(model: Model) -> None:
    """Its callers are told; the process cannot be saved, its health check says so."""

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        with pytest.raises(ModelThreadLost, match="does not end its forward pass"):
            batcher.check()
        with pytest.raises(ModelThreadLost):
            await first
        with pytest.raises(ModelThreadLost):
            await batcher.submit("a", [1])

    run(model, scenario, stuck_after_s=0.0)

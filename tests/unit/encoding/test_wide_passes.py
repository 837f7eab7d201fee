"""Callers that come one at a time are given all cores."""

import asyncio
import threading
import time

import pytest

from deployments.batching.batch import (
    BatchLimits,
)
from deployments.batching.batcher import Batcher
from deployments.batching.wide_passes import LONELY_PASSES, WORTH_WIDENING_S, AllCoresPasses


class Widths:
    """A model that says how many threads each of its passes had."""

    def __init__(self) -> None:
        self.wide = threading.local()
        self.seen: list[bool] = []
        self.gate: threading.Barrier | None = None

    def widen(self, wide: bool) -> None:
        self.wide.on = wide

    def run(self, lane: object, batch: list[int]) -> list[int]:
        if self.gate is not None:
            self.gate.wait(60)
        self.seen.append(getattr(self.wide, "on", False))
        # Busy, as a forward pass is: a pass that sleeps looks as if others had its cores.
        end_s = time.thread_time() + 0.0005
        while time.thread_time() < end_s:
            pass
        return batch


def widths_of(scenario, threads: int = 2, **limits) -> list[bool]:
    widths = Widths()

    async def main() -> None:
        batcher = Batcher(widths.run, BatchLimits(**limits), threads=threads, widen=widths.widen)
        try:
            await scenario(batcher, widths)
        finally:
            batcher.close()

    asyncio.run(main())
    return widths.seen


async def one_by_one(batcher: Batcher, count: int) -> None:
    for number in range(count):
        await batcher.submit("a", [number])


@pytest.fixture
def long_passes(monkeypatch) -> None:
    """Let the model's short passes count as long ones that nobody held up."""
    monkeypatch.setattr("deployments.batching.wide_passes.HELD_UP", float("inf"))
    monkeypatch.setattr("deployments.batching.wide_passes.WORTH_WIDENING_S", 0.0)


@pytest.mark.usefixtures("long_passes")
def test_callers_that_come_one_at_a_time_are_given_all_cores() -> None:
    """After a few of them; the passes before and between go on one core each."""
    seen = widths_of(lambda batcher, _: one_by_one(batcher, 12))
    assert seen == [False] * LONELY_PASSES + [True] * (12 - LONELY_PASSES)


def test_short_passes_stay_on_a_core() -> None:
    """A barrier costs them more than a second core gains."""
    assert widths_of(lambda batcher, _: one_by_one(batcher, 12)) == [False] * 12


@pytest.mark.usefixtures("long_passes")
def test_two_callers_at_once_are_given_a_core_each() -> None:
    """And for a few batches afterwards, since more of them may come."""

    async def scenario(batcher: Batcher, widths: Widths) -> None:
        await one_by_one(batcher, LONELY_PASSES)
        widths.gate = threading.Barrier(2)
        await asyncio.gather(batcher.submit("a", [1, 2]), batcher.submit("b", [3]))
        widths.gate = None
        await one_by_one(batcher, LONELY_PASSES)

    seen = widths_of(scenario)
    assert sum(seen) <= 1
    assert not any(seen[-LONELY_PASSES:])


@pytest.mark.usefixtures("long_passes")
@pytest.mark.parametrize("limits", [{"max_threads": 2}, {"duty": 0.9}, {"max_wait_s": 1e-6}])
def test_modes_that_save_energy_keep_to_a_core(limits) -> None:
    """All cores are faster, not cheaper."""
    assert widths_of(lambda batcher, _: one_by_one(batcher, 12), **limits) == [False] * 12


@pytest.mark.usefixtures("long_passes")
def test_a_pass_that_others_held_up_was_the_last_wide_one_for_a_while(monkeypatch) -> None:
    """Its threads wait for each other, so one core that is taken holds up all."""
    monkeypatch.setattr("deployments.batching.wide_passes.HELD_UP", 0.0)
    seen = widths_of(lambda batcher, _: one_by_one(batcher, 20))
    assert seen == [False] * LONELY_PASSES + [True] + [False] * (20 - LONELY_PASSES - 1)


def test_a_short_pass_that_others_held_up_is_no_long_one() -> None:
    """How long it took says what else ran on the machine; a second core would not help it."""
    passes = AllCoresPasses()
    for _ in range(2 * LONELY_PASSES):
        assert not passes.begin("a", alone=True)
        passes.end("a", wide=False, took_s=100 * WORTH_WIDENING_S, cpu_s=WORTH_WIDENING_S / 100)

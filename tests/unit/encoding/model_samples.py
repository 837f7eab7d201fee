"""A model that can be held up."""

import asyncio
import threading
from math import inf

from deployments.batching.batch import (
    BatchLimits,
)
from deployments.batching.batcher import Batcher


class Model:
    """Doubles numbers, refuses 13 and remembers its batches; can be held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()

    def run(self, lane: object, batch: list[int]) -> list[int]:
        self.entered.set()
        self.open.wait(timeout=10)
        self.batches.append(list(batch))
        if 13 in batch:
            raise ValueError("thirteen")
        return [2 * item for item in batch]


def run(model: Model, scenario, threads: int = 1, **limits):
    """Run a scenario on a fresh batcher and close it."""

    async def main():
        batcher = Batcher(
            model.run,
            BatchLimits(**{"max_background_s": inf} | limits),
            cost=lambda item: item,
            threads=threads,
        )
        try:
            return await scenario(batcher)
        finally:
            model.open.set()
            await asyncio.to_thread(batcher.close)

    return asyncio.run(main())


async def held(model: Model, batcher: Batcher) -> asyncio.Task:
    """Occupy the model thread with one item until ``model.open`` is set."""
    model.open.clear()
    first = asyncio.create_task(batcher.submit("a", [1]))
    await asyncio.to_thread(model.entered.wait, 10)
    return first

"""Doing the shards of a job in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from deployments.bulk.rate_controller import RateBounds, RateController
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.service import BulkService, retry
from deployments.bulk.sinks.base import Sink
from deployments.bulk.slots import Slots
from deployments.bulk.sources.shards import ItemSource, Shard
from deployments.bulk.watch import Watch, baseline_latency_ms
from deployments.bulk.worker import Worker

PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How hard a job may press."""

    namespace: str = "default"
    calls: int = 8
    """Calls under way at once while nobody else is there."""
    shards_at_once: int = 3
    slowdown: float = 1.5
    """A probe may take so many times what it took before the job, while others are there."""
    slowest_ms: float | None = None
    """In place of that."""
    patience_s: float = PATIENCE_S
    """So long the job waits for a service that is busy or restarting."""


async def run_here(
    shards: Sequence[Shard],
    source: ItemSource,
    service: BulkService,
    sink: Sink,
    settings: RunSettings,
    done: Callable[[ShardOutcome], None],
) -> None:
    """Do the shards in this process, several at a time.

    Args:
        done: Called with each shard after it was acknowledged, in the order they end.

    Raises:
        GaveUp: The service did not come back in time.
    """
    async with adaptive_slots(service, settings) as slots:
        worker = Worker(source, service, sink, slots, settings.patience_s)
        queue = iter(shards)

        async def work() -> None:
            for shard in queue:
                done(await worker.work(shard))

        # gather and not a TaskGroup: the first error is reported as itself.
        workers = [asyncio.ensure_future(work()) for _ in range(settings.shards_at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            for task in workers:
                task.cancel()


@contextlib.asynccontextmanager
async def adaptive_slots(service: BulkService, settings: RunSettings) -> AsyncIterator[Slots]:
    """Yield slots whose number follows the service's quickness for as long as they are used."""
    namespace = settings.namespace
    slowest_ms = settings.slowest_ms
    if slowest_ms is None:
        slowest_ms = settings.slowdown * await retry(
            lambda: baseline_latency_ms(service, namespace), settings.patience_s
        )
    pace = RateController(RateBounds(most=settings.calls), slowest_ms)
    slots = Slots(pace)
    watch = asyncio.create_task(Watch(service, namespace, pace, slots).run())
    try:
        yield slots
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        with contextlib.suppress(Exception):
            # The writer would notice by itself, only later.
            await service.spare_index(namespace, 0)

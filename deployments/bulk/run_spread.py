"""Doing the shards of a job on every node of a cluster, by Ray Data.

Ray Data hands out shards, not their bytes: a worker reads its shard itself and sends it to
the nearest replicas, so that pictures do not pass through the object store first
(docs/decisions/0010-bulk-jobs.md).
"""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from ray.exceptions import RayError

from deployments.bulk.ray_service import RayService
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.run import RunSettings, adaptive_slots
from deployments.bulk.service import RetriesExhausted
from deployments.bulk.sinks.base import Sink
from deployments.bulk.sources.items import Note, Skipped
from deployments.bulk.sources.shards import ItemSource, Shard
from deployments.bulk.worker import Worker

WORKER_CPUS = 0.1
MakeSink = Callable[[RayService], Sink]


def run_spread(
    shards: Sequence[Shard],
    source: ItemSource,
    make_sink: MakeSink,
    settings: RunSettings,
    workers: int,
    done: Callable[[ShardOutcome], None],
) -> None:
    """Do the shards by Ray Data with so many workers; see ``run_here``."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    rows = [{"shard": json.dumps(asdict(shard))} for shard in shards]
    outcomes = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _ShardWorker,
        fn_constructor_args=(source, make_sink, settings),
        batch_size=1,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(
            size=workers, max_concurrent_calls_per_actor=settings.shards_at_once
        ),
        num_cpus=WORKER_CPUS,
    )
    try:
        for row in outcomes.iter_rows():
            done(_outcome(row["outcome"]))
    except RayError as error:
        # What a worker said is in the middle of a trace of several processes.
        cause = getattr(error, "cause", None) or error.__cause__ or error
        raise RetriesExhausted(f"a worker ended: {str(cause).strip().splitlines()[-1]}") from error


class _ShardWorker:
    """A worker of Ray Data: one connection, its own pace, several shards at a time."""

    def __init__(self, source: ItemSource, make_sink: MakeSink, settings: RunSettings) -> None:
        os.nice(10)
        self._source = source
        self._make_sink = make_sink
        self._settings = settings
        self._started: asyncio.Task[Worker] | None = None

    async def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        if self._started is None:
            self._started = asyncio.ensure_future(self._start())
        worker = await asyncio.shield(self._started)
        outcomes = [await worker.work(_shard(text)) for text in batch["shard"]]
        return {"outcome": np.array([json.dumps(asdict(outcome)) for outcome in outcomes])}

    async def _start(self) -> Worker:
        service = RayService()
        sink = self._make_sink(service)
        # Held for as long as the worker lives; it ends with its process.
        self._pressure = adaptive_slots(service, self._settings)
        slots = await self._pressure.__aenter__()
        return Worker(self._source, service, sink, slots, self._settings.patience_s)


def _shard(text: str) -> Shard:
    parts = json.loads(text)
    return Shard(**parts | {"files": tuple(parts["files"])})


def _outcome(text: str) -> ShardOutcome:
    parts = json.loads(text)
    told = {
        "failures": [Skipped(**failure) for failure in parts["failures"]],
        "notes": tuple(Note(**note) for note in parts["notes"]),
    }
    return ShardOutcome(**parts | told)

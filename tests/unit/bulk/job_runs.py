"""Whole jobs over any source into a fake service."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deployments.bulk.job import Job, JobReport, RunShards, ShardsInPlace
from deployments.bulk.rate_controller import RateBounds, RateController
from deployments.bulk.recording.checkpoint import Checkpoint
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.sinks.base import IndexSink
from deployments.bulk.slots import Slots
from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.open import open_source
from deployments.bulk.sources.shards import Shard
from deployments.bulk.worker import Worker
from tests.unit.bulk.bulk_fakes import FakeService

THEN = datetime(2026, 11, 24, tzinfo=UTC)


def job_over(path: Path | str, record: Path, shard_items: int = 3, **columns: Any) -> Job:
    made = Columns(**columns)
    source = open_source(str(path), made, THEN)
    settings: dict[str, object] = {"namespace": "n", "columns": repr(made)}
    return Job(source, Checkpoint(record), shard_items, settings)


def doing(
    job: Job, service: FakeService, order: Callable[[list[Shard]], list[Shard]] = list
) -> RunShards:
    """Do shards one after the other, in any order."""
    worker = Worker(
        job.source, service, IndexSink(service, "n", 0), Slots(RateController(RateBounds(), 1)), 0
    )

    def do(shards: Sequence[Shard], done: Callable[[ShardOutcome], None]) -> None:
        async def one_after_the_other() -> None:
            for shard in order(list(shards)):
                done(await worker.work(shard))

        asyncio.run(one_after_the_other())

    return do


def held(service: FakeService) -> ShardsInPlace:
    return lambda outcomes: asyncio.run(IndexSink(service, "n", 0).held(outcomes))


def finish(path: Path | str, record: Path, service: FakeService, **options: Any) -> JobReport:
    """Run a job to its end; rows add up, whatever they are."""
    order = options.pop("order", list)
    job = job_over(path, record, **options)
    report = job.run(doing(job, service, order), held(service))
    assert report.written + report.failed == report.items
    return report


def texts(service: FakeService) -> list[str | None]:
    return sorted(document.text or "" for document in service.documents.values())

"""What does a job's shards: this process, or workers all over the cluster."""

import asyncio
from collections.abc import Callable, Sequence

from deployments.bulk.into import Into
from deployments.bulk.job import Job, Runner, held_by, run_locally, target_of
from deployments.bulk.ray_service import RayService
from deployments.bulk.run import PATIENCE_S, RunSettings
from deployments.bulk.run_spread import run_spread
from deployments.bulk.service import BUSY, retry
from deployments.bulk.sinks.base import Sink


def doing(job: Job, into: Into, settings: RunSettings, workers: int) -> Runner:
    """Return what does shards: here, or by so many workers of Ray Data."""

    def sink() -> Sink:
        return into(RayService())

    held = held_by(sink)
    if not workers:
        return Runner(run_locally(job, RayService, into, settings), held, lambda: target_of(sink))
    return Runner(
        lambda shards, done: run_spread(shards, job.source, into, settings, workers, done),
        held,
        lambda: target_of(sink),
    )


def deleting(namespace: str) -> Callable[[Sequence[str]], None]:
    """Return what deletes documents of a namespace, waiting for a service that is busy."""

    def delete(ids: Sequence[str]) -> None:
        service = RayService()
        asyncio.run(retry(lambda: service.delete(namespace, ids), PATIENCE_S, BUSY))

    return delete

"""What does a job's shards: this process, or workers all over the cluster."""

from deployments.bulk.into import Into
from deployments.bulk.job import Job, Runner, held_by, run_locally
from deployments.bulk.ray_service import RayService
from deployments.bulk.run import RunSettings
from deployments.bulk.run_spread import run_spread


def doing(job: Job, into: Into, settings: RunSettings, workers: int) -> Runner:
    """Return what does shards: here, or by so many workers of Ray Data."""
    held = held_by(lambda: into(RayService()))
    if not workers:
        return Runner(run_locally(job, RayService, into, settings), held)
    return Runner(
        lambda shards, done: run_spread(shards, job.source, into, settings, workers, done),
        held,
    )

"""A job that writes vectors to files."""

from dataclasses import dataclass

from deployments.bulk.job import Doing, Job, doing_here, held_by
from deployments.bulk.ray_service import RayService
from deployments.bulk.run import RunSettings
from deployments.bulk.run_spread import run_spread
from deployments.bulk.sinks.base import Sink
from deployments.bulk.sinks.vector_files import sink_for


@dataclass(frozen=True, slots=True)
class IntoFiles:
    """Makes the sink wherever a worker runs."""

    address: str

    def __call__(self, service: RayService) -> Sink:
        return sink_for(self.address)


def doing(job: Job, address: str, settings: RunSettings, workers: int) -> Doing:
    """Return what does shards: here, or by so many workers of Ray Data."""
    make_sink = IntoFiles(address)
    held = held_by(lambda: sink_for(address))
    if not workers:
        return Doing(doing_here(job, RayService, make_sink, settings), held)
    return Doing(
        lambda shards, done: run_spread(shards, job.source, make_sink, settings, workers, done),
        held,
    )

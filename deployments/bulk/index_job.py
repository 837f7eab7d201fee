"""A job that fills a namespace of the running index."""

from dataclasses import dataclass

from deployments.bulk.job import Doing, Job, doing_here, held_by
from deployments.bulk.ray_service import RayService
from deployments.bulk.run import RunSettings
from deployments.bulk.run_spread import run_spread
from deployments.bulk.sinks.base import IndexSink, Sink


@dataclass(frozen=True, slots=True)
class IntoNamespace:
    """Makes the sink wherever a worker runs."""

    namespace: str
    patience_s: float

    def __call__(self, service: RayService) -> Sink:
        return IndexSink(service, self.namespace, self.patience_s)


def doing(job: Job, settings: RunSettings, workers: int) -> Doing:
    """Return what does shards: here, or by so many workers of Ray Data."""
    make_sink = IntoNamespace(settings.namespace, settings.patience_s)
    held = held_by(lambda: make_sink(RayService()))
    if not workers:
        return Doing(doing_here(job, RayService, make_sink, settings), held)
    return Doing(
        lambda shards, done: run_spread(shards, job.source, make_sink, settings, workers, done),
        held,
    )

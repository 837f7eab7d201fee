"""A job that fills a namespace of the running index."""

from dataclasses import dataclass

from deployments.bulk.job import Do, Job, doing_here
from deployments.bulk.ray_service import RayService
from deployments.bulk.run import RunSettings
from deployments.bulk.run_spread import run_spread
from deployments.bulk.sinks import IndexSink, Sink


@dataclass(frozen=True, slots=True)
class IntoNamespace:
    """Makes the sink wherever a worker runs."""

    namespace: str
    patience_s: float

    def __call__(self, service: RayService) -> Sink:
        return IndexSink(service, self.namespace, self.patience_s)


def doing(job: Job, settings: RunSettings, workers: int) -> Do:
    """Return what does shards: here, or by so many workers of Ray Data."""
    make_sink = IntoNamespace(settings.namespace, settings.patience_s)
    if not workers:
        service = RayService()
        return doing_here(job, service, make_sink(service), settings)
    return lambda shards, done: run_spread(shards, job.source, make_sink, settings, workers, done)

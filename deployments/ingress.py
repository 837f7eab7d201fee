"""The Ingress deployment: the HTTP application on a replica."""

import uuid
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from api.access.admission import Guard
from api.access.identity import identity_from
from api.app import HttpApplication, build_app
from api.event_stream import StreamBounds
from api.middleware.metering import HeaderEstimates
from api.middleware.observation import Observer
from deployments.energy.calls import EnergyCalls
from deployments.energy.setup import embodied_of
from deployments.extraction.file_reader import FileReader
from deployments.gateway.backend import RayBackend
from deployments.gateway.bucket_authority import RayAuthority
from deployments.gateway.limit_metrics import LimitMetrics
from deployments.gateway.request_journal import RequestJournal
from deployments.haproxy.settings import tell_proxy
from deployments.monitoring.hub import http_bounds
from deployments.rate_limiter import monotonic_us
from deployments.replica.allocator import return_large_blocks
from deployments.replica.base import Replica
from deployments.replica.draining import stay_open
from deployments.replica.pushes import SLO
from deployments.settings.service import LimiterSettings, ServiceSettings, slo_file_of
from deployments.settings.tunables import IngressTunables
from reliability.limits.leases import Authority
from reliability.limits.limiter import Limiter
from reliability.slo.file import load_objectives
from reliability.slo.recorder import SloRecorder
from sustainability.work import current_key
from telemetry.registry import Registry


@serve.deployment()
@serve.ingress()
class Ingress:
    """Serves `api.app` over the handles of the other deployments."""

    async def __init__(
        self,
        hub: DeploymentHandle,
        meters: DeploymentHandle,
        settings: ServiceSettings,
        embedder: DeploymentHandle,
        search: DeploymentHandle,
        writer: DeploymentHandle,
        planner: DeploymentHandle,
        rate_limiter: DeploymentHandle | None,
    ) -> None:
        self._settings = settings
        return_large_blocks()
        objectives = load_objectives(slo_file_of(settings))
        self.replica = Replica("Ingress", hub, meters, http_bounds(objectives))
        recorder = SloRecorder(objectives)
        self.replica.section(SLO, recorder.snapshot)
        self._journal = RequestJournal(self.replica, objectives, http_bounds(objectives))
        self.replica.after_push(self._journal.adopt)
        self._observer = Observer(
            self.replica.registry, recorder, HeaderEstimates(), self._journal.write
        )
        self._backend = RayBackend(
            embedder,
            search,
            writer,
            planner,
            hub,
            rate_limiter,
            EnergyCalls(meters, embodied_of(settings.energy)),
        )
        self._tunables = IngressTunables()
        identity = settings.identity
        self._guard = Guard(
            identity_from(identity.keys_file, identity.trusted_proxies, tell_proxy(settings)),
            Limiter(_authority(settings.limiter, rate_limiter), uuid.uuid4().hex, monotonic_us),
        )
        self._limit_figures = LimitMetrics(self._guard)
        self._reader = FileReader(spent=self._spend)
        self._service: HttpApplication | None = None
        self.replica.collect(self._measure)
        self.replica.start()

    def __serve_build_asgi_app__(self) -> HttpApplication:
        """Build the application on the replica, where nothing needs to be pickled."""
        self._service = build_app(
            self._backend,
            self._tunables.limits,
            self._guard,
            self._settings.http.cors_origins,
            self._observer,
            self.replica.energy,
            self._settings.identity.known_hosts,
            self._reader,
        )
        self._configure(self._service)
        self.replica.termination.listen(self._service.drain)
        return self._service

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change limits and deadlines for the requests that come next."""
        self._tunables = IngressTunables.model_validate(config)
        self.replica.memory.configure(self._tunables.memory)
        stay_open(self._tunables.drain_s)
        self._backend.tunables = self._tunables
        self._guard.configure(self._tunables.rate_limits, self._tunables.overload)
        self._guard.limiter.start_reporting()
        if self._service is not None:
            self._configure(self._service)

    def _configure(self, service: HttpApplication) -> None:
        service.set_limits(self._tunables.limits)
        service.set_streams(_streams(self._tunables))
        service.set_model_aliases(self._tunables.model_aliases)

    async def check_health(self) -> None:
        """Fail once this replica was told to end, so that Serve replaces it."""
        self.replica.check_health()

    async def __del__(self) -> None:
        self._journal.close(pushed=await self.replica.stop())

    def _spend(self, cpu_s: float) -> None:
        self.replica.energy.account.charge_cpu(current_key(), cpu_s)

    def _measure(self, registry: Registry) -> None:
        registry.set("brainwav_http_requests_in_flight", to=self._observer.in_flight)
        if self._service is not None:
            bodies = self._service.bodies
            registry.set("brainwav_http_body_memory_bytes", to=bodies.held_bytes)
            refused = bodies.refused | {"turn": self._service.reading_turns.refused}
            for room, count in refused.items():
                registry.set("brainwav_http_bodies_refused_total", room, to=count)
        self._limit_figures.measure(registry)
        self._backend.tell_second_tries(registry, "Ingress")


def _streams(tunables: IngressTunables) -> StreamBounds:
    return StreamBounds(tunables.heartbeat_s, tunables.slow_reader_s)


def _authority(settings: LimiterSettings, rate_limiter: DeploymentHandle | None) -> Authority:
    if settings.redis_url is not None:
        from reliability.limits.redis_buckets import RedisBuckets

        return RedisBuckets(settings.redis_url, settings.timeout_s, replicas=1)
    assert rate_limiter is not None
    return RayAuthority(rate_limiter, settings.timeout_s)

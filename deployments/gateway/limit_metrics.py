"""What the door decided, as metrics: its own decisions and those that HAProxy repeated for it."""

from api.access.admission import Guard
from telemetry.registry import Registry

REFUSED = "429"


class LimitMetrics:
    """Carries a door's totals into a registry; call `measure` before each push."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._carried: dict[tuple[str, str], int] = {}

    def measure(self, registry: Registry) -> None:
        """Bring the registry up to date."""
        limiter = self._guard.limiter
        registry.set("brainwav_rate_limit_degraded", to=float(limiter.degraded))
        registry.set("brainwav_rate_limit_silences_total", to=limiter.counts.silences)
        for (limit, outcome), total in limiter.counts.by_limit().items():
            registry.set("brainwav_rate_limit_decisions_total", limit, outcome, to=total)
        for route, total in self._guard.refused_in_proxy.items():
            # Added, since the observation of requests counts into the same series.
            more = total - self._carried.get(route, 0)
            self._carried[route] = total
            registry.add("brainwav_http_requests_total", *route, REFUSED, by=more)

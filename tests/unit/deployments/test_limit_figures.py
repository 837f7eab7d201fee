"""The door's decisions as metrics."""

from api.access.admission import Guard
from api.access.identity import identity_from
from deployments.gateway.limit_metrics import LimitMetrics
from reliability.limits.in_process import InProcessAuthority
from reliability.limits.limiter import Limiter
from telemetry.registry import Registry

REQUESTS = "brainwav_http_requests_total"
DECISIONS = "brainwav_rate_limit_decisions_total"


def test_what_haproxy_refused_is_counted_once_beside_what_passed() -> None:
    """Among the requests by route, and among the denials of its class."""
    guard = Guard(identity_from(None, ()), Limiter(InProcessAuthority(lambda: 1), "a", lambda: 1))
    registry, figures = Registry(), LimitMetrics(guard)
    registry.add(REQUESTS, "POST", "/search", "429")
    for _ in range(2):
        guard.note_refused_in_proxy({("POST", "/search"): 5})
        figures.measure(registry)
        figures.measure(registry)
    sums = registry.snapshot().sums
    [requests] = [value for name, value in sums.items() if name.startswith(REQUESTS)]
    [denied] = [value for name, value in sums.items() if name.startswith(DECISIONS)]
    assert (requests, denied) == (11, 10)
    assert any("denied" in name and "search" in name for name in sums)

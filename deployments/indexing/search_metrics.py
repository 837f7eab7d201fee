"""Searches as metrics: by mode and outcome, whole and by leg."""

from collections.abc import Awaitable, Callable, Sequence

from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store.reading.held.held_namespaces import HeldNamespaces
from telemetry.durations import log_duration
from telemetry.registry import Registry

SLOW_S = 1.0

RunSearch = Callable[[SearchRequest], Awaitable[SearchResult]]


async def counted(registry: Registry, search: RunSearch, request: SearchRequest) -> SearchResult:
    """Search, and count how it went and what each leg took."""
    outcome = "failed"

    def slow(operation: str) -> None:
        registry.add("brainwav_slow_operations_total", operation)

    try:
        with log_duration("search", SLOW_S, slow, mode=request.mode):
            result = await search(request)
        outcome = "ok"
    finally:
        registry.add("brainwav_search_requests_total", request.mode, outcome)
    took_s = result.took_ms / 1000
    registry.observe("brainwav_search_duration_seconds", request.mode, value=took_s)
    for leg, leg_s in result.legs_s.items():
        registry.observe("brainwav_search_leg_seconds", leg, value=leg_s)
    return result


def measure_held(registry: Registry, held: Sequence[HeldNamespaces]) -> None:
    """Set what is searched in memory, and how many searches were not."""
    registry.set("brainwav_search_held_namespaces", to=sum(map(len, held)))
    registry.set("brainwav_search_held_bytes", to=sum(one.nbytes for one in held))
    registry.set("brainwav_search_on_disk_total", to=sum(one.missed for one in held))

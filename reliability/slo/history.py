"""The figures of `GET /slo/history`: each route's requests and latencies, slot by slot.

A slot is a minute in the last two hours and an hour in the last three days. One without a request
is left out: there is nothing that could be said of it.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from reliability.slo.objectives import DAY_S, HOUR_S, Objectives
from reliability.slo.report import QUANTILES
from reliability.slo.tally import RouteCounts
from reliability.slo.windows import RouteSlots, step_s

HistoryWindow = Literal["1h", "2h", "1d", "3d"]
WINDOWS_S: Mapping[HistoryWindow, int] = {
    "1h": HOUR_S,
    "2h": 2 * HOUR_S,
    "1d": DAY_S,
    "3d": 3 * DAY_S,
}
assert tuple(WINDOWS_S) == get_args(HistoryWindow)


def history(
    objectives: Objectives,
    slots: Mapping[str, RouteSlots],
    now_s: float,
    told_s: float,
    over: HistoryWindow,
) -> dict[str, Any]:
    """Return the series of every route that was asked; plain JSON, times in Unix seconds.

    Args:
        now_s: On the clock that requests were counted by.
        told_s: The same moment as the reader's clock has it.
    """
    window_s, ahead_s = WINDOWS_S[over], told_s - now_s
    endpoints = []
    for route in objectives.by_route:
        points = [
            _point(at_s + ahead_s, counts)
            for at_s, counts in slots[str(route)].series(now_s, window_s)
        ]
        if points:
            endpoints.append({"method": route.method, "endpoint": route.endpoint, "points": points})
    return {"as_of": told_s, "over": over, "step_s": step_s(window_s), "endpoints": endpoints}


def _point(at_s: float, counts: RouteCounts) -> dict[str, Any]:
    tally = counts.tally
    p50, p95, p99 = (
        None if seconds is None else float(f"{seconds * 1000.0:.6g}")
        for seconds in counts.latencies.quantiles_s(QUANTILES)
    )
    return {
        "at": round(at_s),
        "requests": tally.requests,
        "failed": tally.failed,
        "limited": tally.limited,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
    }

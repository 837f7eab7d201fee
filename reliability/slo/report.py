"""The figures of `GET /slo`: shares, budgets, burn rates, the time at which a budget ends.

With t the target, and valid and bad requests counted over a window w (Site Reliability
Workbook, chapter 5):

    compliance  = 1 - bad/valid
    burn(w)     = (bad_w/valid_w) / (1 - t)
    budget_left = 1 - bad / ((1 - t)·valid)
    exhaustion  = budget_left·W / burn(1 h), W the budget's window

No request is no data, never compliance.
"""

from collections.abc import Mapping
from typing import Any, Literal

from reliability.slo.objectives import (
    BURN_WINDOWS_S,
    DAY_S,
    HOUR_S,
    MINUTE_S,
    BurnAlert,
    Objective,
    Objectives,
    Route,
)
from reliability.slo.tally import Share, Tally
from reliability.slo.windows import RouteSlots

QUANTILES = (0.50, 0.95, 0.99)
LATENCY_WINDOWS_S: Mapping[str, int] = {
    "5m": 5 * MINUTE_S,
    "1h": HOUR_S,
    "1d": DAY_S,
    "3d": 3 * DAY_S,
}
UNIT_OF_MOST = {"latency": "max_seconds", "energy": "max_joules", "carbon": "max_grams"}

ObjectiveStatus = Literal["no_data", "kept", "burning", "exhausted"]


def report(
    objectives: Objectives,
    slots: Mapping[str, RouteSlots],
    now_s: float,
    latencies: bool = True,
    told_s: float | None = None,
) -> dict[str, Any]:
    """Return every route's figures; plain JSON, times in Unix seconds.

    Args:
        now_s: On the clock that requests were counted by.
        told_s: The same moment as the reader's clock has it, where that is another one.
        latencies: False leaves ``latency_ms`` empty, which is most of the work.
    """
    lengths_s = LATENCY_WINDOWS_S if latencies else {}
    told_s = now_s if told_s is None else told_s
    return {
        "as_of": told_s,
        "endpoints": [
            _endpoint(route, list(kinds.values()), slots[str(route)], now_s, told_s, lengths_s)
            for route, kinds in objectives.by_route.items()
        ],
    }


def compliance(share: Share) -> float | None:
    """Return the good of the valid requests; ``None`` without any."""
    return 1.0 - share.bad / share.valid if share.valid else None


def burn_rate(share: Share, budget: float) -> float | None:
    """Return how fast a budget is spent: at 1 it lasts exactly its window."""
    return share.bad / share.valid / budget if share.valid else None


def budget_left(share: Share, budget: float) -> float | None:
    """Return what is left of a budget; below 0 it is overspent."""
    return 1.0 - share.bad / (budget * share.valid) if share.valid else None


def exhaustion_s(left: float | None, burn_1h: float | None, window_s: int) -> float | None:
    """Return the seconds until the budget is spent, were the last hour to go on.

    ``None`` where nothing burns or nothing is known; 0 where it is spent already.
    """
    if left is not None and left <= 0.0:
        return 0.0
    return left * window_s / burn_1h if left is not None and burn_1h else None


def fires(objective: Objective, alert: BurnAlert, windows: Mapping[int, Tally]) -> bool:
    """Return whether an alert's two windows burn faster than its factor."""
    long = windows[alert.long_s].share(objective.kind)
    short = windows[alert.short_s].share(objective.kind)
    if long.bad < alert.least_bad:
        return False
    rates = (burn_rate(long, objective.budget), burn_rate(short, objective.budget))
    return all(rate is not None and rate > alert.factor for rate in rates)


def _endpoint(
    route: Route,
    objectives: list[Objective],
    slots: RouteSlots,
    now_s: float,
    told_s: float,
    latency_windows_s: Mapping[str, int],
) -> dict[str, Any]:
    lengths_s = {*BURN_WINDOWS_S.values()}
    for objective in objectives:
        lengths_s |= {s for alert in objective.alerts for s in (alert.long_s, alert.short_s)}
    windows = {length_s: slots.tally(now_s, length_s) for length_s in lengths_s}
    budget = slots.budget()
    return {
        "method": route.method,
        "endpoint": route.endpoint,
        "requests": _requests(budget),
        "latency_ms": {
            name: _latency_ms(slots, now_s, length_s)
            for name, length_s in latency_windows_s.items()
        },
        "error_rate": {
            name: _rounded(_error_rate(windows[length_s]))
            for name, length_s in BURN_WINDOWS_S.items()
        },
        "objectives": [_objective(o, budget, windows, told_s) for o in objectives],
    }


def _objective(
    objective: Objective, over_window: Tally, windows: Mapping[int, Tally], told_s: float
) -> dict[str, Any]:
    share = over_window.share(objective.kind)
    burns = {
        name: burn_rate(windows[length_s].share(objective.kind), objective.budget)
        for name, length_s in BURN_WINDOWS_S.items()
    }
    left = budget_left(share, objective.budget)
    until_s = exhaustion_s(left, burns["1h"], objective.window_s)
    firing = [alert for alert in objective.alerts if fires(objective, alert, windows)]
    limit = UNIT_OF_MOST.get(objective.kind)
    return {
        "name": objective.name,
        "title": objective.title,
        "kind": objective.kind,
        "target": objective.target,
        **({limit: objective.most} if limit else {}),
        "window_s": objective.window_s,
        "status": _status(left, firing),
        "valid": share.valid,
        "bad": share.bad,
        "compliance": _rounded(compliance(share)),
        "budget_left": _rounded(left),
        "burn_rates": {name: _rounded(rate) for name, rate in burns.items()},
        "exhaustion_s": _rounded(until_s),
        "exhausts_at": None if until_s is None else round(told_s + until_s),
        "alerts": [{"name": alert.name, "severity": alert.severity} for alert in firing],
    }


def _status(left: float | None, firing: list[BurnAlert]) -> ObjectiveStatus:
    if left is None:
        return "no_data"
    if left <= 0.0:
        return "exhausted"
    return "burning" if firing else "kept"


def _requests(tally: Tally) -> dict[str, float | None]:
    return {
        "all": tally.requests,
        "valid": tally.valid,
        "failed": tally.failed,
        "shed": tally.shed,
        "timed_out": tally.timed_out,
        "refused": tally.refused,
        "limited": tally.limited,
        "mean_joules": _rounded(_mean(tally.energy_j, tally.energy_known)),
        "mean_grams": _rounded(_mean(tally.carbon_g, tally.carbon_known)),
    }


def _latency_ms(slots: RouteSlots, now_s: float, window_s: int) -> dict[str, float | None]:
    sketch = slots.latencies(now_s, window_s)
    names = [f"p{share * 100:.0f}" for share in QUANTILES]
    found = sketch.quantiles_s(QUANTILES)
    return {
        name: None if seconds is None else _rounded(seconds * 1000.0)
        for name, seconds in zip(names, found, strict=True)
    }


def _error_rate(tally: Tally) -> float | None:
    return tally.failed / tally.valid if tally.valid else None


def _mean(total: float, count: int) -> float | None:
    return total / count if count else None


def _rounded(value: float | None) -> float | None:
    """Return nine significant digits: the last ones of a double tell nothing."""
    return None if value is None else float(f"{value:.9g}")

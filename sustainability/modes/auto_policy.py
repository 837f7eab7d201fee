"""Which mode is right now: by the grid, a power budget, the hour, and never against latency.

Order: latency first (a mode that is near breaking an objective is left at once, one that would
break it is not entered), then the power budget, then carbon and hours. Thresholds to leave a
mode lie below those to enter it, and a mode lasts ``min_dwell_s``, so that nothing flaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sustainability.modes.profiles import WorkMode

LEAVE_SHARE = 0.9
"""Of the threshold that was passed on the way in."""
LEAVE_POWER_SHARE = 0.7
"""Capped power lies below the budget as it should; lifting the cap needs more room."""


@dataclass(frozen=True, slots=True)
class AutoRules:
    """When to save; without any rule the mode is always `full`."""

    eco_above_g_per_kwh: float | None = None
    eco_hours_utc: tuple[int, ...] = ()
    power_budget_w: float | None = None
    min_dwell_s: float = 300.0
    latency_objectives_s: Mapping[str, float] = field(default_factory=dict)
    """The 95th percentile to hold, by endpoint."""
    headroom: float = 0.8
    """Part of an objective that may be used up; beyond it the mode is left."""
    slowdown: Mapping[str, float] = field(default_factory=lambda: {"eco": 1.5, "power_cap": 3.0})
    """What a mode is expected to multiply latency by, until it was tried."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the policy looks at."""

    now_s: float
    hour_utc: int
    g_per_kwh: float
    power_w: float
    """Mean of the last minute."""
    p95_s: Mapping[str, float] = field(default_factory=dict)
    """Of the last minute, by endpoint; no entry where nothing was asked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A mode, why, and since when."""

    mode: WorkMode
    reason: str
    since_s: float


def decide(rules: AutoRules, situation: Situation, current: Decision) -> Decision:
    """Return the mode to be in; ``current`` itself where nothing changes."""
    tight = _breaking(rules, situation, 1.0, rules.headroom)
    if tight and current.mode != "full":
        return Decision("full", f"latency: {tight}", situation.now_s)
    mode, reason = _wanted(rules, situation, current.mode)
    if mode == current.mode or situation.now_s - current.since_s < rules.min_dwell_s:
        return current
    if mode != "full":
        broken = _breaking(rules, situation, rules.slowdown.get(mode, 1.0), 1.0)
        if broken:
            return current
    return Decision(mode, reason, situation.now_s)


def _wanted(rules: AutoRules, now: Situation, current: WorkMode) -> tuple[WorkMode, str]:
    budget_w = rules.power_budget_w
    if budget_w is not None:
        limit_w = budget_w * (LEAVE_POWER_SHARE if current == "power_cap" else 1.0)
        if now.power_w > limit_w:
            return "power_cap", f"power: {now.power_w:.3g} W, budget {budget_w:g} W"
    above = rules.eco_above_g_per_kwh
    if above is not None:
        limit = above * (LEAVE_SHARE if current == "eco" else 1.0)
        if now.g_per_kwh > limit:
            return "eco", f"carbon: {now.g_per_kwh:.3g} g/kWh, threshold {above:g}"
    if now.hour_utc in rules.eco_hours_utc:
        return "eco", f"hour: {now.hour_utc} UTC"
    return "full", "nothing asks for less"


def _breaking(rules: AutoRules, now: Situation, factor: float, share: float) -> str:
    """Name the first endpoint whose latency, slowed down by ``factor``, uses up its share."""
    for endpoint, objective_s in rules.latency_objectives_s.items():
        p95_s = now.p95_s.get(endpoint, 0.0) * factor
        if p95_s > objective_s * share:
            return f"{endpoint} p95 {p95_s * 1000:.0f} ms, objective {objective_s * 1000:.0f} ms"
    return ""

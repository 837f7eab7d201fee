"""How many replicas: the fewest that hold the objective, decided from load, speed and energy.

A pure policy. `deployments/autoscaling.py` is its shell in Ray Serve, and
`scripts/bench/scaling.py` replays a load curve against it and against Serve's own.

Two signals complete each other. The queue says how much work there is, before anything is
late, but not how much a replica can bear. The burn rate of the latency objective says whether
users notice, but only once they do. So the queue sets the number, and the burn rate corrects
it: up while the budget burns, down only after it has been safe for a while.

A replica takes its time to start, and late calls stay in the window for a while after the
cause is gone. So after every step up the burn is not listened to until its effect can be
seen; and since a queue that piled up during a start says more about the start than about the
load, one step at most doubles the number.

Energy: a replica that idles still costs its idle power. How full replicas may be before
another one is started is what trades joules for headroom, see ``ScalingGoal.eco``.
"""

import math
from dataclasses import dataclass, replace

from reliability.errors import UnreachableGoal

COOL, HOT = 0.6, 0.95
"""Utilisation at which another replica is wanted: without any thrift, and with all of it."""


@dataclass(frozen=True, slots=True)
class ScalingGoal:
    """What the policy works towards."""

    full: float = 8.0
    """Requests at once with which a replica is as busy as it can usefully be."""
    target: float = 0.95
    """Share of calls that must be within the objective."""
    eco: float = 0.5
    """0 to 1: how much energy counts. It moves the wanted utilisation from COOL to HOT."""
    least_calls: int = 20
    """In the window; fewer say nothing about speed."""
    safe_burn: float = 0.5
    """Below it there is budget to spare."""
    calm_s: float = 20.0
    """So long the burn must be safe and the queue short before replicas are given up."""
    settle_s: float = 15.0
    """From a step up until its effect can be seen: a start, and the window of calls."""

    def __post_init__(self) -> None:
        """Refuse what no number of replicas meets.

        Raises:
            UnreachableGoal: A number is outside of its range.
        """
        for right, text in (
            (self.full > 0, f"full should be greater than 0, not {self.full:g}"),
            (0 < self.target < 1, f"target should lie between 0 and 1, not {self.target:g}"),
            (0 <= self.eco <= 1, f"eco should be from 0 to 1, not {self.eco:g}"),
            (self.least_calls >= 1, f"least_calls should be at least 1, not {self.least_calls}"),
            (self.safe_burn >= 0, f"safe_burn should not be negative, but is {self.safe_burn:g}"),
            (self.calm_s >= 0, f"calm_s should not be negative, but is {self.calm_s:g}"),
            (self.settle_s >= 0, f"settle_s should not be negative, but is {self.settle_s:g}"),
        ):
            if not right:
                raise UnreachableGoal(text)

    @property
    def utilisation(self) -> float:
        """How full replicas may be."""
        return COOL + (HOT - COOL) * self.eco


@dataclass(frozen=True, slots=True)
class Load:
    """What was seen of late, over all replicas."""

    ongoing: float
    """Requests that run or wait, on average."""
    calls: float
    """Ended in the window."""
    slow: float
    """Of them, later than the objective."""


@dataclass(frozen=True, slots=True)
class PolicyMemory:
    """What the policy remembers from one look to the next."""

    calm_since_s: float | None = None
    """Since when it could do with fewer; None: it could not."""
    raised_s: float = -math.inf
    """When it last asked for more."""


def burn(load: Load, goal: ScalingGoal) -> float | None:
    """Return how fast the error budget burns, 1 being just as fast as allowed; None: no data."""
    if load.calls < goal.least_calls:
        return None
    return (load.slow / load.calls) / (1 - goal.target)


def decide(
    load: Load, replicas: int, goal: ScalingGoal, memory: PolicyMemory, now_s: float
) -> tuple[int, PolicyMemory]:
    """Return how many replicas to want, and what to remember for the next time.

    Bounds are the caller's.

    Args:
        replicas: Wanted so far, those that start included; at least 1.
        now_s: Of any clock that does not go back.
    """
    settled = now_s - memory.raised_s >= goal.settle_s
    wanted = _needed(load, replicas, goal, settled)
    if wanted > replicas:
        if not settled:
            return replicas, replace(memory, calm_since_s=None)
        return min(wanted, max(2 * replicas, replicas + 2)), PolicyMemory(raised_s=now_s)
    burning = burn(load, goal)
    if wanted == replicas or (burning is not None and burning > goal.safe_burn):
        return replicas, replace(memory, calm_since_s=None)
    if memory.calm_since_s is None:
        return replicas, replace(memory, calm_since_s=now_s)
    if now_s - memory.calm_since_s < goal.calm_s:
        return replicas, memory
    # Half of what is too much: the next look sees what that did.
    fewer = replicas - max(1, (replicas - wanted) // 2)
    return fewer, replace(memory, calm_since_s=None)


def _needed(load: Load, replicas: int, goal: ScalingGoal, settled: bool) -> int:
    """Return the replicas the queue asks for, or one step more while the budget burns."""
    by_queue = max(1, math.ceil(load.ongoing / (goal.full * goal.utilisation)))
    burning = burn(load, goal)
    if not settled or burning is None or burning <= 1:
        return by_queue
    # In proportion to the excess, since a queue that grows does not wait for a second look.
    return max(by_queue, replicas + math.ceil(replicas * min(1.0, 0.25 * (burning - 1))))

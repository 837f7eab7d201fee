"""Autoscaling by the latency objective: `reliability.scaling` behind Ray Serve's interface.

In a configuration, in place of `target_ongoing_requests`:

    autoscaling_config:
      min_replicas: 1
      max_replicas: 8
      metrics_interval_s: 2
      look_back_period_s: 6
      # The policy has its own patience (`calm_s`, `settle_s`). It asks once and then waits to
      # see the effect: with a delay of Serve's in between, nothing would ever come of it.
      upscale_delay_s: 0
      downscale_delay_s: 0
      policy:
        policy_function: deployments.autoscaling.SloPolicy
        policy_kwargs: {full: 8, target: 0.95, eco: 0.5}

The deployment's own `objective_s` says which calls are slow. Replicas report through
`record_autoscaling_stats` (`recent_calls.py`); Serve averages over the look-back period.
"""

import math
import time
from collections.abc import Mapping
from typing import Any

from ray.serve.config import AutoscalingContext

from reliability.scaling.policy import Load, PolicyMemory, ScalingGoal, decide

MEMORY = "brainwav_calm_and_raised_s"


class SloPolicy:
    """Called by Serve's controller about ten times a second.

    Args:
        goal: The fields of ``ScalingGoal``.
    """

    def __init__(self, **goal: Any) -> None:
        self._goal = ScalingGoal(**goal)

    def __call__(self, ctx: AutoscalingContext) -> tuple[int, dict[str, Any]]:
        """Return how many replicas to want; Serve applies bounds and delays."""
        now_s = time.time() if ctx.current_time is None else ctx.current_time
        calm_since_s, raised_s = ctx.policy_state.get(MEMORY, (None, -math.inf))
        replicas = max(1, ctx.target_num_replicas)
        memory = PolicyMemory(calm_since_s, raised_s)
        wanted, memory = decide(load(ctx), replicas, self._goal, memory, now_s)
        return wanted, {MEMORY: (memory.calm_since_s, memory.raised_s)}


def load(ctx: AutoscalingContext) -> Load:
    """Return what Serve knows of the deployment; replicas that have not reported count as idle."""
    reported = ctx.aggregated_metrics or {}
    return Load(ctx.total_num_requests, _sum(reported.get("calls")), _sum(reported.get("slow")))


def _sum(by_replica: Mapping[Any, float] | None) -> float:
    return float(sum((by_replica or {}).values()))

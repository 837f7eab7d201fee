"""A load curve against Serve's default autoscaling and against ours: lateness and replica-seconds.

The default is Serve's own code (`ray.serve.autoscaling_policy`), called with simulated time.
"""

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray.serve.autoscaling_policy import (
    _apply_delay_logic,
    _apply_scaling_factors,
    _core_replica_queue_length_policy,
)
from ray.serve.config import AutoscalingConfig, AutoscalingContext

from reliability.scaling.policy import Load, PolicyMemory, ScalingGoal, decide
from reliability.scaling.replay import Plant, Replay, ScalingPolicy, replay
from scripts.bench.support.service import report, row

CURVE = Path(__file__).resolve().parent / "data" / "load_curve.csv"
SEEDS = range(3)
MOST = 32
OURS = ScalingGoal(full=1.2, eco=0.0, calm_s=20)
THRIFTY = ScalingGoal(full=1.2, eco=0.5, calm_s=20)
DEFAULTS: dict[str, dict[str, float]] = {
    "Serve as it comes": {},
    "Serve with this project's delays": {"upscale_delay_s": 3, "downscale_delay_s": 120},
    # Found by trying targets of 0.5 to 4 and delays of 20 to 600 s on this very curve.
    "Serve tuned to it, quick to shrink": {
        "target_ongoing_requests": 0.75,
        "upscale_delay_s": 3,
        "downscale_delay_s": 20,
    },
    "Serve tuned to it, slow to shrink": {
        "target_ongoing_requests": 0.75,
        "upscale_delay_s": 3,
        "downscale_delay_s": 120,
    },
}


def serve_default(**settings: Any) -> ScalingPolicy:
    """Return Serve's policy with its factors and delays, by its own functions."""
    config = AutoscalingConfig(min_replicas=1, max_replicas=MOST, **settings)
    state: dict[str, Any] = {}

    def policy(load: Load, running: int, wanted: int, now_s: float) -> int:
        desired, _ = _core_replica_queue_length_policy(_context(load, running, wanted, config))
        scaled = _apply_scaling_factors(desired, running, config)
        number, _ = _apply_delay_logic(max(0, scaled), wanted, config, state, _now=now_s)
        return min(MOST, max(1, number))

    return policy


def slo_policy(goal: ScalingGoal) -> ScalingPolicy:
    """Return ours, which Serve runs without delays of its own."""
    memory = [PolicyMemory()]

    def policy(load: Load, running: int, wanted: int, now_s: float) -> int:
        number, memory[0] = decide(load, wanted, goal, memory[0], now_s)
        return number

    return policy


def _context(
    load: Load, running: int, wanted: int, config: AutoscalingConfig
) -> AutoscalingContext:
    nothing: Mapping[str, Any] = {
        "deployment_id": None,
        "deployment_name": "",
        "app_name": None,
        "running_replicas": [],
        "total_queued_requests": None,
        "aggregated_metrics": None,
        "raw_metrics": None,
        "policy_state": {},
        "last_scale_up_time": None,
        "last_scale_down_time": None,
        "current_time": None,
    }
    return AutoscalingContext(
        **nothing,
        current_num_replicas=running,
        target_num_replicas=wanted,
        total_num_requests=load.ongoing,
        capacity_adjusted_min_replicas=1,
        capacity_adjusted_max_replicas=MOST,
        config=config,
    )


def read_curve(path: Path) -> list[float]:
    """Return requests a second, one number for each second."""
    with path.open(newline="") as file:
        return [float(line["requests_per_s"]) for line in csv.DictReader(file)]


def averaged(rates: list[float], make: Any, plant: Plant) -> Replay:
    """Return the sums over all seeds."""
    runs = [replay(rates, make(), plant, seed) for seed in SEEDS]
    return Replay(
        sum(run.requests for run in runs),
        sum(run.late for run in runs),
        sum(run.bad_minutes for run in runs),
        sum(run.replica_s for run in runs),
        max(run.most_replicas for run in runs),
    )


def line(what: str, run: Replay, against: Replay | None = None) -> dict[str, Any]:
    """Return a line of the report; with ``against``, judged by the bar."""
    told = (
        f"late {run.late_share:.2%}, minutes over the target {run.bad_minutes}, "
        f"at most {run.most_replicas} replicas"
    )
    if against is None:
        return row(f"{what}: replica-seconds", run.replica_s, "", None, told)
    share = run.replica_s / against.replica_s
    met = share <= 0.8 and run.bad_minutes <= against.bad_minutes
    bar = "≤ 0.80, no more minutes over"
    return row(f"ours against {what}: replica-seconds", share, bar, met, told)


def main() -> None:
    """Replay, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curve", type=Path, default=CURVE)
    args = parser.parse_args()
    rates, plant = read_curve(args.curve), Plant(most_replicas=MOST)
    ours = averaged(rates, lambda: slo_policy(OURS), plant)
    runs = {
        name: averaged(rates, lambda s=settings: serve_default(**s), plant)
        for name, settings in DEFAULTS.items()
    }
    thrifty = averaged(rates, lambda: slo_policy(THRIFTY), plant)
    rows = [line("ours", ours), line("ours with eco 0.5", thrifty)]
    for name, run in runs.items():
        rows += [line(name, run), line(name, ours, run)]
    report("scaling", rows, {"seconds": len(rates), "seeds": len(SEEDS)})


if __name__ == "__main__":
    main()

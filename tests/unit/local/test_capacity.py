"""CPU shares that cannot fit are refused before anything starts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.preflight import capacity

PROJECT = Path(__file__).resolve().parents[3]
SHIPPED = yaml.safe_load((PROJECT / "serve_config.yaml").read_text())


def configured(*deployments: dict[str, Any]) -> dict[str, Any]:
    """A configuration of one application."""
    return {"applications": [{"deployments": list(deployments)}]}


def test_the_shipped_configuration_rolls_out_on_two_cores() -> None:
    """Old and new replicas fit side by side, or a rollout would wait for ever."""
    assert round(capacity.rollout_cpus(SHIPPED), 4) <= 2


@pytest.mark.parametrize(
    ("deployment", "cpus"),
    [
        ({"ray_actor_options": {"num_cpus": 0.5}, "num_replicas": 3}, 1.5),
        ({"ray_actor_options": {"num_cpus": 0.5}, "autoscaling_config": {"min_replicas": 2}}, 1.0),
        ({"ray_actor_options": {"num_cpus": 0.5}, "autoscaling_config": {"max_replicas": 9}}, 0.5),
        ({"ray_actor_options": {"num_cpus": 0.5}, "num_replicas": "auto"}, 0.5),
        ({"num_replicas": 2}, 2.0),
    ],
)
def test_the_least_size_counts(deployment: dict[str, Any], cpus: float) -> None:
    """Shares by the replicas that must run, Serve's defaults where nothing is said."""
    assert capacity.least_cpus(configured(deployment)) == cpus


def test_surge_is_counted_for_a_rollout() -> None:
    """A deployment without surge stops its old replica first."""
    half = {"ray_actor_options": {"num_cpus": 0.5}}
    assert capacity.rollout_cpus(configured(half | {"max_surge_percent": 100}, half)) == 1.5


def test_too_large_a_share_is_refused_with_both_figures() -> None:
    """Ray itself would only wait."""
    capacity.check(configured({"ray_actor_options": {"num_cpus": 2}}), 2)
    with pytest.raises(capacity.TooFewCpus, match=r"2\.5 CPUs, and this machine has 2"):
        capacity.check(configured({"ray_actor_options": {"num_cpus": 2.5}}), 2)

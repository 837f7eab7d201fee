"""The policy as Serve calls it: resolved from a configuration, asked again and again."""

from typing import Any

import pytest
from ray.serve._private.autoscaling_state import _resolve_policy_callable
from ray.serve.autoscaling_policy import _apply_autoscaling_config
from ray.serve.config import AutoscalingConfig, AutoscalingContext

SETTINGS: dict[str, Any] = {
    "min_replicas": 1,
    "max_replicas": 8,
    "upscale_delay_s": 0,
    "downscale_delay_s": 0,
    "policy": {
        "policy_function": "deployments.autoscaling.SloPolicy",
        "policy_kwargs": {"full": 10, "eco": 0.0, "calm_s": 20},
    },
}


class Controller:
    """Asks the policy as Serve's controller does, and remembers what it gives back."""

    def __init__(self) -> None:
        self.config = AutoscalingConfig(**SETTINGS)
        self._policy = _apply_autoscaling_config(_resolve_policy_callable(self.config.policy))
        self._state: dict[str, Any] = {}
        self.target = 1

    def ask(self, now_s: float, ongoing: float, calls: float = 0, slow: float = 0) -> int:
        metrics = {"calls": {"r1": calls / 2, "r2": calls / 2}, "slow": {"r1": slow}}
        context = AutoscalingContext(
            deployment_id=None,  # type: ignore[arg-type]
            deployment_name="Embedder",
            app_name="brainwav",
            current_num_replicas=self.target,
            target_num_replicas=self.target,
            running_replicas=[],
            total_num_requests=ongoing,
            total_queued_requests=None,
            aggregated_metrics=metrics,  # type: ignore[arg-type]
            raw_metrics=None,
            capacity_adjusted_min_replicas=1,
            capacity_adjusted_max_replicas=8,
            policy_state=self._state,
            last_scale_up_time=None,
            last_scale_down_time=None,
            current_time=now_s,
            config=self.config,
        )
        self.target, self._state = self._policy(context)
        return self.target


@pytest.fixture
def controller() -> Controller:
    return Controller()


def test_serve_finds_the_policy_and_follows_it_up_and_down(controller: Controller) -> None:
    """Ten times a second: up by the queue, up by the burn, down after twenty safe seconds."""
    assert controller.ask(100.0, ongoing=17, calls=100) == 3
    assert controller.ask(100.1, ongoing=90, calls=100) == 3, "it waits to see the effect"
    assert controller.ask(115.1, ongoing=17, calls=100, slow=10) == 4
    for tenth in range(1000):
        controller.ask(120 + tenth / 10, ongoing=1, calls=100)
    assert controller.target == 1


def test_a_deployment_that_reports_nothing_is_scaled_by_its_queue(controller: Controller) -> None:
    """Replicas of before, or without `record_autoscaling_stats`."""
    assert controller.ask(100.0, ongoing=17) == 3

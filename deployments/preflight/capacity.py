"""CPU shares against the machine's CPUs: where they do not fit, Ray waits without a word."""

from collections.abc import Mapping
from typing import Any

SERVE_DEFAULT_CPUS = 1.0
"""Of a replica whose `ray_actor_options` say nothing."""


class TooFewCpus(RuntimeError):
    """The replicas can never all start; the message says by how much."""


def check(config: Mapping[str, Any], num_cpus: float) -> None:
    """Refuse a configuration whose smallest size has no room.

    Raises:
        TooFewCpus: Its shares add up to more than ``num_cpus``.
    """
    wanted = least_cpus(config)
    # Ray counts in ten-thousandths of a CPU.
    if round(wanted, 4) > num_cpus:
        raise TooFewCpus(
            f"the shares in serve_config.yaml (`num_cpus` times the least replicas) add up to "
            f"{wanted:g} CPUs, and this machine has {num_cpus:g}; lower one of them"
        )


def least_cpus(config: Mapping[str, Any]) -> float:
    """Return the CPUs that all deployments take at their least number of replicas."""
    return sum(_share(each) * _least_replicas(each) for each in _deployments(config))


def rollout_cpus(config: Mapping[str, Any]) -> float:
    """Return the CPUs that a rollout from the least size takes, old and new side by side."""
    return sum(
        _share(each) * _least_replicas(each) * (1 + each.get("max_surge_percent", 0) / 100)
        for each in _deployments(config)
    )


def _deployments(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for app in config["applications"] for each in app.get("deployments") or []]


def _share(deployment: Mapping[str, Any]) -> float:
    return (deployment.get("ray_actor_options") or {}).get("num_cpus", SERVE_DEFAULT_CPUS)


def _least_replicas(deployment: Mapping[str, Any]) -> int:
    replicas = deployment.get("num_replicas", 1)
    if scaling := deployment.get("autoscaling_config"):
        replicas = scaling.get("min_replicas", 1)
    # Serve's "auto" begins with one.
    return replicas if isinstance(replicas, int) else 1

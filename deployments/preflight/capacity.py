"""What replicas ask for against what the machine has: where it does not fit, Ray waits silently."""

from collections.abc import Mapping
from typing import Any

from deployments.checking.config import GRAPH
from deployments.preflight.checks import FAILED, OK, Check

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


def hardware(config: Mapping[str, Any], gpus: int) -> Check:
    """Look whether the smallest size of a configuration needs what this machine does not have.

    Args:
        gpus: That Ray finds here.
    """
    lacking = []
    if (wanted := _least(config, "num_gpus")) > gpus:
        lacking.append(f"`num_gpus` times the least replicas add up to {wanted:g}")
    if gpus == 0 and any(_device(app) == "cuda" for app in config["applications"]):
        lacking.append("`args.model.device` is cuda")
    lacking += [f"there is no resource {name!r}" for name in sorted(_resources(config))]
    if lacking:
        has = f"this machine has {gpus} GPUs, and no resource that has a name of its own"
        return Check("hardware", FAILED, f"{', '.join(lacking)}; {has}")
    return Check("hardware", OK, f"what replicas ask for is here ({gpus} GPUs)")


def _least(config: Mapping[str, Any], key: str) -> float:
    return sum(
        (_options(each).get(key) or 0) * _least_replicas(each) for each in _deployments(config)
    )


def _resources(config: Mapping[str, Any]) -> set[str]:
    return {
        name
        for each in _deployments(config)
        for name, amount in (_options(each).get("resources") or {}).items()
        if amount > 0 and _least_replicas(each) > 0
    }


def _device(app: Mapping[str, Any]) -> Any:
    if app.get("import_path") != GRAPH:
        return None
    return ((app.get("args") or {}).get("model") or {}).get("device")


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


def _options(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    return deployment.get("ray_actor_options") or {}


def _share(deployment: Mapping[str, Any]) -> float:
    return _options(deployment).get("num_cpus", SERVE_DEFAULT_CPUS)


def _least_replicas(deployment: Mapping[str, Any]) -> int:
    replicas = deployment.get("num_replicas", 1)
    if scaling := deployment.get("autoscaling_config"):
        replicas = scaling.get("min_replicas", 1)
    # Serve's "auto" begins with one.
    return replicas if isinstance(replicas, int) else 1


def gpu_count() -> int:
    """Return the GPUs that Ray will find on this machine."""
    # Imported here: most commands ask for none of this.
    from ray._private.accelerators import NvidiaGPUAcceleratorManager

    return NvidiaGPUAcceleratorManager.get_current_node_num_accelerators()

"""What Ray Serve finds out of a single value only while it deploys, or never."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ray._common.ray_option_utils import validate_actor_options
from ray.serve._private.constants import MAX_REPLICAS_PER_NODE_MAX_VALUE
from ray.serve._private.utils import validate_route_prefix
from ray.serve.config import (
    AutoscalingConfig,
    AutoscalingPolicy,
    ControllerOptions,
    DeploymentActorConfig,
    RequestRouterConfig,
)
from ray.serve.schema import (
    DeploymentSchema,
    HTTPOptionsSchema,
    LoggingConfig,
    RayActorOptionsSchema,
    ServeApplicationSchema,
    TracingConfig,
    gRPCOptionsSchema,
)
from ray.util.accelerators import accelerators
from ray.util.placement_group import VALID_PLACEMENT_GROUP_STRATEGIES

from deployments.checking import callables, paths, strict_schema
from deployments.checking.finding import (
    Finding,
    Place,
    kind_of,
    meant,
    one_letter_apart,
)
from deployments.checking.runtime_env import runtime_env

WITHOUT_LIMIT = -1
"""Of `max_queued_requests`, the only number below nothing that means something."""


def _port(value: int, place: Place) -> Iterator[Finding]:
    if not 1 <= value <= 65_535:
        yield Finding(place, f"should be a port from 1 to 65535, not {value}")


def _host(value: str, place: Place) -> Iterator[Finding]:
    text = value[1:-1] if value[:1] + value[-1:] == "[]" else value
    try:
        ipaddress.ip_address(text)
    except ValueError:
        is_name = re.fullmatch(r"[\w.-]*", text) and not re.fullmatch(r"[\d.]+", text)
        if not is_name:
            yield Finding(place, f"{value!r} is neither an address nor a name")


def _route(value: str | None, place: Place) -> Iterator[Finding]:
    try:
        validate_route_prefix(value)
    except ValueError as error:
        yield Finding(place, str(error))
    else:
        if value not in (None, "/"):
            yield from _root(value, place)


def _name(value: str, place: Place) -> Iterator[Finding]:
    # It becomes a name in HAProxy's configuration, and a part of those of Ray's actors.
    if not re.fullmatch(r"[A-Za-z0-9._-]+", value):
        yield Finding(place, f"{value!r} should be letters, digits, dots, dashes and underscores")


def _backoff(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    first, most = (
        value.get(key, RequestRouterConfig.model_fields[key].default)
        for key in ("initial_backoff_s", "max_backoff_s")
    )
    if first > most:
        text = f"{first} is over max_backoff_s ({most}), where it should begin below"
        yield Finding((*place, "initial_backoff_s"), text)


def _logs(value: str | None, place: Place) -> Iterator[Finding]:
    yield from paths.whole_as_written(value, place)
    if value is not None and Path(value).is_file():
        yield Finding(place, "is a file; logs go into a folder")


def _root(value: str, place: Place) -> Iterator[Finding]:
    if value and not value.startswith("/"):
        yield Finding(place, "should be empty or begin with /")
    elif not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", value):
        yield Finding(place, f"{value!r} should be letters, digits and ._~- between single /")


def _timeout(value: float | None, place: Place) -> Iterator[Finding]:
    if value is not None and value <= 0:
        yield Finding(place, f"should be greater than 0, not {value}")


def _bundles(value: list[Mapping[str, float]], place: Place) -> Iterator[Finding]:
    for index, bundle in enumerate(value):
        for name, amount in bundle.items():
            yield from _not_negative(amount, (*place, index, name))


def _not_negative(value: float | None, place: Place) -> Iterator[Finding]:
    if value is not None and value < 0:
        yield Finding(place, f"should not be negative, but is {value}")


def _queue(value: int, place: Place) -> Iterator[Finding]:
    if value < 1 and value != WITHOUT_LIMIT:
        text = f"should be at least 1, or {WITHOUT_LIMIT} for no limit, not {value}"
        yield Finding(place, text)


def _per_node(value: int, place: Place) -> Iterator[Finding]:
    if not 1 <= value <= MAX_REPLICAS_PER_NODE_MAX_VALUE:
        text = f"should be from 1 to {MAX_REPLICAS_PER_NODE_MAX_VALUE}, not {value}"
        yield Finding(place, text)


def _replicas(value: int | str | None, place: Place) -> Iterator[Finding]:
    if isinstance(value, str) and value != "auto":
        yield Finding(place, f"should be a number or auto, not {value!r}")


def _strategy(value: str, place: Place) -> Iterator[Finding]:
    if value not in VALID_PLACEMENT_GROUP_STRATEGIES:
        known = sorted(VALID_PLACEMENT_GROUP_STRATEGIES)
        yield Finding(place, f"should be one of {', '.join(known)}{meant(value, known)}")


def _actor_options(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    gpus = value.get("num_gpus")
    if gpus is not None and gpus > 1 and gpus != int(gpus):
        yield Finding((*place, "num_gpus"), f"should be whole above 1, not {gpus} GPUs")
    for key, item in value.items():
        here = (*place, key)
        if key == "resources" and isinstance(item, Mapping):
            for name, amount in item.items():
                if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
                    text = f"should be a number and not negative, not {kind_of(amount)}"
                    yield Finding((*here, str(name)), text)
        try:
            validate_actor_options({key: item}, in_options=True)
        except (ValueError, TypeError) as error:
            yield Finding(here, str(error))


def _accelerator(value: str | None, place: Place) -> Iterator[Finding]:
    known = [each for each in vars(accelerators).values() if isinstance(each, str)]
    if value is not None and value not in known:
        near = [each for each in known if one_letter_apart(value, each) and len(each) > 2]
        if near:
            yield Finding(place, f"no such accelerator; did you mean {near[0]}?")


def _of_all(value: Mapping[str, Any] | None, place: Place) -> Iterator[Finding]:
    if value is not None:
        rules = {key: rule for key, rule in RULES.items() if key[0] is AutoscalingPolicy}
        found = list(strict_schema.faults(value, AutoscalingPolicy, place, rules))
        yield from found or callables.policy_of_all(value, place)


def _actors(value: list[Mapping[str, Any]] | None, place: Place) -> Iterator[Finding]:
    names: set[Any] = set()
    for index, actor in enumerate(value or []):
        name = actor.get("name")
        if name == "" or name in names:
            said = "is empty" if name == "" else f"{name!r} is listed twice"
            yield Finding((*place, index, "name"), said)
        names.add(name)


def _whole_actor_options(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    yield from strict_schema.faults(value, RayActorOptionsSchema, place, RULES)
    yield from _actor_options(value, place)


RULES: strict_schema.FieldRules = {
    (HTTPOptionsSchema, "port"): _port,
    (HTTPOptionsSchema, "host"): _host,
    (HTTPOptionsSchema, "root_path"): _root,
    (HTTPOptionsSchema, "ssl_keyfile"): paths.whole_as_written,
    (HTTPOptionsSchema, "ssl_certfile"): paths.whole_as_written,
    (HTTPOptionsSchema, "ssl_ca_certs"): paths.whole_as_written,
    (LoggingConfig, "logs_dir"): _logs,
    (TracingConfig, "exporter_import_path"): callables.path,
    (HTTPOptionsSchema, "request_timeout_s"): _timeout,
    (HTTPOptionsSchema, "keep_alive_timeout_s"): _not_negative,
    (gRPCOptionsSchema, "port"): _port,
    (gRPCOptionsSchema, "grpc_servicer_functions"): callables.servicers,
    (gRPCOptionsSchema, "request_timeout_s"): _timeout,
    (ServeApplicationSchema, "runtime_env"): runtime_env,
    (ServeApplicationSchema, "name"): _name,
    (ServeApplicationSchema, "route_prefix"): _route,
    (ServeApplicationSchema, "autoscaling_policy"): _of_all,
    (ControllerOptions, "runtime_env"): lambda value, place: (
        iter(()) if value is None else runtime_env(value, place)
    ),
    (DeploymentSchema, "num_replicas"): _replicas,
    (DeploymentSchema, "max_queued_requests"): _queue,
    (DeploymentSchema, "max_replicas_per_node"): _per_node,
    (DeploymentSchema, "placement_group_strategy"): _strategy,
    (DeploymentSchema, "placement_group_bundles"): _bundles,
    (DeploymentSchema, "ray_actor_options"): _actor_options,
    (RayActorOptionsSchema, "runtime_env"): runtime_env,
    (RayActorOptionsSchema, "accelerator_type"): _accelerator,
    (AutoscalingPolicy, "policy_function"): callables.path,
    (AutoscalingConfig, "policy"): callables.policy,
    (RequestRouterConfig, "request_router_class"): callables.router,
    (DeploymentSchema, "deployment_actors"): _actors,
    (DeploymentSchema, "request_router_config"): _backoff,
    (DeploymentActorConfig, "actor_class"): callables.actor,
    (DeploymentActorConfig, "actor_options"): _whole_actor_options,
}
"""By model and field."""

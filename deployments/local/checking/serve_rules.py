"""What Ray Serve finds out only while it deploys, or never: said of the document before."""

import ipaddress
from collections.abc import Iterator, Mapping
from inspect import isclass, signature
from typing import Any, get_type_hints

from pydantic import BaseModel
from ray._common.ray_option_utils import validate_actor_options
from ray._common.utils import import_module_and_attr
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
    RayActorOptionsSchema,
    ServeApplicationSchema,
    ServeDeploySchema,
    gRPCOptionsSchema,
)
from ray.util.placement_group import VALID_PLACEMENT_GROUP_STRATEGIES

from deployments.autoscaling import SloPolicy
from deployments.local.checking import importable, strict_schema
from deployments.local.checking.environment import runtime_env
from deployments.local.checking.finding import (
    Finding,
    Place,
    kind_of,
    meant,
    one_letter_apart,
    unknown_key,
)
from reliability.scaling import ScalingGoal

WITHOUT_LIMIT = -1
"""Of `max_queued_requests`, the only number below nothing that means something."""


def faults(config: Mapping[str, Any], service: str) -> Iterator[Finding]:
    """Yield everything that is wrong with a document, but for the service's own settings.

    Args:
        service: The import path that must be here; others may be elsewhere beside it.
    """
    found = [*_of_all(config, service), *_of_document(config)]
    yield from found
    if not found:
        # What a newer Serve checks that nothing above does.
        yield from strict_schema.faults(config, ServeDeploySchema, (), RULES)


def _of_document(config: Mapping[str, Any]) -> Iterator[Finding]:
    fields = ServeDeploySchema.model_fields
    for key, value in config.items():
        if key not in fields:
            yield unknown_key((str(key),), fields)
        else:
            bounds = tuple(fields[key].metadata)
            yield from strict_schema.of_type(value, fields[key].annotation, (key,), RULES, bounds)
    if "applications" not in config:
        yield Finding(("applications",), "is missing: name at least one")


def _of_all(config: Mapping[str, Any], service: str) -> Iterator[Finding]:
    apps = applications(config)
    if "applications" in config and config["applications"] in ([], None, {}):
        yield Finding(("applications",), "is empty: name at least one")
    for key in ("name", "route_prefix"):
        yield from doubled([(index, app.get(key)) for index, app in apps], ("applications",), key)
    is_here = any(app.get("import_path") == service for _, app in apps)
    for index, app in apps:
        place = ("applications", index)
        if app.get("name", "default") == "":
            yield Finding((*place, "name"), "is empty")
        for key in ("host", "port"):
            if key in app:
                text = f"stands in http_options.{key}, for all applications"
                yield Finding((*place, key), text)
        yield from _import_path(app.get("import_path"), (*place, "import_path"), is_here, service)
        each = [(at, one.get("name")) for at, one in deployments(app)]
        yield from doubled(each, (*place, "deployments"), "name")
    yield from _same_port(config)


def applications(config: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return what of the applications can be looked at, with their positions."""
    return _mappings(config.get("applications"))


def deployments(app: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return what of an application's deployments can be looked at, with their positions."""
    return _mappings(app.get("deployments"))


def _mappings(value: Any) -> list[tuple[int, Mapping[str, Any]]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, Mapping)]


def doubled(values: list[tuple[int, Any]], place: Place, key: str) -> Iterator[Finding]:
    """Yield every value that stands a second time, at its later place."""
    first: dict[str, int] = {}
    for index, value in values:
        if not isinstance(value, str):
            continue
        if value in first:
            text = f"{value!r} is listed twice, first at [{first[value]}]"
            yield Finding((*place, index, key), text)
        first.setdefault(value, index)


def _import_path(path: Any, place: Place, is_here: bool, service: str) -> Iterator[Finding]:
    if not isinstance(path, str):
        return
    try:
        problem = importable.problem(path)
    except importable.NoModule as error:
        # Beside the service a module may be somebody else's, of a working directory elsewhere.
        problem = str(error) if nearly(path, service) or not is_here else None
    if problem:
        yield Finding(place, problem)


def nearly(path: str, service: str) -> bool:
    """Whether an import path is the service's, or that with a mistake in it."""
    module, own = path.partition(":")[0], service.partition(":")[0]
    return module == own or one_letter_apart(module, own)


def _same_port(config: Mapping[str, Any]) -> Iterator[Finding]:
    options = [config.get(each) for each in ("http_options", "grpc_options")]
    http, grpc = (each if isinstance(each, Mapping) else {} for each in options)
    # Serve asks for gRPC's only where functions are named, and that is no reason to share one.
    if grpc and grpc.get("port", 9000) == http.get("port", 8000):
        yield Finding(("grpc_options", "port"), "is http_options.port too")


def _port(value: int, place: Place) -> Iterator[Finding]:
    if not 1 <= value <= 65_535:
        yield Finding(place, f"should be a port from 1 to 65535, not {value}")


def _host(value: str, place: Place) -> Iterator[Finding]:
    text = value.strip("[]")
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if text and (":" in text or all(part.isdigit() for part in text.split("."))):
            yield Finding(place, f"{value!r} is neither an address nor a name")


def _route(value: str | None, place: Place) -> Iterator[Finding]:
    try:
        validate_route_prefix(value)
    except ValueError as error:
        yield Finding(place, str(error))


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


def _path(value: Any, place: Place) -> Iterator[Finding]:
    try:
        problem = importable.problem(value)
    except importable.NoModule as error:
        problem = str(error)
    if problem:
        yield Finding(place, problem)


def _paths(value: list[str], place: Place) -> Iterator[Finding]:
    for index, path in enumerate(value):
        yield from _path(path, (*place, index))


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


def _policy(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Yield what is wrong with a policy's arguments; its function is there."""
    arguments = value.get("policy_kwargs") or {}
    path = value.get("policy_function")
    if not path or not arguments:
        return
    here = (*place, "policy_kwargs")
    try:
        _, policy = import_module_and_attr(path)
        if policy is SloPolicy:
            yield from _goal(arguments, here)
        elif isclass(policy):
            signature(policy).bind(**arguments)
    except Exception as error:  # its own module's, which runs here for the first time
        yield Finding(here, str(error))


def _goal(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    known = get_type_hints(ScalingGoal)
    for key, item in arguments.items():
        here = (*place, key)
        if key not in known:
            yield unknown_key(here, known)
        else:
            found = list(strict_schema.of_type(item, known[key], here, {}))
            yield from found or _not_negative(item, here)


def _as_policy(value: Mapping[str, Any] | None, place: Place) -> Iterator[Finding]:
    if value is not None:
        yield from strict_schema.faults(value, AutoscalingPolicy, place, RULES)


def _whole_actor_options(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    yield from strict_schema.faults(value, RayActorOptionsSchema, place, RULES)
    yield from _actor_options(value, place)


def _negative_of(model: type[BaseModel], *fields: str) -> strict_schema.Rules:
    return {(model, field): _not_negative for field in fields}


RULES: strict_schema.Rules = {
    (HTTPOptionsSchema, "port"): _port,
    (HTTPOptionsSchema, "host"): _host,
    **_negative_of(HTTPOptionsSchema, "request_timeout_s", "keep_alive_timeout_s"),
    (gRPCOptionsSchema, "port"): _port,
    (gRPCOptionsSchema, "grpc_servicer_functions"): _paths,
    **_negative_of(gRPCOptionsSchema, "request_timeout_s"),
    (ServeApplicationSchema, "runtime_env"): runtime_env,
    (ServeApplicationSchema, "route_prefix"): _route,
    (ServeApplicationSchema, "autoscaling_policy"): _as_policy,
    (ControllerOptions, "runtime_env"): lambda value, place: (
        iter(()) if value is None else runtime_env(value, place)
    ),
    (DeploymentSchema, "num_replicas"): _replicas,
    (DeploymentSchema, "max_queued_requests"): _queue,
    (DeploymentSchema, "max_replicas_per_node"): _per_node,
    (DeploymentSchema, "placement_group_strategy"): _strategy,
    (DeploymentSchema, "ray_actor_options"): _actor_options,
    (RayActorOptionsSchema, "runtime_env"): runtime_env,
    (AutoscalingPolicy, "policy_function"): _path,
    (AutoscalingConfig, "policy"): _policy,
    (RequestRouterConfig, "request_router_class"): _path,
    (DeploymentActorConfig, "actor_class"): _path,
    (DeploymentActorConfig, "actor_options"): _whole_actor_options,
}
"""By model and field."""

"""What Ray Serve finds out only while it deploys, or never: said of the document before."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from ray.serve._private.config import ReplicaConfig
from ray.serve.schema import ServeDeploySchema

from deployments.checking import importable, paths, strict_schema
from deployments.checking.finding import Finding, Place, one_letter_apart, unknown_key
from deployments.checking.serve_values import RULES

PLACEMENT = (
    "placement_group_bundles",
    "placement_group_strategy",
    "placement_group_bundle_label_selector",
)


def faults(config: Mapping[str, Any], service: str, elsewhere: bool) -> Iterator[Finding]:
    """Yield everything that is wrong with a document, but for the service's own settings.

    Args:
        service: The import path that must be here; others may be elsewhere beside it.
        elsewhere: It is for another machine, whose files cannot be looked at.
    """
    found = [*_of_all(config, service), *_of_document(config), *_tls(config, elsewhere)]
    for index, app in applications(config):
        for at, one in deployments(app):
            found += _placed(one, ("applications", index, "deployments", at))
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
    if config.get("target_capacity") == 0 and config["target_capacity"] is not False:
        yield Finding(("target_capacity",), "0 leaves no replica of anything")
    yield from _same_port(config)


def _placed(deployment: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Yield why replicas could not be placed, in the words of what Serve makes of them."""
    given = {key: deployment[key] for key in PLACEMENT if deployment.get(key) is not None}
    if not given:
        return
    options = deployment.get("ray_actor_options")
    try:
        ReplicaConfig.create(
            "replica",
            ray_actor_options=dict(options) if isinstance(options, Mapping) else {},
            max_replicas_per_node=deployment.get("max_replicas_per_node"),
            **deepcopy(given),
        )
    except Exception as error:  # of whatever kind: what is no mapping or number is told elsewhere
        yield Finding((*place, next(iter(given))), " ".join(str(error).split())[:300])


def _tls(config: Mapping[str, Any], elsewhere: bool) -> Iterator[Finding]:
    options = config.get("http_options")
    if isinstance(options, Mapping):
        yield from paths.tls(options, ("http_options",), elsewhere)


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

"""The service's own part: its deployments, which of them are one, and their settings."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from pydantic import ValidationError

from deployments import home
from deployments.checking import hidden_bounds, importable, known_models, paths, strict_schema
from deployments.checking.finding import Finding, Place, meant
from deployments.checking.our_values import RULES
from deployments.checking.serve_rules import applications, deployments, nearly
from deployments.settings import locations
from deployments.settings.exposure import problem
from deployments.settings.service import ServiceSettings
from deployments.settings.tunables import USER_CONFIGS, IngressTunables

SINGLE = {
    "IndexWriter": "two writers would replace each other",
    "MetricsHub": "it holds the totals of all",
    "RateLimiter": "it owns every token bucket",
    "Planner": "the runs that can be followed live in it",
}
"""Deployments with one replica, and why."""
NEVER_BESIDE = ("IndexWriter", "MetricsHub", "RateLimiter", "EnergyMeter")
"""Each has files that one process writes: its successor starts when it has gone."""
PER_NODE = "EnergyMeter"


def faults(config: Mapping[str, Any], service: str, elsewhere: bool) -> Iterator[Finding]:
    """Yield what is wrong with every application of ours.

    Args:
        elsewhere: It is for another machine, whose files cannot be looked at.
    """
    indexes: dict[str, int] = {}
    http = config.get("http_options")
    timeout_s = http.get("request_timeout_s") if isinstance(http, Mapping) else None
    for index, app in applications(config):
        if not _is_ours(app, service):
            # Somebody's own, beside ours: Serve's part says what can be known of it.
            continue
        place = ("applications", index)
        yield from _unheard(config, app, place)
        args = app.get("args", {})
        found = list(strict_schema.faults(args, ServiceSettings, (*place, "args"), RULES))
        yield from found
        broken = {each.place[3] for each in found if len(each.place) > 3}
        settings = _sound(args, broken)
        if settings is not None:
            yield from _of_settings(settings, (*place, "args"), elsewhere)
            if "index" not in broken:
                yield from _same_index(settings, indexes, index, place)
        yield from _of_deployments(app, settings, "limiter" in broken, timeout_s, place)
        if not (elsewhere and _keys_file(args)):
            yield from _exposed(config, args, (*place, "args", "identity", "keys_file"))


def _unheard(config: Mapping[str, Any], app: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    if config.get("proxy_location") == "Disabled":
        yield Finding(("proxy_location",), "nothing would answer: EveryNode or HeadOnly")
    if app.get("route_prefix", "/") is None:
        yield Finding((*place, "route_prefix"), "nothing would answer: / or another path")


def _is_ours(app: Mapping[str, Any], service: str) -> bool:
    """Whether an application is the service, perhaps under a path with a mistake in it."""
    path = app.get("import_path", service)
    if not isinstance(path, str) or nearly(path, service):
        return True
    try:
        is_there = importable.problem(path) is None
    except importable.NoModule:
        is_there = False
    names = [deployment.get("name") for _, deployment in deployments(app)]
    return not is_there and sum(name in USER_CONFIGS for name in names if isinstance(name, str)) > 2


def _sound(args: Any, broken: Set[Any]) -> ServiceSettings | None:
    """Return settings with the defaults of what is broken, None where nothing can be said."""
    if not isinstance(args, Mapping):
        return None
    try:
        return ServiceSettings.model_validate({k: args[k] for k in args if k not in broken})
    except ValidationError:
        return None


def _same_index(
    settings: ServiceSettings, indexes: dict[str, int], index: int, place: Place
) -> Iterator[Finding]:
    uri = locations.located(settings).index.uri
    if uri in indexes:
        text = f"is that of applications[{indexes[uri]}] too: an index has one writer"
        yield Finding((*place, "args", "index", "uri"), text)
    indexes.setdefault(uri, index)


def _of_settings(settings: ServiceSettings, place: Place, elsewhere: bool) -> Iterator[Finding]:
    yield from known_models.faults(settings.model, (*place, "model"), elsewhere)
    if settings.text_model is not None:
        yield from known_models.text_faults(settings.text_model, (*place, "text_model"), elsewhere)
    if settings.index.storage_options and "://" not in settings.index.uri:
        text = "are for object storage; index.uri is a folder"
        yield Finding((*place, "index", "storage_options"), text)
    connections = (*place, "http", "connections")
    yield from hidden_bounds.of_service(settings.http.connections, connections)
    if not elsewhere:
        yield from paths.files(settings, place)


def _of_deployments(
    app: Mapping[str, Any],
    settings: ServiceSettings | None,
    perhaps_redis: bool,
    timeout_s: Any,
    place: Place,
) -> Iterator[Finding]:
    here = (*place, "deployments")
    names = built(settings)
    listed = deployments(app)
    by_name: dict[str, hidden_bounds.Chosen | None] = {}
    for index, deployment in listed:
        name = deployment.get("name")
        if not isinstance(name, str):
            # Serve's part says that it is missing.
            continue
        if name not in USER_CONFIGS:
            text = f"{name!r} is none of {', '.join(USER_CONFIGS)}{meant(name, USER_CONFIGS)}"
            yield Finding((*here, index, "name"), text)
            continue
        if name not in names:
            text = f"{name} is not built where args.limiter.redis_url is given; leave it out"
            yield Finding((*here, index, "name"), text)
        found = list(_of_deployment(name, deployment, settings, (*here, index)))
        yield from found
        by_name[name] = _given(name, deployment, (*here, index)) if not found else None
    sound = {name: given for name, given in by_name.items() if given is not None}
    yield from hidden_bounds.of_all(sound, timeout_s)
    left = [name for name in names if name not in by_name]
    if perhaps_redis and left == ["RateLimiter"]:
        left = []
    if left and isinstance(app.get("deployments", []), list):
        said = ", ".join(left)
        yield Finding(here, f"{said} missing: Serve would give each a whole CPU and no bounds")


def built(settings: ServiceSettings | None) -> tuple[str, ...]:
    """Return the deployments that `graph.build` makes of settings."""
    without = {"RateLimiter"} if settings and settings.limiter.redis_url is not None else set()
    return tuple(name for name in USER_CONFIGS if name not in without)


def _of_deployment(
    name: str, deployment: Mapping[str, Any], settings: ServiceSettings | None, place: Place
) -> Iterator[Finding]:
    given = deployment.get("user_config")
    tunables = {} if given is None else given
    found = list(strict_schema.faults(tunables, USER_CONFIGS[name], (*place, "user_config"), RULES))
    yield from found
    yield from _replicas(name, deployment, place)
    if found:
        return
    ours = USER_CONFIGS[name].model_validate(tunables)
    yield from hidden_bounds.of_deployment(name, deployment, ours, place)
    if isinstance(ours, IngressTunables):
        yield from _of_ingress(deployment, ours, settings, place)


def _given(name: str, deployment: Mapping[str, Any], place: Place) -> hidden_bounds.Chosen:
    tunables = deployment.get("user_config") or {}
    return (*place, "user_config"), USER_CONFIGS[name].model_validate(tunables)


def _replicas(name: str, deployment: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    replicas = deployment.get("num_replicas")
    scales = deployment.get("autoscaling_config") is not None or replicas == "auto"
    if name in SINGLE and _positive(replicas, 1):
        text = f"should be 1, not {replicas}: {name} is one, {SINGLE[name]}"
        yield Finding((*place, "num_replicas"), text)
    if scales and (name in SINGLE or name == PER_NODE):
        key = "num_replicas" if replicas == "auto" else "autoscaling_config"
        why = SINGLE.get(name, "it is one a node")
        yield Finding((*place, key), f"{name} is not scaled: {why}")
    if name in NEVER_BESIDE and _positive(deployment.get("max_surge_percent")):
        text = f"should be 0: two of {name} must not overlap, not even while one is replaced"
        yield Finding((*place, "max_surge_percent"), text)
    if name == PER_NODE:
        each = deployment.get("max_replicas_per_node")
        if (isinstance(each, int) and each > 1) or (each is None and _positive(replicas, 1)):
            yield Finding((*place, "max_replicas_per_node"), f"should be 1: {name} is one a node")


def _positive(value: Any, above: int = 0) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > above


def _of_ingress(
    ingress: Mapping[str, Any],
    ours: IngressTunables,
    settings: ServiceSettings | None,
    place: Place,
) -> Iterator[Finding]:
    scaling = ingress.get("autoscaling_config")
    numbers = [scaling.get("max_replicas") if isinstance(scaling, Mapping) else 1]
    numbers.append(ingress.get("num_replicas"))
    most = max([1, *(number for number in numbers if isinstance(number, int))])
    least = ours.rate_limits.least_replicas
    here = (*place, "user_config")
    if least < most:
        text = (
            f"{least}, but there may be {most} Ingress replicas; while the RateLimiter is down "
            f"each takes 1/{least} of a limit"
        )
        yield Finding((*here, "rate_limits", "least_replicas"), text)
    most_asked, ongoing = ours.overload.max_concurrent_requests, ingress.get("max_ongoing_requests")
    if isinstance(ongoing, int) and most_asked > ongoing:
        text = f"should be at most max_ongoing_requests ({ongoing}), where Serve stops, not"
        yield Finding((*here, "overload", "max_concurrent_requests"), f"{text} {most_asked}")
    stalled_s = (settings or ServiceSettings()).http.connections.stalled_s
    if ours.heartbeat_s >= stalled_s:
        text = f"should be less than args.http.connections.stalled_s ({stalled_s})"
        yield Finding((*here, "heartbeat_s"), f"{text}, or quiet streams are cut")


def _keys_file(args: Any) -> Any:
    identity = args.get("identity") if isinstance(args, Mapping) else None
    return identity.get("keys_file") if isinstance(identity, Mapping) else None


def _exposed(config: Mapping[str, Any], args: Any, place: Place) -> Iterator[Finding]:
    http = config.get("http_options")
    # Serve's own default is 127.0.0.1 too.
    host = http.get("host", "127.0.0.1") if isinstance(http, Mapping) else "127.0.0.1"
    file = _keys_file(args)
    if refusal := problem(str(host), home.whole(str(file)) if file else None):
        yield Finding(place, refusal)

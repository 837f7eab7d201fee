"""`serve_config.yaml` read strictly: Serve ignores keys it does not know, we refuse them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from ray.serve.schema import (
    DeploymentSchema,
    HTTPOptionsSchema,
    LoggingConfig,
    ServeApplicationSchema,
    ServeDeploySchema,
)

from deployments.exposure import problem
from deployments.settings import USER_CONFIGS, IngressTunables, ServiceSettings

PROJECT = Path(__file__).resolve().parents[2]
GRAPH = "graph:build"
"""This project's application."""


class ConfigError(ValueError):
    """The configuration is wrong; the message lists every place."""


def load(path: Path) -> dict[str, Any]:
    """Read and check a configuration file.

    Files in `deploy/` are for other machines: their key files need not be here. A replica
    looks for its own when it starts (`graph.build`).

    Raises:
        ConfigError: Not YAML, an unknown key, or a value that does not fit.
    """
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error
    problems = list(check(config, elsewhere=path.resolve().parent == PROJECT / "deploy"))
    if problems:
        raise ConfigError(f"{path}:\n  " + "\n  ".join(problems))
    return config


def check(config: Any, elsewhere: bool = False) -> Iterator[str]:
    """Yield every problem, each with its place.

    Args:
        elsewhere: It is for another machine, whose files cannot be looked at.
    """
    if not isinstance(config, Mapping):
        yield "the file holds no mapping"
        return
    yield from _unknown(config, ServeDeploySchema, "")
    yield from _unknown(config.get("http_options"), HTTPOptionsSchema, "http_options.")
    yield from _unknown(config.get("logging_config"), LoggingConfig, "logging_config.")
    yield from _invalid(ServeDeploySchema, config, "")
    for index, app in enumerate(config.get("applications") or []):
        yield from _unknown(app, ServeApplicationSchema, f"applications.{index}.")
        if app.get("import_path") != GRAPH:
            # Somebody's own, beside ours: Serve has checked what can be known of it.
            continue
        yield from _check_application(app, f"applications.{index}.")
        http = config.get("http_options") or {}
        if not (elsewhere and _names_keys(app)):
            yield from _exposed(http, app, f"applications.{index}.")


def raise_limits(config: dict[str, Any], per_second: int = 1_000_000) -> None:
    """Raise every rate limit in place, for loads that are meant to find other bounds."""
    for app in config["applications"]:
        for deployment in app.get("deployments") or []:
            if deployment["name"] == "Ingress":
                tunables = deployment.setdefault("user_config", {})
                names = ("embed", "search", "read", "write", "plan", "reflect")
                # Ten seconds' worth at once: after its owner's restart a bucket is lent to
                # replicas that do not know of each other yet.
                limit = {"limit": per_second, "period_s": 1, "burst": 10 * per_second}
                high = dict.fromkeys(names, limit)
                tunables["rate_limits"] = {**tunables.get("rate_limits", {}), **high}
                tunables["overload"] = {"max_concurrent_per_client": 240}


def _check_application(app: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from _invalid(ServiceSettings, app.get("args") or {}, f"{place}args.")
    for index, deployment in enumerate(app.get("deployments") or []):
        here = f"{place}deployments.{index}."
        yield from _unknown(deployment, DeploymentSchema, here)
        name = deployment.get("name")
        if name not in USER_CONFIGS:
            yield f"{here}name: {name!r} is none of {', '.join(USER_CONFIGS)}"
            continue
        tunables = deployment.get("user_config") or {}
        problems = list(_invalid(USER_CONFIGS[name], tunables, f"{here}user_config."))
        yield from problems
        if name == "Ingress" and not problems:
            yield from _too_few_replicas(deployment, tunables, f"{here}user_config.")


def _too_few_replicas(
    ingress: Mapping[str, Any], tunables: Mapping[str, Any], place: str
) -> Iterator[str]:
    scaling = ingress.get("autoscaling_config") or {}
    most = max(scaling.get("max_replicas", 1), ingress.get("num_replicas") or 1)
    least = IngressTunables.model_validate(tunables).rate_limits.least_replicas
    if least < most:
        yield (
            f"{place}rate_limits.least_replicas: {least}, but there may be {most} Ingress "
            f"replicas; while the RateLimiter is down each takes 1/{least} of a limit"
        )


def _names_keys(app: Mapping[str, Any]) -> bool:
    identity = (app.get("args") or {}).get("identity")
    return isinstance(identity, Mapping) and bool(identity.get("keys_file"))


def _exposed(http: Mapping[str, Any], app: Mapping[str, Any], place: str) -> Iterator[str]:
    identity = (app.get("args") or {}).get("identity") or {}
    file = identity.get("keys_file") if isinstance(identity, Mapping) else None
    keys_file = PROJECT / str(file) if file else None
    # Serve's own default is 127.0.0.1 too.
    if refusal := problem(str(http.get("host", "127.0.0.1")), keys_file):
        yield f"{place}args.identity.keys_file: {refusal}"


def _unknown(value: Any, model: type[BaseModel], place: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    for key in sorted(set(value) - set(model.model_fields)):
        yield f"{place}{key}: unknown key"


def _invalid(model: type[BaseModel], value: Any, place: str) -> Iterator[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for problem in error.errors():
            yield f"{place}{'.'.join(map(str, problem['loc']))}: {problem['msg']}"

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

from deployments.settings import USER_CONFIGS, ServiceSettings


class ConfigError(ValueError):
    """The configuration is wrong; the message lists every place."""


def load(path: Path) -> dict[str, Any]:
    """Read and check a configuration file.

    Raises:
        ConfigError: Not YAML, an unknown key, or a value that does not fit.
    """
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error
    problems = list(check(config))
    if problems:
        raise ConfigError(f"{path}:\n  " + "\n  ".join(problems))
    return config


def check(config: Any) -> Iterator[str]:
    """Yield every problem, each with its place."""
    if not isinstance(config, Mapping):
        yield "the file holds no mapping"
        return
    yield from _unknown(config, ServeDeploySchema, "")
    yield from _unknown(config.get("http_options"), HTTPOptionsSchema, "http_options.")
    yield from _unknown(config.get("logging_config"), LoggingConfig, "logging_config.")
    yield from _invalid(ServeDeploySchema, config, "")
    for index, app in enumerate(config.get("applications") or []):
        yield from _check_application(app, f"applications.{index}.")


def _check_application(app: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from _unknown(app, ServeApplicationSchema, place)
    yield from _invalid(ServiceSettings, app.get("args") or {}, f"{place}args.")
    for index, deployment in enumerate(app.get("deployments") or []):
        here = f"{place}deployments.{index}."
        yield from _unknown(deployment, DeploymentSchema, here)
        name = deployment.get("name")
        if name not in USER_CONFIGS:
            yield f"{here}name: {name!r} is none of {', '.join(USER_CONFIGS)}"
            continue
        tunables = deployment.get("user_config") or {}
        yield from _invalid(USER_CONFIGS[name], tunables, f"{here}user_config.")


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

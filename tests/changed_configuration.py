"""The shipped configuration with one value changed, for tests of what the check says of it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
SHIPPED = yaml.safe_load((PROJECT / "serve_config.yaml").read_text())
APP = SHIPPED["applications"][0]
NAMES = [each["name"] for each in APP["deployments"]]
GONE = object()
"""In place of a value: the key is left out."""
INGRESS, EMBEDDER, SEARCH, PLANNER, BRANCH, WRITER, HUB, METER, LIMITER = range(9)
DEPLOYED = "applications[0].deployments"
ARGS = "applications[0].args"


def at(place: str) -> list[Any]:
    """Return the keys of a place as the check writes it."""
    parts = place.replace("]", "").replace("[", ".#").split(".")
    return [int(part[1:]) if part.startswith("#") else part for part in parts]


def with_value(place: str, value: Any) -> dict[str, Any]:
    """Return the shipped configuration with one value changed."""
    changed = deepcopy(SHIPPED)
    *way, last = at(place)
    inner: Any = changed
    for part in way:
        inner = inner.setdefault(part, {}) if isinstance(inner, dict) else inner[part]
    if value is GONE:
        del inner[last]
    elif isinstance(inner, list) and last == len(inner):
        inner.append(value)
    else:
        inner[last] = value
    return changed


def of(deployment: int, key: str) -> str:
    """Return the place of a deployment's key."""
    return f"{DEPLOYED}[{deployment}].{key}"

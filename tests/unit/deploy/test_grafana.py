"""The dashboard is one that Grafana understands: every key is of its own types, with its kinds."""

import json
import types
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

FILE = Path(__file__).resolve().parents[3] / "deploy" / "grafana" / "brainwav.json"
PLAIN = (bool, int, float, str)


def faults(dashboard: dict[str, Any]) -> list[str]:
    """Return what Grafana's types would lose of a dashboard, and values of a wrong kind."""
    register_default_plugins()
    read = Dashboard.from_json(dashboard)
    kept = json.loads(JSONEncoder().encode(read))
    return [*lost(dashboard, kept, ""), *wrong(read, "")]


def lost(given: Any, kept: Any, place: str) -> Iterator[str]:
    """Yield the places that were not read, or were changed."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key in kept:
                yield from lost(value, kept[key], f"{place}/{key}")
            else:
                yield f"{place}/{key} is not known"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, pair in enumerate(zip(given, kept, strict=True)):
            yield from lost(*pair, f"{place}/{number}")
    elif given != kept:
        yield f"{place}: {given!r} became {kept!r}"


def wrong(read: Any, place: str) -> Iterator[str]:
    """Yield the plain values that are not of the kind that their type says."""
    if isinstance(read, list | dict):
        for key, value in read.items() if isinstance(read, dict) else enumerate(read):
            yield from wrong(value, f"{place}/{key}")
    elif type(read).__module__.startswith("grafana_foundation_sdk.models"):
        hints = get_type_hints(type(read))
        for name, value in getattr(read, "__dict__", {}).items():
            if not fits(value, hints.get(name)):
                yield f"{place}/{name}: {value!r} is no {hints[name]}"
            yield from wrong(value, f"{place}/{name}")


def fits(value: Any, hint: Any) -> bool:
    """Whether a plain value is of a kind; what is no plain kind fits."""
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if value is None or not all(kind in (*PLAIN, type(None)) for kind in kinds):
        return True
    return type(value) in kinds or (type(value) is int and float in kinds)


@pytest.fixture
def dashboard() -> dict[str, Any]:
    """The one that is shipped."""
    return json.loads(FILE.read_text())


def test_the_dashboard_is_of_grafanas_types(dashboard: dict[str, Any]) -> None:
    """Down to the options of each kind of panel."""
    assert faults(dashboard) == []
    assert len(dashboard["panels"]) > 20


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("panles",), [], "/panles is not known"),
        (("panels", 1, "options", "oreintation"), "horizontal", "oreintation is not known"),
        (("panels", 1, "gridPos", "width"), 8, "/panels/1/gridPos/width is not known"),
        (("panels", 1, "targets", 0, "expression"), "1", "expression is not known"),
        (("title",), 7, "/title: 7 is no"),
        (("panels", 1, "gridPos", "w"), "8", "'8' is no"),
    ],
)
def test_a_mistake_in_the_dashboard_is_found(
    dashboard: dict[str, Any], path: tuple[str | int, ...], value: object, said: str
) -> None:
    """A key that is misspelt, or a value of another kind."""
    changed: Any = deepcopy(dashboard)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    [found] = faults(changed)
    assert said in found

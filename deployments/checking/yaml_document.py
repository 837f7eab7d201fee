"""A YAML file as it was written: keys that stand twice and numbers that YAML reads as others.

PyYAML takes the last of two keys in silence, `010` for 8, `12:30` for 750 and `no` for false.
"""

import re
from collections.abc import Iterator
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from deployments.checking.finding import Finding, Place

PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
PLAIN_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
NUMBERS = {"tag:yaml.org,2002:int": PLAIN_INTEGER, "tag:yaml.org,2002:float": PLAIN_FLOAT}
"""How everybody writes one, by YAML's tag."""
NO_NUMBER = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
MERGE = "tag:yaml.org,2002:merge"
MOST = 2**63
"""Of whole numbers; whoever reads them in another language has no room for more."""
MAX_VALUES = 100_000
"""Aliases of aliases grow without bound; a configuration has some hundred values."""


class NotReadable(ValueError):
    """No file, no text or no YAML; one line."""


def read(path: Path) -> tuple[Any, list[Finding]]:
    """Return a file's document and what can only be seen in its text.

    Raises:
        NotReadable: There is no document in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return None, []
        # Anchors are shared nodes: once each is enough, and a circle ends.
        found = list(_of_node(root, (), set()))
        return yaml.safe_load(text), found
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise NotReadable(f"{where}{error.problem or error.context}") from error
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        said = " ".join(str(error).split()) or "nested too deeply"
        raise NotReadable(said[:300]) from error


def unfit(value: Any) -> Iterator[Finding]:
    """Yield what cannot be sent to Serve, which is told in JSON: dates, NaN, keys that are no text.

    Nothing else is looked at where it yields a circle or too much.
    """
    yield from _unfit(value, (), (), [0])


def _of_node(node: yaml.Node, place: Place, seen: set[int]) -> Iterator[Finding]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _of_node(item, (*place, index), seen)
    elif isinstance(node, yaml.MappingNode):
        yield from _of_mapping(node, place, seen)
    elif isinstance(node, yaml.ScalarNode) and _looks_otherwise(node):
        number = yaml.SafeLoader("").construct_object(node)
        text = f"YAML reads {node.value} as {number}: write that, or put it in quotes"
        yield Finding(place, text)


def _looks_otherwise(node: yaml.ScalarNode) -> bool:
    plain = NUMBERS.get(node.tag)
    if plain is None or NO_NUMBER.fullmatch(node.value):
        return False
    return plain.fullmatch(node.value) is None


def _of_mapping(node: yaml.MappingNode, place: Place, seen: set[int]) -> Iterator[Finding]:
    lines: dict[str, int] = {}
    for key, item in node.value:
        name = str(key.value)
        line = key.start_mark.line + 1
        if name in lines:
            yield Finding((*place, name), f"stands twice, in lines {lines[name]} and {line}")
        lines[name] = line
        if key.tag != MERGE:
            yield from _of_node(item, (*place, name), seen)


def _unfit(value: Any, place: Place, above: tuple[int, ...], count: list[int]) -> Iterator[Finding]:
    count[0] += 1
    if id(value) in above:
        yield Finding(place, "holds itself")
    elif count[0] > MAX_VALUES:
        if count[0] == MAX_VALUES + 1:
            yield Finding(place, f"more than {MAX_VALUES} values")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield Finding((*place, str(key)), f"the key {key!r} is no text; put it in quotes")
            else:
                yield from _unfit(item, (*place, key), (*above, id(value)), count)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unfit(item, (*place, index), (*above, id(value)), count)
    elif isinstance(value, float) and not isfinite(value):
        yield Finding(place, f"{value} is no number that can be counted with")
    elif isinstance(value, int) and abs(value) >= MOST:
        yield Finding(place, f"{value} is more than anybody can count with")
    elif isinstance(value, date):
        yield Finding(place, "YAML reads a date here; put it in quotes")
    elif not isinstance(value, str | int | float | None):
        yield Finding(
            place, f"YAML reads a {type(value).__name__} here, which Serve cannot be told"
        )
